import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {{ withinMs?: number, everyMs?: number }} PollOptions withinMs: milliseconds until it gives up (60,000) */

/**
 * Asks again until the answer satisfies or the time is over. For conditions that no event announces.
 *
 * @template T
 * @param {() => T | Promise<T>} ask
 * @param {(answer: T) => boolean} satisfies
 * @param {PollOptions} [options]
 * @returns {Promise<T>} the last answer, whether or not it satisfies
 */
export async function poll(ask, satisfies, { withinMs = 60_000, everyMs = 25 } = {}) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer) || Date.now() > deadline) return answer;
    await sleep(everyMs);
  }
}

/**
 * As `poll`, but rejects when the time is over. An `ask` that rejects is asked again.
 *
 * @template T
 * @param {() => T | Promise<T>} ask
 * @param {(answer: T) => boolean} [satisfies] default: any answer satisfies
 * @param {PollOptions} [options]
 * @returns {Promise<T>} the answer that satisfies
 */
export async function eventually(ask, satisfies = () => true, options = {}) {
  /** @returns {Promise<{ answer: T } | { error: unknown }>} */
  const tryOnce = async () => {
    try {
      return { answer: await ask() };
    } catch (error) {
      return { error };
    }
  };
  const last = await poll(tryOnce, (tried) => 'answer' in tried && satisfies(tried.answer), options);
  if ('error' in last) throw new Error('It still fails.', { cause: last.error });
  if (!satisfies(last.answer)) throw new Error(`It is still ${JSON.stringify(last.answer)}.`);
  return last.answer;
}
