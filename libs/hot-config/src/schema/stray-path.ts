import type { JsonSchema, SchemaReader } from './json-schema.js';
import { propertyNames, type Reading } from './reading.js';
import { unknownKeyMessage } from './unknown-key.js';

/** Where a path leaves what the schema describes. */
interface Stray {
  /** How many steps of the path lead somewhere. */
  readonly depth: number;
  readonly step: string;
  /** The keys that the schema knows there; undefined for a list, which has none. */
  readonly known: readonly string[] | undefined;
}

/**
 * Why no value of a schema can have anything at a path, `*` standing for any one key or index. Undefined when one can, or
 * when that cannot be told: below a record, a transformation, a choice that is not described.
 */
export function strayMessage(reader: SchemaReader, path: readonly string[]): string | undefined {
  const stray = strayAt(reader, reader.root, path, 0);
  if (!stray) return undefined;
  const { depth, step, known } = stray;
  if (!known) {
    const meant = [...path.slice(0, depth), '*', ...path.slice(depth)].join('.');
    return `there is a list before ${JSON.stringify(step)}; did you mean ${JSON.stringify(meant)}?`;
  }
  return known.length > 0
    ? unknownKeyMessage(step, known)
    : `nothing can be below "${path[depth - 1] ?? ''}"`;
}

function strayAt(
  reader: SchemaReader,
  place: JsonSchema,
  path: readonly string[],
  depth: number,
): Stray | undefined {
  const step = path[depth];
  if (step === undefined) return undefined;
  const readings = reader.readings(place);
  const below = readings.flatMap((reading) => placesBelow(reader, reading, step));
  if (below.length === 0) return { depth, step, known: knownAt(readings) };
  // Of several choices one that leads on is enough; else the one that leads furthest is meant.
  let furthest: Stray | undefined;
  for (const next of below) {
    const stray = strayAt(reader, next, path, depth + 1);
    if (!stray) return undefined;
    furthest = further(furthest, stray);
  }
  return furthest;
}

function further(one: Stray | undefined, other: Stray): Stray {
  if (!one || one.depth !== other.depth) return one && one.depth > other.depth ? one : other;
  if (!one.known || !other.known) return one.known ? one : other;
  return { ...one, known: [...new Set([...one.known, ...other.known])] };
}

function placesBelow(reader: SchemaReader, reading: Reading, step: string): JsonSchema[] {
  const { mayBeList, mayBeObject, parts } = reading;
  const keys = mayBeObject ? [step, ...(step === '*' ? propertyNames(parts) : [])] : [];
  const indices = mayBeList ? indicesOf(parts, step) : [];
  return [...keys, ...indices]
    .map((key) => reader.below([reading], key))
    .filter((place) => place !== undefined);
}

/** Of a `*` those that a tuple describes, and one beyond unless there is none. */
function indicesOf(parts: readonly JsonSchema[], step: string): readonly number[] {
  if (step !== '*') return /^\d+$/.test(step) ? [Number(step)] : [];
  const lengths = parts.map(({ prefixItems, items }) => {
    const described = Array.isArray(prefixItems) ? prefixItems.length : 0;
    return items === false ? described : described + 1;
  });
  return Array.from({ length: Math.max(...lengths) }, (_, index) => index);
}

function knownAt(readings: readonly Reading[]): readonly string[] | undefined {
  const objects = readings.filter(({ mayBeObject }) => mayBeObject);
  if (objects.length === 0 && readings.some(({ mayBeList }) => mayBeList)) return undefined;
  return [...new Set(objects.flatMap(({ parts }) => propertyNames(parts)))];
}
