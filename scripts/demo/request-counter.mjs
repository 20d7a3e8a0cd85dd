import { ask } from '../../harness/http.mjs';

/** Queries one URL at a fixed rate, without waiting for answers, and counts the answers and the failures. */
export class RequestCounter {
  failed = 0;
  /** @type {Set<Promise<void>>} */
  #inFlight = new Set();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #url;
  #answered = 0;
  #lastFailure = '';

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
  }

  /** @param {number} everyMs */
  start(everyMs) {
    this.#timer = setInterval(() => {
      const query = this.#query().finally(() => this.#inFlight.delete(query));
      this.#inFlight.add(query);
    }, everyMs);
  }

  /** Resolves when all queries have ended. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#inFlight);
  }

  /** One line for people. */
  get summary() {
    const count = `${this.#answered + this.failed} requests to ${this.#url}, ${this.failed} failed`;
    return this.#lastFailure ? `${count}; the last failure: ${this.#lastFailure}` : count;
  }

  async #query() {
    const { ok, body } = await ask(this.#url);
    if (ok) this.#answered += 1;
    else {
      this.failed += 1;
      this.#lastFailure = body instanceof Error ? body.message : JSON.stringify(body);
    }
  }
}
