import { membersOf } from '../document/index.js';

/** A value that holds no others, as text or as it is, and where it stands. */
export type Leaf = readonly [path: readonly string[], value: unknown];

/** What is inside a value, class instances, Maps and Sets included. An object that contains itself is entered once. */
export function* leavesOf(
  value: unknown,
  path: readonly string[] = [],
  above: readonly object[] = [],
): Generator<Leaf> {
  const leaf = scalarOf(value);
  if (typeof leaf !== 'object' || leaf === null) yield [path, leaf];
  else if (!above.includes(leaf))
    for (const [step, member] of membersOf(leaf)) yield* leavesOf(member, [...path, step], [...above, leaf]);
}

/** Dates, URLs, patterns and bytes are scalars to a reader: their text. Everything else stays as it is. */
export function scalarOf(value: unknown): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (value instanceof URL || value instanceof RegExp) return String(value);
  return ArrayBuffer.isView(value) ? `[${value.byteLength} bytes]` : value;
}
