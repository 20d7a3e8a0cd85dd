import { membersOf } from '../document/index.js';

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function collectionMembers(value: unknown): (readonly [string, unknown])[] | undefined {
  const isCollection = Array.isArray(value) || value instanceof Map || value instanceof Set;
  return isCollection ? membersOf(value) : undefined;
}
