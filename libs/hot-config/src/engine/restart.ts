import type { PlainObject, PlainValue } from '../contract/index.js';

type NeedsRestart = (path: readonly string[]) => boolean;

/**
 * The document with everything that waits for a restart as it was in the document that the process has started with. Arrays
 * are taken as a whole.
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
  // Only where both may be objects can something below be held back.
  if ((!before && !after) || (boot !== undefined && !before) || (document !== undefined && !after))
    return document;
  const names = new Set([...Object.keys(after ?? {}), ...Object.keys(before ?? {})]);
  const merged: [string, PlainValue][] = [];
  for (const name of names) {
    const value = merge(before?.[name], after?.[name], [...path, name], needsRestart);
    if (value !== undefined) merged.push([name, value]);
  }
  return document === undefined && merged.length === 0 ? undefined : Object.fromEntries(merged);
}

function branchOf(value: PlainValue | undefined): PlainObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as PlainObject)
    : undefined;
}
