import { isDeepStrictEqual } from 'node:util';
import type { PlainObject, PlainValue } from '../../contract/index.js';

type NeedsRestart = (path: readonly string[]) => boolean;

/**
 * The document with every restart-only property as it was in the first document, the one that the process started with; the
 * document itself where none differs. A list is kept as a whole: nobody can tell which of its members was which.
 */
export function withRestartOnlyOf(
  first: PlainObject,
  document: PlainObject,
  needsRestart: NeedsRestart,
): PlainObject {
  return (merge(first, document, [], needsRestart) ?? {}) as PlainObject;
}

function merge(
  first: PlainValue | undefined,
  document: PlainValue | undefined,
  path: readonly string[],
  needsRestart: NeedsRestart,
): PlainValue | undefined {
  // Most of a document is as it was, and then nothing has to be asked about it.
  if (isDeepStrictEqual(first, document)) return document;
  if (path.length > 0 && needsRestart(path)) return first;
  const [before, after] = [mappingOf(first), mappingOf(document)];
  // Only where both may be mappings can a part be kept.
  if ((!before && !after) || (first !== undefined && !before) || (document !== undefined && !after))
    return differsBelow(first, document, path, needsRestart) ? first : document;
  let isKept = false;
  const merged: [string, PlainValue][] = [];
  for (const name of namesOf(after, before)) {
    const value = merge(before?.[name], after?.[name], [...path, name], needsRestart);
    isKept ||= value !== after?.[name];
    if (value !== undefined) merged.push([name, value]);
  }
  return isKept ? Object.fromEntries(merged) : document;
}

/** Whether a restart-only property differs, at a path or below it. */
function differsBelow(
  first: PlainValue | undefined,
  document: PlainValue | undefined,
  path: readonly string[],
  needsRestart: NeedsRestart,
): boolean {
  if (isDeepStrictEqual(first, document)) return false;
  if (path.length > 0 && needsRestart(path)) return true;
  const [before, after] = [membersOf(first), membersOf(document)];
  return [...namesOf(before, after)].some((name) =>
    differsBelow(before[name], after[name], [...path, name], needsRestart),
  );
}

function namesOf(...values: readonly (object | undefined)[]): ReadonlySet<string> {
  return new Set(values.flatMap((value) => Object.keys(value ?? {})));
}

function membersOf(value: PlainValue | undefined): Readonly<Record<string, PlainValue>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, PlainValue>) : {};
}

function mappingOf(value: PlainValue | undefined): PlainObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as PlainObject)
    : undefined;
}
