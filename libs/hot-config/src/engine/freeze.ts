/** Freezes a value all the way down, so that an application that writes to its config gets a TypeError, not a surprise. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  // The engine refuses to freeze the bytes of a typed array; nothing a document decodes to holds one.
  if (ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
