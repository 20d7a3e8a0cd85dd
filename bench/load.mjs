import autocannon from 'autocannon';

/** @typedef {{ readonly at: number, readonly milliseconds: number }} Timing at: when it was sent, by performance.now() */

/** As many connections as asked for, each of which sends the next request when the answer is there. */
export class Load {
  /** @type {Timing[]} */
  timings = [];
  /** @type {() => void} */
  #stop = () => undefined;
  /** @type {Promise<autocannon.Result> | undefined} */
  #result;
  #options;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {number} options.connections
   * @param {(body: string) => void} options.onAnswer given the body of each answer with status 200
   */
  constructor(options) {
    this.#options = options;
  }

  start() {
    const { url, connections, onAnswer } = this.#options;
    const onResponse = (/** @type {number} */ status, /** @type {string} */ body) => {
      if (status === 200) onAnswer(body);
    };
    this.#result = new Promise((resolve, reject) => {
      // Until `stop`.
      const options = { url, connections, duration: 86_400, requests: [{ onResponse }] };
      const running = autocannon(options, (error, result) => {
        if (error) reject(new Error('autocannon failed', { cause: error }));
        else resolve(result);
      });
      running.on('response', (_client, _status, _bytes, milliseconds) => {
        this.timings.push({ at: performance.now() - milliseconds, milliseconds });
      });
      this.#stop = () => running.stop();
    });
  }

  /** @returns {Promise<{ requests: number, failed: number, non2xx: number }>} failed: without any answer */
  async stop() {
    this.#stop();
    const { non2xx = 0, errors = 0, timeouts = 0 } = (await this.#result) ?? {};
    return { requests: this.timings.length, failed: errors + timeouts, non2xx };
  }
}
