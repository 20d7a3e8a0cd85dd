import type { HotConfigDefinition } from '../contract/index.js';
import { membersOf, valueAt } from '../document/index.js';
import { leavesOf, scalarOf } from './leaves.js';
import { REDACTED } from './mask.js';

/**
 * A plain deep copy for pages and logs: `[redacted]` where the definition says sensitive, dates and URLs as text, class
 * instances and maps as plain objects.
 */
export function redact(definition: Pick<HotConfigDefinition, 'isSensitive'>, value: unknown): unknown {
  const open = new Set<object>();
  const copy = (part: unknown, path: readonly string[]): unknown => {
    if (definition.isSensitive(value, path)) return REDACTED;
    const scalar = scalarOf(part);
    if (typeof scalar === 'bigint' || typeof scalar === 'symbol') return String(scalar);
    if (typeof scalar === 'function') return '[function]';
    if (typeof scalar !== 'object' || scalar === null) return scalar;
    if (open.has(scalar)) return '[circular]';
    open.add(scalar);
    const members = membersOf(scalar).map(([step, member]) => [step, copy(member, [...path, step])] as const);
    open.delete(scalar);
    const isList = Array.isArray(scalar) || scalar instanceof Set;
    return isList ? members.map(([, member]) => member) : Object.fromEntries(members);
  };
  return copy(value, []);
}

/**
 * A plain deep copy of something that was made from a whole: with what the redacted whole shows too, and `[redacted]` for the
 * rest. What was computed from the whole may tell a secret, and so may a key. Undefined when nothing would be left.
 */
export function redactPart(part: unknown, whole: unknown, shownWhole: unknown): unknown {
  const shown = new Set<unknown>([undefined]);
  const hidden = new Set<unknown>();
  for (const [path, leaf] of leavesOf(plain(whole)))
    (leaf === valueAt(shownWhole, path) ? shown : hidden).add(leaf);
  const names = new Set(keysOf(shownWhole));
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null)
      return shown.has(value) && !hidden.has(value) ? value : REDACTED;
    const members = Object.entries(value);
    if (!members.every(([name]) => names.has(name))) return REDACTED;
    return Object.fromEntries(members.map(([name, member]) => [name, copy(member)]));
  };
  const redacted = copy(plain(part));
  return redacted === REDACTED ? undefined : redacted;
}

function plain(value: unknown): unknown {
  return redact({ isSensitive: () => false }, value);
}

function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...keysOf(member)]);
}
