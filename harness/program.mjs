/** @import { Child } from './child.mjs' */
/**
 * @typedef {object} Life one process, from its start to its end
 * @property {number} number from 1
 * @property {Child} child
 * @property {boolean} paused
 * @property {number} pausedLast when it was paused or resumed last, 0 for never
 * @property {boolean} ended
 */

/** A program that is started, ended, paused and started again. */
export class Program {
  /** @type {Life | undefined} */
  #last;
  #launch;
  #onEndUnasked;

  /**
   * @param {string} name
   * @param {() => Child} launch
   * @param {(name: string, ending: string) => void} [onEndUnasked]
   */
  constructor(name, launch, onEndUnasked) {
    this.name = name;
    this.#launch = launch;
    this.#onEndUnasked = onEndUnasked;
  }

  /** The life that has not ended; it may be paused. */
  get life() {
    return this.#last?.ended ? undefined : this.#last;
  }

  get awake() {
    return this.life !== undefined && !this.life.paused;
  }

  /** 0 when it does not run. */
  get pid() {
    return this.life?.child.pid ?? 0;
  }

  /** What its last life has printed. */
  get log() {
    return this.#last?.child.lines ?? [];
  }

  /** Does nothing when it runs. @returns {Child} */
  start() {
    if (this.life) return this.life.child;
    const child = this.#launch();
    /** @type {Life} */
    const life = { number: (this.#last?.number ?? 0) + 1, child, paused: false, pausedLast: 0, ended: false };
    this.#last = life;
    void child.ended.then(({ code, signal }) => {
      life.ended = true;
      if (!child.asked) this.#onEndUnasked?.(this.name, signal ?? `exit code ${code}`);
    });
    return child;
  }

  /** SIGTERM. Resolves when it has ended. */
  async end() {
    await this.life?.child.end();
  }

  /** SIGKILL, as a crash or a lost machine. Resolves when it has ended. */
  async kill() {
    const { life } = this;
    life?.child.kill();
    await life?.child.ended;
  }

  /** Makes it hang with its connections open. Resolves when it really has stopped. */
  async pause() {
    await this.#setPaused(true)?.child.pause();
  }

  resume() {
    this.#setPaused(false)?.child.resume();
  }

  /** @param {boolean} paused @returns {Life | undefined} the life that this changes */
  #setPaused(paused) {
    const { life } = this;
    if (!life || life.paused === paused) return undefined;
    life.paused = paused;
    life.pausedLast = Date.now();
    return life;
  }
}
