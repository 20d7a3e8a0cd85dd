import { columns, figures, machineLine, ratios, row, verdictLines } from './figures.mjs';

/** @import { Machine } from './figures.mjs' */
/** @import { Summary } from './statistics.mjs' */
/** @import { TargetKind } from './database-targets.mjs' */

/**
 * @typedef {object} Result
 * @property {Machine} machine
 * @property {number} connections of the load
 * @property {Record<TargetKind, number>} judged changes that service1 has handled correctly
 * @property {string[]} problems changes that service1 has not handled correctly
 * @property {{ requests: number, failed: number, non2xx: number, mixed: number }} answers mixed: from a database that the
 *   revision in the answer does not name
 * @property {string[]} leaked connections of service1 where it should have none
 * @property {{ during: Summary, without: Summary }} latency milliseconds, in windows with changes and in windows without
 */

/** How many times as long a request may take while databases change. */
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
  return [
    machineLine(machine),
    `changes: ${Object.entries(judged)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', ')}`,
    `requests over ${connections} connections: ${answers.requests}, without an answer ${answers.failed}, not 2xx ${answers.non2xx}`,
    '',
    row('milliseconds of a request', ['n', ...columns]),
    figures('while databases change', latency.during),
    figures('without', latency.without),
    ratios('ratio', latency.during, latency.without, 2),
    '',
    ...verdictLines(verdicts(result)),
    ...problems,
    ...leaked,
  ].join('\n');
}
