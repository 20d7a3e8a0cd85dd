/** The methods by which a value changes that freezing alone does not stop. */
const MUTATORS = new Map<abstract new (...args: never[]) => object, readonly string[]>([
  [Map, ['set', 'delete', 'clear']],
  [Set, ['add', 'delete', 'clear']],
  [URLSearchParams, ['append', 'delete', 'set', 'sort']],
  [Date, Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'))],
]);

/**
 * Freezes a value all the way down, so that an application that writes to its config gets a TypeError, not a surprise.
 * What a schema froze itself is looked into as well: it may have frozen the outermost object alone.
 */
export function deepFreeze<T>(value: T, seen = new Set<unknown>()): T {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  // The engine refuses to freeze the bytes of a typed array; nothing a document decodes to holds one.
  if (ArrayBuffer.isView(value)) return value;
  // One with the flag g or y keeps its place in itself, and a frozen one throws when it is used.
  if (value instanceof RegExp) return value;
  seen.add(value);
  for (const [type, names] of MUTATORS) if (value instanceof type) block(value, names);
  if (value instanceof URL) blockSetters(value);
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part, seen);
  if (value instanceof Map) for (const name of value.keys()) deepFreeze(name, seen);
  if (value instanceof Map || value instanceof Set) for (const part of value.values()) deepFreeze(part, seen);
  if (value instanceof URL) deepFreeze(value.searchParams, seen);
  return value;
}

function block(value: object, names: readonly string[]): void {
  if (Object.isFrozen(value)) return;
  for (const name of names) Object.defineProperty(value, name, { value: refuse });
}

/** A setter of the prototype writes to what freezing does not reach; one of the object's own comes before it. */
function blockSetters(url: URL): void {
  if (Object.isFrozen(url)) return;
  for (const [name, accessor] of Object.entries(Object.getOwnPropertyDescriptors(URL.prototype)))
    if (accessor.set) Object.defineProperty(url, name, { ...accessor, set: refuse, enumerable: false });
}

function refuse(): never {
  throw new TypeError('A config is read-only.');
}
