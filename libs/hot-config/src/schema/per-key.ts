/** Keys come from documents, so there is a limit to how many of a class are kept. */
const MOST_KEYS = 1_000;

/** What is so for a class and a key, found out once: a document may have thousands of instances, and no class changes in use. */
export class PerKey<V> {
  private readonly known = new WeakMap<object, Map<string, V>>();

  of(type: object, key: string, find: () => V): V {
    const ofType = this.known.get(type) ?? new Map<string, V>();
    this.known.set(type, ofType);
    const value = ofType.get(key) ?? find();
    if (ofType.size < MOST_KEYS) ofType.set(key, value);
    return value;
  }
}
