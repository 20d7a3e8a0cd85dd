/** @import { Summary } from './statistics.mjs' */
/** @import { Edit, SaveKind } from './saves.mjs' */

/**
 * @typedef {object} Result
 * @property {{ node: string, natsServer: string, cores: number, load: number[] }} machine load: averages over a minute,
 *   before and after
 * @property {{ kind: SaveKind, services: Summary, floor: Summary }[]} kinds
 * @property {{ edit: Edit, services: Summary }[]} edits the saves in place by what they change
 * @property {number} unexpected applied changes beyond one for each document and save
 */

/** Milliseconds; of saves in place for each edit. @type {Record<SaveKind, Partial<Pick<Summary, 'median' | 'p99'>>>} */
const targets = { atomic: { median: 15, p99: 100 }, 'in place': { median: 80 } };

const columns = /** @type {const} */ (['median', 'p90', 'p99', 'max']);

/** @param {Result} result */
export function verdicts({ kinds, edits }) {
  return kinds.flatMap(({ kind, services }) =>
    /** @type {('median' | 'p99')[]} */ (['median', 'p99']).flatMap((name) => {
      const target = targets[kind][name];
      if (target === undefined) return [];
      // An edit that always takes long must not hide behind the others.
      const measured =
        kind === 'atomic' ? services[name] : Math.max(...edits.map((edit) => edit.services[name]));
      return [{ kind, name, target, measured, holds: measured <= target }];
    }),
  );
}

/** @param {Result} result */
export function table(result) {
  const { machine, kinds, edits, unexpected } = result;
  const row = (/** @type {string} */ label, /** @type {(number | string)[]} */ cells) =>
    label.padEnd(36) + cells.map((cell) => String(cell).padStart(9)).join('');
  const figures = (/** @type {string} */ label, /** @type {Summary} */ summary) =>
    row(label, [summary.n, ...columns.map((name) => summary[name].toFixed(2))]);
  const [before = 0, after = 0] = machine.load;
  return [
    `Node ${machine.node}, nats-server ${machine.natsServer}, ${machine.cores} cores, load ${before.toFixed(1)} to ${after.toFixed(1)}`,
    '',
    row('milliseconds from save to swap', ['n', ...columns]),
    ...kinds.flatMap(({ kind, services, floor }) => [
      figures(`${kind}: last of three services`, services),
      figures(`${kind}: bare floor`, floor),
      row(`${kind}: ratio`, ['', ...columns.map((name) => `${(services[name] / floor[name]).toFixed(1)} x`)]),
    ]),
    ...edits.map(({ edit, services }) => figures(`in place: ${edit}`, services)),
    '',
    ...verdicts(result).map(
      ({ kind, name, target, measured, holds }) =>
        `${holds ? 'holds ' : 'MISSED'}  ${kind}: ${name} at most ${target} ms (${measured.toFixed(1)})`,
    ),
    unexpected === 0
      ? 'Each service applied each save exactly once.'
      : `${unexpected} applied changes more or fewer than one for each save and service.`,
  ].join('\n');
}
