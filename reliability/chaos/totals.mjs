import { summarize } from '../../bench/statistics.mjs';

/** @import { RoundReport } from './phase.mjs' */
/** @import { Violation } from './violations.mjs' */
/** @typedef {{ n: number, median: number, p99: number, worst: number }} Times milliseconds */
/**
 * @typedef {object} Result
 * @property {string} seed
 * @property {string} natsServer version
 * @property {number} seconds
 * @property {Record<string, number>} rounds by topology
 * @property {Record<string, number>} faults by kind
 * @property {Record<string, number>} saves by kind of document
 * @property {number} answers checked answers of the services
 * @property {{ afterFaults: Times | undefined, afterSaves: Times | undefined }} recovery time until all services run the newest
 *   valid document
 * @property {readonly Violation[]} violations
 */

/** Adds up what happened in all rounds. */
export class Totals {
  /** @type {Record<string, number>} */
  rounds = {};
  /** @type {Record<string, number>} */
  faults = {};
  /** @type {Record<string, number>} */
  saves = {};
  /** @type {number[]} */
  afterFaults = [];
  /** @type {number[]} */
  afterSaves = [];

  answers = 0;

  /** @param {RoundReport} report */
  add({ topology, round, recovery, answers }) {
    this.answers += answers;
    count(this.rounds, topology);
    for (const { kind, target } of round.faults) count(this.faults, `${kind} ${sortOf(target)}`.trim());
    for (const { kind } of round.saves) count(this.saves, kind);
    if (recovery.afterFaults !== undefined) this.afterFaults.push(recovery.afterFaults);
    this.afterSaves.push(...recovery.afterSaves);
  }

  /** @param {string} what a fault of nats-server that was not planned */
  addServerFault(what) {
    count(this.faults, `nats: ${what}`);
  }

  get recovery() {
    return { afterFaults: timesOf(this.afterFaults), afterSaves: timesOf(this.afterSaves) };
  }
}

/** @param {string} target */
function sortOf(target) {
  if (target.startsWith('nats')) return 'nats';
  if (target.startsWith('key') || target === 'loader') return target === 'loader' ? target : '';
  return target.includes('service') ? 'service' : '';
}

/** @param {Record<string, number>} counts @param {string} name */
function count(counts, name) {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** @param {readonly number[]} values @returns {Times | undefined} */
function timesOf(values) {
  if (values.length === 0) return undefined;
  const { n, median, p99, max } = summarize(values);
  return { n, median, p99, worst: max };
}
