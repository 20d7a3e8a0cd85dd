/** @import { Paint } from '../../scripts/demo/terminal.mjs' */
/** @import { RoundReport } from './phase.mjs' */
/** @import { PlannedFault } from './plan-faults.mjs' */
/** @import { Result, Times } from './totals.mjs' */
/** @import { Violation } from './violations.mjs' */

/**
 * One line for one round.
 *
 * @param {RoundReport} report
 * @param {Paint} paint
 */
export function roundLine({ topology, round, recovery, violations }, paint) {
  const faults = round.faults.map(faultText).join(', ') || 'no fault';
  const { afterFaults, afterSaves } = recovery;
  const good = round.saves.filter(({ kind }) => kind === 'good').length;
  const times = [
    ...(afterFaults === undefined ? [] : [`in sync again after ${afterFaults} ms`]),
    ...(afterSaves.length === 0 ? [] : [`then ${afterSaves.join(', ')} ms for a good save`]),
  ].join(', ');
  const verdict = violations === 0 ? paint('green', 'kept') : paint('red', `${violations} violations`);
  const place = paint('grey', `${topology.padEnd(7)} ${String(round.number).padStart(3)}`);
  return `${place}  ${verdict}  ${faults}; ${round.saves.length} saves, ${good} plain and good; ${times}`;
}

/** @param {Violation} violation @param {string} seed @param {Paint} paint */
export function violationText({ at, round, promise, subject, expected, log }, seed, paint) {
  return [
    paint('red', `${promise} was not kept by ${subject}, ${round}, ${at}, seed ${seed}`),
    `  expected: ${expected}`,
    ...log.map((line) => paint('grey', `  ${line}`)),
  ].join('\n');
}

/** @param {Result} result @param {Paint} paint */
export function summary({ rounds, faults, saves, answers, recovery, violations, ...result }, paint) {
  const list = (/** @type {Record<string, number>} */ counts) =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, n]) => `${name} ${n}`)
      .join(', ');
  const times = (/** @type {Times | undefined} */ found) =>
    found ? `median ${found.median} ms, p99 ${found.p99} ms, worst ${found.worst} ms (${found.n})` : 'none';
  const total = Object.values(rounds).reduce((sum, n) => sum + n, 0);
  const verdict =
    violations.length === 0
      ? paint('green', '0 violations')
      : paint('red', `${violations.length} violations`);
  return [
    '',
    `rounds      ${list(rounds)}`,
    `faults      ${list(faults)}`,
    `saves       ${list(saves)}`,
    `answers     ${answers} checked`,
    `recovery    after faults: ${times(recovery.afterFaults)}`,
    `            after a save: ${times(recovery.afterSaves)}`,
    ...violations.map(
      ({ promise, subject, round, times: n, expected }) =>
        `${paint('red', 'violation')}   ${promise}, ${subject}, ${round} (${n} x): ${expected}`,
    ),
    `chaos: ${total} rounds in ${result.seconds} s on nats-server ${result.natsServer}, ${verdict}, seed ${result.seed}`,
  ].join('\n');
}

/** @param {PlannedFault} fault */
function faultText({ kind, target, forMs }) {
  const on = ['store', 'bucket', 'second-loader'].includes(target)
    ? kind
    : `${kind} ${target.replace('key ', '')}`;
  return forMs >= 10_000 ? `${on} for ${forMs / 1000} s` : on;
}
