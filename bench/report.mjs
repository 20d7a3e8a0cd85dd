import { columns, figures, machineLine, ratios, row, verdictLines } from './figures.mjs';

/** @import { Machine } from './figures.mjs' */
/** @import { Summary } from './statistics.mjs' */
/** @import { Edit, SaveKind } from './saves.mjs' */

/**
 * @typedef {object} Result
 * @property {Machine} machine
 * @property {{ kind: SaveKind, services: Summary, floor: Summary }[]} kinds
 * @property {{ edit: Edit, services: Summary }[]} edits the saves in place by what they change
 * @property {number} unexpected applied changes beyond one for each document and save
 */

/** Milliseconds. For saves in place they apply to each edit. @type {Record<SaveKind, Partial<Pick<Summary, 'median' | 'p99'>>>} */
const targets = { atomic: { median: 15, p99: 100 }, 'in place': { median: 80 } };

/** @param {Result} result */
export function verdicts({ kinds, edits }) {
  return kinds.flatMap(({ kind, services }) =>
    /** @type {('median' | 'p99')[]} */ (['median', 'p99']).flatMap((name) => {
      const target = targets[kind][name];
      if (target === undefined) return [];
      // An edit that always takes long must not hide behind the others.
      const measured =
        kind === 'atomic' ? services[name] : Math.max(...edits.map((edit) => edit.services[name]));
      const title = `${kind}: ${name} at most ${target} ms (${measured.toFixed(1)})`;
      return [{ name: title, holds: measured <= target }];
    }),
  );
}

/** @param {Result} result */
export function table(result) {
  const { machine, kinds, edits, unexpected } = result;
  return [
    machineLine(machine),
    '',
    row('milliseconds from save to swap', ['n', ...columns]),
    ...kinds.flatMap(({ kind, services, floor }) => [
      figures(`${kind}: last of three services`, services),
      figures(`${kind}: bare floor`, floor),
      ratios(`${kind}: ratio`, services, floor, 1),
    ]),
    ...edits.map(({ edit, services }) => figures(`in place: ${edit}`, services)),
    '',
    ...verdictLines(verdicts(result)),
    unexpected === 0
      ? 'Each service applied each save exactly once.'
      : `${unexpected} applied changes more or fewer than one for each save and service.`,
  ].join('\n');
}
