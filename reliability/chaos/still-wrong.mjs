import { poll } from '../../harness/eventually.mjs';

/**
 * Looks again until nothing is wrong any more.
 *
 * @param {number} deadline by `Date.now()`
 * @param {() => string | undefined | Promise<string | undefined>} look what is wrong
 * @returns {Promise<string | undefined>} what was still wrong at the deadline
 */
export function stillWrong(deadline, look) {
  // Often, beside what is measured with it.
  return poll(look, (wrong) => wrong === undefined, { withinMs: deadline - Date.now(), everyMs: 20 });
}
