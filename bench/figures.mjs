import { cpus, loadavg } from 'node:os';

/** @import { Summary } from './statistics.mjs' */
/**
 * @typedef {object} Machine
 * @property {string} node
 * @property {string} natsServer
 * @property {number} cores
 * @property {number[]} load averages over a minute, before and after
 */

export const columns = /** @type {const} */ (['median', 'p90', 'p99', 'max']);

/**
 * @param {string} natsServer version
 * @param {number} loadBefore
 * @returns {Machine} after the measurement
 */
export function machineOf(natsServer, loadBefore) {
  return { node: process.version, natsServer, cores: cpus().length, load: [loadBefore, loadOfLastMinute()] };
}

export function loadOfLastMinute() {
  return loadavg()[0] ?? 0;
}

/** @param {Machine} machine */
export function machineLine({ node, natsServer, cores, load: [before = 0, after = 0] }) {
  return `Node ${node}, nats-server ${natsServer}, ${cores} cores, load ${before.toFixed(1)} to ${after.toFixed(1)}`;
}

/** @param {string} label @param {readonly (number | string)[]} cells */
export function row(label, cells) {
  return label.padEnd(36) + cells.map((cell) => String(cell).padStart(9)).join('');
}

/** @param {string} label @param {Summary} summary */
export function figures(label, summary) {
  return row(label, [summary.n, ...columns.map((name) => summary[name].toFixed(2))]);
}

/**
 * The ratio of `summary` to `base`, for each column.
 *
 * @param {string} label
 * @param {Summary} summary
 * @param {Summary} base
 * @param {number} digits
 */
export function ratios(label, summary, base, digits) {
  return row(label, ['', ...columns.map((name) => `${(summary[name] / base[name]).toFixed(digits)} x`)]);
}

/**
 * One line for each target of a measurement.
 *
 * @param {readonly { name: string, holds: boolean }[]} verdicts
 */
export function verdictLines(verdicts) {
  return verdicts.map(({ name, holds }) => `${holds ? 'holds ' : 'MISSED'}  ${name}`);
}
