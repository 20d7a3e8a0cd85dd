export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function collectionMembers(value: unknown): (readonly [string, unknown])[] | undefined {
  if (value instanceof Map)
    return [...(value as Map<unknown, unknown>)].map(([key, member]) => [String(key), member]);
  if (!Array.isArray(value) && !(value instanceof Set)) return undefined;
  return [...(value as Iterable<unknown>)].map((member, index) => [String(index), member]);
}
