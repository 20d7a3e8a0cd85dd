/** The methods that change a value which is frozen. */
const MUTATORS = new Map<abstract new (...args: never[]) => object, readonly string[]>([
  [Map, ['set', 'delete', 'clear']],
  [Set, ['add', 'delete', 'clear']],
  [URLSearchParams, ['append', 'delete', 'set', 'sort']],
  [Date, Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'))],
]);

/** Which instances of classes belong to the config; undefined: all of them. */
type Ownership = ((instance: object) => boolean) | undefined;

/**
 * Freezes a value all the way down, so that an application that writes to its config gets a TypeError. Values that the schema
 * froze are walked too: it may have frozen the outermost object alone. Left as they are: class instances that are not the
 * config's own (a luxon DateTime writes to itself when it is used), RegExps, and typed arrays, which cannot be frozen.
 */
export function deepFreeze<T>(value: T, isOwn?: Ownership): T {
  const seen = new Set<unknown>();
  const freeze = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return;
    seen.add(part);
    // A RegExp with the flag g or y keeps its position in itself.
    if (ArrayBuffer.isView(part) || part instanceof RegExp) return;
    if (isOwn && isClassInstance(part) && !isOwn(part)) return;
    for (const [type, names] of MUTATORS) if (part instanceof type) block(part, names);
    if (part instanceof URL) blockSetters(part);
    Object.freeze(part);
    for (const member of Object.values(part)) freeze(member);
    if (part instanceof Map) for (const name of part.keys()) freeze(name);
    if (part instanceof Map || part instanceof Set) for (const member of part.values()) freeze(member);
    if (part instanceof URL) freeze(part.searchParams);
  };
  freeze(value);
  return value;
}

/** No plain object or list, and none of the classes that the language brings and `deepFreeze` knows. */
export function isClassInstance(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof URL)
    return false;
  for (const type of MUTATORS.keys()) if (value instanceof type) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  // The prototype of a plain object has none itself, in whichever realm the object was made.
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

function block(value: object, names: readonly string[]): void {
  if (Object.isFrozen(value)) return;
  for (const name of names) Object.defineProperty(value, name, { value: rejectWrite });
}

/** Freezing does not stop a setter of the prototype; a property of the URL's own hides it. */
function blockSetters(url: URL): void {
  if (Object.isFrozen(url)) return;
  for (const [name, accessor] of Object.entries(Object.getOwnPropertyDescriptors(URL.prototype)))
    if (accessor.set) Object.defineProperty(url, name, { ...accessor, set: rejectWrite, enumerable: false });
}

function rejectWrite(): never {
  throw new TypeError('A config is read-only.');
}
