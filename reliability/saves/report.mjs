import { machineLine } from '../../bench/figures.mjs';
import { summarize } from '../../bench/statistics.mjs';
import { promisedMs } from './lane.mjs';

/** @import { Machine } from '../../bench/figures.mjs' */
/** @import { Wrong } from './lane.mjs' */
/**
 * @typedef {object} Row
 * @property {string} shape
 * @property {number} saves
 * @property {number} published documents, including those of repeated saves
 * @property {Wrong[]} wrong
 * @property {number} missed
 * @property {number} stretched
 * @property {number} median milliseconds from the end of a save until its document was published
 * @property {number} p99
 */
/**
 * @typedef {object} Result
 * @property {string} seed
 * @property {Machine} machine
 * @property {number} seconds
 * @property {Row[]} rows
 * @property {string[]} unexpectedKeys that nobody saved
 * @property {number} unseen documents in the bucket that this program has not received
 */

/** @param {import('./lane.mjs').Lane} lane @param {number} saves @returns {Row} */
export function rowOf({ name: shape, published, wrong, missed, stretched, times }, saves) {
  const { median, p99 } = summarize(times.length > 0 ? times : [NaN]);
  return { shape, saves, published, wrong, missed, stretched, median, p99 };
}

/** @param {Result} result */
export function holds({ rows, unexpectedKeys, unseen }) {
  return (
    unseen === 0 &&
    unexpectedKeys.length === 0 &&
    rows.every(({ wrong, missed }) => wrong.length === 0 && missed === 0)
  );
}

/** @param {Result} result */
export function table(result) {
  const { rows, seed, machine, seconds, unexpectedKeys, unseen } = result;
  const head = ['saves', 'published', 'wrong', 'missed', 'stretched', 'median ms', 'p99 ms'];
  const line = (/** @type {string} */ shape, /** @type {(string | number)[]} */ cells) =>
    shape.padEnd(24) + cells.map((cell) => String(cell).padStart(11)).join('');
  return [
    `Seed ${seed}, ${machineLine(machine)}, ${seconds} s`,
    '',
    line('shape', head),
    ...rows.map(({ shape, saves, published, wrong, missed, stretched, median, p99 }) =>
      line(shape, [saves, published, wrong.length, missed, stretched, median.toFixed(1), p99.toFixed(1)]),
    ),
    '',
    'Every tenth save is three at once, of which the last must be published.',
    'Stretched: the machine left a save half done for longer than is promised, so it was done again and is not judged: for',
    `${promisedMs.whole} ms when that half looks whole, ${promisedMs['cut off']} ms when it looks cut off, ${promisedMs.empty} ms when it is empty.`,
    ...rows.flatMap(({ shape, wrong }) =>
      wrong.map(
        ({ save, published, meant }) =>
          `WRONG  ${shape}, save ${save}: published ${JSON.stringify(published)}, meant ${JSON.stringify(meant)}`,
      ),
    ),
    ...unexpectedKeys.map((key) => `WRONG  "${key}" was published, which nobody saved.`),
    ...(unseen === 0 ? [] : [`${unseen} documents in the bucket were not received by this program.`]),
    holds(result) ? 'Every save was published, and no wrong document was.' : 'NOT KEPT',
  ].join('\n');
}
