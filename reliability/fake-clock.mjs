/**
 * Time that passes only by `advance`, for code that otherwise only uses promises: replaces `setTimeout`, `clearTimeout` and `Date`
 * until `restore`, and `Math.random` too, so that a run can be repeated.
 */
export class FakeClock {
  #now = 0;
  /** @type {{ at: number, call: () => void }[]} */
  #timers = [];
  #chance = 1;
  #real = { setTimeout, clearTimeout, Date, random: Math.random };

  constructor() {
    const now = () => this.#now;
    const RealDate = this.#real.Date;
    Object.assign(globalThis, {
      setTimeout: (/** @type {() => void} */ call, ms = 0) => this.#add(call, ms),
      clearTimeout: (/** @type {unknown} */ timer) => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
      Date: class extends RealDate {
        constructor(at = now()) {
          super(at);
        }
        /** @override */
        static now = now;
      },
    });
    Math.random = () => (this.#chance = (this.#chance * 16_807) % 2_147_483_647) / 2_147_483_647;
  }

  /**
   * Lets time pass, and after each timer waits until its promises have settled.
   *
   * @param {number} ms
   */
  async advance(ms) {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = next.at;
      next.call();
      await settled();
    }
    this.#now = end;
  }

  restore() {
    const { random, ...globals } = this.#real;
    Object.assign(globalThis, globals);
    Math.random = random;
  }

  /** @param {number} end */
  #next(end) {
    const due = this.#timers.filter(({ at }) => at <= end);
    return due.length > 0 ? due.reduce((first, timer) => (timer.at < first.at ? timer : first)) : undefined;
  }

  /**
   * @param {() => void} call
   * @param {number} ms
   */
  #add(call, ms) {
    const timer = { at: this.#now + ms, call, ref: () => timer, unref: () => timer };
    this.#timers.push(timer);
    return timer;
  }
}

/** Resolves when no promise has anything left to do. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}
