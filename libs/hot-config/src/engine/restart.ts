import { isDeepStrictEqual } from 'node:util';
import type { PlainObject, PlainValue } from '../contract/index.js';

type NeedsRestart = (path: readonly string[]) => boolean;

/**
 * The document with everything that waits for a restart as it was in the document that the process has started with. An array
 * is held back as a whole: nobody can tell which of its members was which.
 */
export function holdBack(boot: PlainObject, document: PlainObject, needsRestart: NeedsRestart): PlainObject {
  return (merge(boot, document, [], needsRestart) ?? {}) as PlainObject;
}

function merge(
  boot: PlainValue | undefined,
  document: PlainValue | undefined,
  path: readonly string[],
  needsRestart: NeedsRestart,
): PlainValue | undefined {
  if (path.length > 0 && needsRestart(path)) return boot;
  const [before, after] = [branchOf(boot), branchOf(document)];
  // Only where both may be objects can a part be held back.
  if ((!before && !after) || (boot !== undefined && !before) || (document !== undefined && !after))
    return changesBelow(boot, document, path, needsRestart) ? boot : document;
  const names = new Set([...Object.keys(after ?? {}), ...Object.keys(before ?? {})]);
  const merged: [string, PlainValue][] = [];
  for (const name of names) {
    const value = merge(before?.[name], after?.[name], [...path, name], needsRestart);
    if (value !== undefined) merged.push([name, value]);
  }
  return document === undefined && merged.length === 0 ? undefined : Object.fromEntries(merged);
}

/** Whether something that waits for a restart differs, at a path or below it. */
function changesBelow(
  boot: PlainValue | undefined,
  document: PlainValue | undefined,
  path: readonly string[],
  needsRestart: NeedsRestart,
): boolean {
  if (isDeepStrictEqual(boot, document)) return false;
  if (path.length > 0 && needsRestart(path)) return true;
  const [before, after] = [membersOf(boot), membersOf(document)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].some((name) =>
    changesBelow(before[name], after[name], [...path, name], needsRestart),
  );
}

function membersOf(value: PlainValue | undefined): Readonly<Record<string, PlainValue>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, PlainValue>) : {};
}

function branchOf(value: PlainValue | undefined): PlainObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as PlainObject)
    : undefined;
}
