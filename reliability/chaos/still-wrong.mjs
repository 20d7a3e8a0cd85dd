import { poll } from '../../harness/eventually.mjs';

/**
 * Looks again until nothing is wrong any more.
 *
 * @param {number} deadline by `Date.now()`
 * @param {() => string | undefined | Promise<string | undefined>} look the problem, if there is one
 * @returns {Promise<string | undefined>} the problem that there still was at the deadline
 */
export function stillWrong(deadline, look) {
  // At short intervals: recovery times are measured with it.
  return poll(look, (wrong) => wrong === undefined, { withinMs: deadline - Date.now(), everyMs: 20 });
}
