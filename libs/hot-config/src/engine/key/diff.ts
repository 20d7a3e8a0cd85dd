import { isDeepStrictEqual } from 'node:util';
import type { HotConfigDifference } from '../../contract/index.js';
import { formatPath, memberOf, membersOf, parsePath } from '../../document/index.js';
import { isClassInstance } from './freeze.js';

export type IsSensitive = (value: unknown, path: readonly string[]) => boolean;

/**
 * Lists where two values differ, as deep as both sides have the same structure. Arrays are compared by position. The list is
 * frozen: hooks and refs share it.
 */
export function diffValues(
  previous: unknown,
  current: unknown,
  isSensitive: IsSensitive,
): readonly HotConfigDifference[] {
  const differences: HotConfigDifference[] = [];
  const open = new Set<unknown>();
  const compare = (before: unknown, after: unknown, path: readonly string[]): void => {
    // A schema may make a value that refers to itself.
    if (Object.is(before, after) || (open.has(before) && open.has(after))) return;
    // The keys of a Map are part of the document: below a sensitive path they may be secrets themselves.
    const isClosed =
      before instanceof Map &&
      after instanceof Map &&
      (isSensitive(current, path) || isSensitive(previous, path));
    const isForeign = isForeignIn(current, before) && isForeignIn(current, after);
    if (!isClosed && !isForeign && isBranch(before) && isBranch(after) && kindOf(before) === kindOf(after)) {
      const names = new Set([...namesIn(before), ...namesIn(after)]);
      open.add(before).add(after);
      for (const name of names) compare(memberOf(before, name), memberOf(after, name), [...path, name]);
      open.delete(before);
      open.delete(after);
    } else if (!isDeepStrictEqual(before, after) && !(isForeign && haveSameJson(before, after))) {
      const difference: HotConfigDifference = {
        path: formatPath(path),
        kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
        sensitive:
          holdsSensitive(current, after, path, isSensitive) ||
          holdsSensitive(previous, before, path, isSensitive),
        previous: before,
        current: after,
      };
      differences.push(Object.freeze(difference));
    }
  };
  compare(previous, current, []);
  return Object.freeze(differences);
}

/** Whether a part is sensitive, or anything in it: a branch that is on one side only, or a Set, is one difference. */
function holdsSensitive(
  whole: unknown,
  part: unknown,
  path: readonly string[],
  isSensitive: IsSensitive,
  above: readonly unknown[] = [],
): boolean {
  if (isSensitive(whole, path)) return true;
  if (!hasMembers(part) || above.includes(part)) return false;
  return membersOf(part).some(([name, member]) =>
    holdsSensitive(whole, member, [...path, name], isSensitive, [...above, part]),
  );
}

/** Whether any difference lies at this path, below it or above it. `''` is the whole document. */
export function differsAt(differences: readonly HotConfigDifference[], path: string): boolean {
  const asked = formatPath(parsePath(path));
  return differences.some(
    (difference) =>
      asked === '' ||
      difference.path === '' ||
      difference.path === asked ||
      difference.path.startsWith(`${asked}.`) ||
      asked.startsWith(`${difference.path}.`),
  );
}

/** Only values of the same kind are compared member by member. */
function kindOf(branch: object): 'list' | 'map' | 'object' {
  if (Array.isArray(branch)) return 'list';
  return branch instanceof Map ? 'map' : 'object';
}

/**
 * An instance that is left unfrozen in a frozen config is none of the config's own, such as a luxon DateTime. It is compared as a
 * whole: its properties are the business of its class, which may keep caches in them.
 */
function isForeignIn(whole: unknown, part: unknown): boolean {
  return isClassInstance(part) && !Object.isFrozen(part) && Object.isFrozen(whole);
}

function haveSameJson(before: unknown, after: unknown): boolean {
  return (
    hasJson(before) &&
    hasJson(after) &&
    Object.getPrototypeOf(before) === Object.getPrototypeOf(after) &&
    isDeepStrictEqual(before.toJSON(), after.toJSON())
  );
}

function hasJson(value: unknown): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown } | null)?.toJSON === 'function';
}

function namesIn(branch: object): Iterable<string> {
  return branch instanceof Map ? (branch as Map<string, unknown>).keys() : Object.keys(branch);
}

/** Plain objects, arrays, class instances, and Maps whose keys are texts. A Date, URL or Set is a leaf. */
function isBranch(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Map) return [...value.keys()].every((key) => typeof key === 'string');
  return !(
    value instanceof Date ||
    value instanceof URL ||
    value instanceof Set ||
    value instanceof RegExp ||
    ArrayBuffer.isView(value)
  );
}

/** A branch, or a value that is compared as a whole though it has members: a Set, a Map whose keys are not all texts. */
export function hasMembers(value: unknown): value is object {
  return isBranch(value) || value instanceof Map || value instanceof Set;
}
