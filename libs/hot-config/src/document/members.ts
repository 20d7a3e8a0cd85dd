/**
 * The members of an object, each with the step of a path that leads to it: a Map has its keys as texts, a Set has positions.
 * Everything that follows a path uses these functions, so that one path means the same value everywhere.
 */
export function membersOf(value: object): (readonly [step: string, member: unknown])[] {
  if (value instanceof Map)
    return [...(value as Map<unknown, unknown>)].map(([key, member]) => [String(key), member]);
  if (value instanceof Set)
    return [...(value as Set<unknown>)].map((member, position) => [String(position), member]);
  return Object.entries(value);
}

/** The member at one step of a path; undefined when there is none. */
export function memberOf(value: unknown, step: string): unknown {
  if (value instanceof Map) return inMap(value as Map<unknown, unknown>, step);
  if (value instanceof Set) return inSet(value as Set<unknown>, step);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Record<string, unknown>)[step];
}

/** Keys are usually texts or numbers. Only other keys need a search. */
function inMap(map: ReadonlyMap<unknown, unknown>, step: string): unknown {
  if (map.has(step)) return map.get(step);
  if (map.has(Number(step))) return map.get(Number(step));
  for (const [key, member] of map) if (String(key) === step) return member;
  return undefined;
}

const positions = new WeakMap<ReadonlySet<unknown>, readonly unknown[]>();

/** Finding a position in a Set takes a walk through it. For a frozen Set the result of one walk is kept. */
function inSet(set: ReadonlySet<unknown>, step: string): unknown {
  const known = positions.get(set);
  // `Object.freeze` does not keep `add` from working.
  const members = known?.length === set.size ? known : [...set];
  if (Object.isFrozen(set)) positions.set(set, members);
  return members[Number(step)];
}

/** The value at a path below another value; undefined when the path leads nowhere. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce(memberOf, value);
}
