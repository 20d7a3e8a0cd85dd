import type { HotConfigDefinition } from '../contract/index.js';
import { memberOf, membersOf } from '../document/index.js';

const REDACTED = '[redacted]';

/**
 * A plain deep copy for pages and logs: `[redacted]` where the definition says sensitive, dates and URLs as text, class
 * instances and maps as plain objects.
 */
export function redact(definition: Pick<HotConfigDefinition, 'isSensitive'>, value: unknown): unknown {
  const open = new Set<object>();
  const copy = (part: unknown, path: readonly string[]): unknown => {
    if (definition.isSensitive(value, path)) return REDACTED;
    if (typeof part !== 'object' || part === null) return scalar(part);
    if (part instanceof Date) return Number.isNaN(part.getTime()) ? String(part) : part.toISOString();
    if (part instanceof URL || part instanceof RegExp) return String(part);
    if (ArrayBuffer.isView(part)) return `[${part.byteLength} bytes]`;
    if (open.has(part)) return '[circular]';
    open.add(part);
    const plain = branch(part, (member, key) => copy(member, [...path, key]));
    open.delete(part);
    return plain;
  };
  return copy(value, []);
}

/**
 * A plain deep copy of something that was made from a whole: with what the redacted whole shows too, and `[redacted]` for the
 * rest. What was computed from the whole may tell a secret, and so may a key. Undefined when nothing would be left.
 */
export function redactPart(part: unknown, whole: unknown, shownWhole: unknown): unknown {
  const shown = new Set<unknown>();
  const hidden = new Set<unknown>();
  const names = new Set<string>();
  const compare = (value: unknown, redacted: unknown): void => {
    if (value === undefined) return;
    if (redacted === REDACTED || redacted === undefined) leavesOf(value).forEach((leaf) => hidden.add(leaf));
    else if (typeof value !== 'object' || value === null) shown.add(value);
    else
      for (const [name, member] of Object.entries(value)) {
        names.add(name);
        compare(member, memberOf(redacted, name));
      }
  };
  compare(plain(whole), shownWhole);
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) {
      const isShown = value === undefined || (shown.has(value) && !hidden.has(value));
      return isShown ? value : REDACTED;
    }
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

function leavesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value];
}

function branch(part: object, copy: (member: unknown, key: string) => unknown): unknown {
  if (Array.isArray(part)) return part.map((member, index) => copy(member, String(index)));
  if (part instanceof Set) return membersOf(part).map(([position, member]) => copy(member, position));
  return Object.fromEntries(membersOf(part).map(([key, member]) => [key, copy(member, key)]));
}

function scalar(value: unknown): unknown {
  const shownAsText = typeof value === 'bigint' || typeof value === 'symbol';
  if (shownAsText) return String(value);
  return typeof value === 'function' ? '[function]' : value;
}
