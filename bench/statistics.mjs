/**
 * @typedef {object} Summary milliseconds
 * @property {number} n
 * @property {number} p25
 * @property {number} median
 * @property {number} p90
 * @property {number} p99
 * @property {number} max
 */

/**
 * Percentiles by nearest rank: the smallest measured value that at least p % of the values do not exceed. Nothing is
 * interpolated, so each figure is a time that was really measured.
 *
 * @param {readonly number[]} values at least one
 * @returns {Summary}
 */
export function summarize(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (/** @type {number} */ percent) =>
    sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? NaN;
  return { n: sorted.length, p25: rank(25), median: rank(50), p90: rank(90), p99: rank(99), max: rank(100) };
}
