import type { PlainObject, PlainValue } from '../contract/index.js';

/** `Array.isArray` does not narrow a readonly array. */
export function isList(value: unknown): value is readonly PlainValue[] {
  return Array.isArray(value);
}

export function isMapping(value: PlainValue): value is PlainObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
