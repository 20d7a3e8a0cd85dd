/** @import { Summary } from './statistics.mjs' */
/** @import { TargetKind } from './database-targets.mjs' */

/**
 * @typedef {object} Result
 * @property {{ node: string, natsServer: string, cores: number, load: number[] }} machine load: averages over a minute,
 *   before and after
 * @property {number} connections of the load
 * @property {Record<TargetKind, number>} judged changes that service1 has judged as it must
 * @property {string[]} problems changes that it has not
 * @property {{ requests: number, failed: number, non2xx: number, mixed: number }} answers mixed: from a database that the
 *   revision in the answer does not name
 * @property {string[]} leaked connections of service1 where it should have none
 * @property {{ during: Summary, without: Summary }} latency milliseconds, in windows with changes and in windows without
 */

/** By how much a request may take longer while databases change. */
const slowerAtMost = 2;

/** @param {Result} result */
export function verdicts({ problems, answers, leaked, latency }) {
  const ratio = latency.during.p99 / latency.without.p99;
  return [
    {
      name: 'every good database applied, every bad one rejected with its reason',
      holds: problems.length === 0,
    },
    { name: 'no request without an answer', holds: answers.failed === 0 },
    { name: 'no answer but 2xx', holds: answers.non2xx === 0 },
    { name: 'every answer from the database that its revision names', holds: answers.mixed === 0 },
    { name: 'no connection left behind', holds: leaked.length === 0 },
    {
      name: `p99 while databases change at most ${slowerAtMost} x of without (${ratio.toFixed(2)})`,
      holds: ratio <= slowerAtMost,
    },
  ];
}

/** @param {Result} result */
export function table(result) {
  const { machine, connections, judged, problems, answers, leaked, latency } = result;
  const columns = /** @type {const} */ (['median', 'p90', 'p99', 'max']);
  const row = (/** @type {string} */ label, /** @type {(number | string)[]} */ cells) =>
    label.padEnd(36) + cells.map((cell) => String(cell).padStart(9)).join('');
  const figures = (/** @type {string} */ label, /** @type {Summary} */ summary) =>
    row(label, [summary.n, ...columns.map((name) => summary[name].toFixed(2))]);
  const [before = 0, after = 0] = machine.load;
  return [
    `Node ${machine.node}, nats-server ${machine.natsServer}, ${machine.cores} cores, load ${before.toFixed(1)} to ${after.toFixed(1)}`,
    `changes: ${Object.entries(judged)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', ')}`,
    `requests over ${connections} connections: ${answers.requests}, without an answer ${answers.failed}, not 2xx ${answers.non2xx}`,
    '',
    row('milliseconds of a request', ['n', ...columns]),
    figures('while databases change', latency.during),
    figures('without', latency.without),
    row('ratio', [
      '',
      ...columns.map((name) => `${(latency.during[name] / latency.without[name]).toFixed(2)} x`),
    ]),
    '',
    ...verdicts(result).map(({ name, holds }) => `${holds ? 'holds ' : 'MISSED'}  ${name}`),
    ...problems,
    ...leaked,
  ].join('\n');
}
