import { poll } from '../../harness/eventually.mjs';

/**
 * Checks again until there is no problem.
 *
 * @param {number} deadline by `Date.now()`
 * @param {() => string | undefined | Promise<string | undefined>} look the problem, if there is one
 * @returns {Promise<string | undefined>} the problem at the deadline
 */
export function stillWrong(deadline, look) {
  // The intervals are short, because recovery times are measured with this function.
  return poll(look, (wrong) => wrong === undefined, { withinMs: deadline - Date.now(), everyMs: 20 });
}
