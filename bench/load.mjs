import { once } from 'node:events';
import autocannon from 'autocannon';

/** @typedef {{ readonly at: number, readonly milliseconds: number }} Timing at: when it was sent, by performance.now() */

/**
 * Opens connections, each of which sends the next request when its answer has arrived.
 *
 * @param {string} url
 * @param {number} connections
 * @param {(body: string) => void} onAnswer given the body of each answer with status 200
 */
export function startLoad(url, connections, onAnswer) {
  /** @type {Timing[]} */
  const timings = [];
  const onResponse = (/** @type {number} */ status, /** @type {string} */ body) => {
    if (status === 200) onAnswer(body);
  };
  // The load runs until `stop`.
  const running = autocannon({ url, connections, duration: 86_400, requests: [{ onResponse }] }, (error) => {
    if (error) throw new Error('autocannon failed', { cause: error });
  });
  running.on('response', (_client, _status, _bytes, milliseconds) => {
    timings.push({ at: performance.now() - milliseconds, milliseconds });
  });
  return {
    timings,
    /** @returns {Promise<{ requests: number, failed: number, non2xx: number }>} failed: without any answer */
    async stop() {
      const done = once(running, 'done');
      running.stop();
      const [{ non2xx, errors, timeouts }] = await done;
      return { requests: timings.length, failed: errors + timeouts, non2xx };
    },
  };
}
