import type { PlainObject, PlainValue } from '../contract/index.js';
import { isList } from '../document/index.js';

/** A copy that a schema may change: documents come frozen, and what one validation does must not reach the next. */
export function plainCopy(document: PlainObject): Record<string, PlainValue> {
  return copy(document) as Record<string, PlainValue>;
}

function copy(value: PlainValue): PlainValue {
  if (isList(value)) return value.map(copy);
  if (value === null || typeof value !== 'object') return value;
  const made: Record<string, PlainValue> = {};
  // Faster than `Object.fromEntries`. No key is `__proto__`: a document that has it is rejected before.
  for (const [key, member] of Object.entries(value)) made[key] = copy(member);
  return made;
}

/** Plain, as a parser makes them, of whatever realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (!Array.isArray(value) && Object.getPrototypeOf(prototype) === null);
}
