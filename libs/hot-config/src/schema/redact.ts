import type { HotConfigDefinition } from '../contract/index.js';

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

function branch(part: object, copy: (member: unknown, key: string) => unknown): unknown {
  if (Array.isArray(part)) return part.map((member, index) => copy(member, String(index)));
  if (part instanceof Set)
    return [...(part as Set<unknown>)].map((member, index) => copy(member, String(index)));
  const members = part instanceof Map ? [...(part as Map<unknown, unknown>)] : Object.entries(part);
  return Object.fromEntries(members.map(([key, member]) => [String(key), copy(member, String(key))]));
}

function scalar(value: unknown): unknown {
  const shownAsText = typeof value === 'bigint' || typeof value === 'symbol';
  if (shownAsText) return String(value);
  return typeof value === 'function' ? '[function]' : value;
}
