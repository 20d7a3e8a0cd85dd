/**
 * What an object holds, each with the step of a path that leads to it: a Map by its keys as text, a Set by position. Stands
 * here because who asks what is sensitive has to take the same steps as who answers.
 */
export function membersOf(value: object): (readonly [step: string, member: unknown])[] {
  if (value instanceof Map)
    return [...(value as Map<unknown, unknown>)].map(([key, member]) => [String(key), member]);
  if (value instanceof Set)
    return [...(value as Set<unknown>)].map((member, position) => [String(position), member]);
  return Object.entries(value);
}

/** What stands at one step of a path; undefined where there is nothing. */
export function memberOf(value: unknown, step: string): unknown {
  if (value instanceof Map) return inMap(value as Map<unknown, unknown>, step);
  if (value instanceof Set) return inSet(value as Set<unknown>, step);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Record<string, unknown>)[step];
}

/** Keys are texts or numbers: only where they are neither are all of them looked at. */
function inMap(map: ReadonlyMap<unknown, unknown>, step: string): unknown {
  if (map.has(step)) return map.get(step);
  if (map.has(Number(step))) return map.get(Number(step));
  for (const [key, member] of map) if (String(key) === step) return member;
  return undefined;
}

const positions = new WeakMap<ReadonlySet<unknown>, readonly unknown[]>();

/** A Set has to be gone through to get to a position. One that is frozen is gone through once, not for each of its members. */
function inSet(set: ReadonlySet<unknown>, step: string): unknown {
  const known = positions.get(set);
  // Who froze it without taking its methods away may have added to it.
  const members = known?.length === set.size ? known : [...set];
  if (Object.isFrozen(set)) positions.set(set, members);
  return members[Number(step)];
}

/** The value at a path below another value; undefined when the path leads nowhere. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce(memberOf, value);
}
