import { ask } from '../../harness/http.mjs';

/** Asks one URL steadily, whether or not the answer before has come, and counts what became of it. */
export class RequestCounter {
  /** @type {Set<Promise<void>>} */
  #underWay = new Set();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #url;
  #answered = 0;
  #failed = 0;
  #last = '';

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
  }

  /** @param {number} everyMs */
  start(everyMs) {
    this.#timer = setInterval(() => {
      const asking = this.#ask().finally(() => this.#underWay.delete(asking));
      this.#underWay.add(asking);
    }, everyMs);
  }

  /** Resolves when all questions are answered. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  get failed() {
    return this.#failed;
  }

  /** For people. */
  get summary() {
    const count = `${this.#answered + this.#failed} requests to ${this.#url}, ${this.#failed} failed`;
    return this.#last ? `${count}; the last failure: ${this.#last}` : count;
  }

  async #ask() {
    const { ok, body } = await ask(this.#url);
    if (ok) this.#answered += 1;
    else {
      this.#failed += 1;
      this.#last = body instanceof Error ? body.message : JSON.stringify(body);
    }
  }
}
