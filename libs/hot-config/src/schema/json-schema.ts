import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isPlainObject } from './plain.js';
import { anyOf, readingOf, valuesOf, type Reading } from './reading.js';

/** One place of a JSON Schema: `true` and `{}` admit anything. */
export type JsonSchema = Record<string, unknown>;

/** Unions inside an intersection multiply. A place that can be read in more ways than this takes any key. */
const MAX_READINGS = 1000;
const ANYTHING: JsonSchema = { additionalProperties: {} };

/** One side of a schema that can describe itself, as zod can from 4.2 on; that of others says nothing. */
export function readerOf(schema: StandardSchemaV1, side: 'input' | 'output'): SchemaReader {
  try {
    const { jsonSchema } = schema['~standard'] as {
      jsonSchema?: Record<typeof side, (options: object) => unknown>;
    };
    // What has no counterpart in JSON (a date, a custom check) shall be left open, not fail the whole description.
    const described = jsonSchema?.[side]({
      target: 'draft-2020-12',
      libraryOptions: { unrepresentable: 'any' },
    });
    return new SchemaReader(isPlainObject(described) ? described : {});
  } catch {
    return new SchemaReader({});
  }
}

/** Answers questions about the places of one JSON Schema document. */
export class SchemaReader {
  readonly #readings = new WeakMap<JsonSchema, readonly Reading[]>();

  constructor(readonly root: JsonSchema) {}

  /** The ways to read a place: one for each choice of its unions. */
  readings(place: JsonSchema | undefined): readonly Reading[] {
    if (!place) return [];
    const known = this.#readings.get(place);
    if (known) return known;
    const readings = this.expanded(place).map((parts) =>
      readingOf(parts, (property) => this.constants(property)),
    );
    this.#readings.set(place, readings);
    return readings;
  }

  /** The place of one key or index below a place that is read so; undefined when the schema does not describe it. */
  below(readings: readonly Reading[], key: string | number): JsonSchema | undefined {
    const found = readings.flatMap((reading) => this.belowOne(reading, key));
    return found.length <= 1 ? found[0] : { anyOf: found };
  }

  /** The members of enumerations, constants and limits: words that come from the schema, not from a document. */
  vocabulary(): readonly string[] {
    const words = new Set<string>();
    const visit = (part: unknown, keyword: string): void => {
      if (Array.isArray(part)) part.forEach((member) => visit(member, keyword));
      else if (isPlainObject(part)) Object.entries(part).forEach(([name, member]) => visit(member, name));
      else if (typeof part === 'number') words.add(String(part));
      else if (typeof part === 'string' && (keyword === 'enum' || keyword === 'const')) words.add(part);
    };
    visit(this.root, '');
    return [...words];
  }

  private belowOne({ parts, rule }: Reading, key: string | number): JsonSchema[] {
    const found = parts.map((part) => (typeof key === 'number' ? itemOf(part, key) : propertyOf(part, key)));
    const places = found.filter((place) => place !== undefined);
    if (places.length === 0) return rule.kind === 'closed' ? [] : [{}];
    if (places.length === 1) return places;
    // They hold together, but one that says nothing may stand for anything.
    const silent = places.find((place) => anyOf(this.readings(place)).kind === 'silent');
    return [silent ?? { allOf: places }];
  }

  /** The places, none of them a union, that hold together in each reading of a place. */
  private expanded(place: JsonSchema, above: readonly JsonSchema[] = []): JsonSchema[][] {
    // One that refers to itself without a step into the document says nothing more.
    if (above.includes(place)) return [[]];
    const inside = (part: JsonSchema): JsonSchema[][] => this.expanded(part, [...above, place]);
    const together = [...this.referred(place), ...listOf(place['allOf'])].map(inside);
    const choices = [listOf(place['anyOf']), listOf(place['oneOf'])]
      .filter(({ length }) => length > 0)
      .map((list) => list.flatMap(inside));
    return [...together, ...choices].reduce(product, [[place]]);
  }

  /** The only values that a place takes; undefined when there are others. */
  private constants(place: JsonSchema): readonly unknown[] | undefined {
    const values = this.expanded(place).map((parts) => parts.flatMap(valuesOf));
    return values.some(({ length }) => length === 0) ? undefined : values.flat();
  }

  private referred(place: JsonSchema): JsonSchema[] {
    const reference = place['$ref'];
    if (typeof reference !== 'string' || !reference.startsWith('#')) return [];
    const steps = reference.split('/').slice(1);
    let target: unknown = this.root;
    for (const step of steps) {
      const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      target = isPlainObject(target) && Object.hasOwn(target, name) ? target[name] : undefined;
    }
    return isPlainObject(target) ? [target] : [];
  }
}

function product(some: JsonSchema[][], others: JsonSchema[][]): JsonSchema[][] {
  if (some.length * others.length > MAX_READINGS) return [[ANYTHING]];
  return some.flatMap((one) => others.map((other) => [...one, ...other]));
}

function propertyOf(place: JsonSchema, key: string): JsonSchema | undefined {
  const { properties, patternProperties, additionalProperties } = place;
  if (isPlainObject(properties) && Object.hasOwn(properties, key)) return schemaOf(properties[key]);
  // Which pattern a key matches is not worth another engine for regular expressions.
  return patternProperties === undefined ? schemaOf(additionalProperties) : undefined;
}

function itemOf({ prefixItems, items }: JsonSchema, index: number): JsonSchema | undefined {
  const first: unknown = Array.isArray(prefixItems) ? prefixItems[index] : undefined;
  return schemaOf(first ?? items);
}

function schemaOf(part: unknown): JsonSchema | undefined {
  if (part === true) return {};
  return isPlainObject(part) ? part : undefined;
}

function listOf(parts: unknown): JsonSchema[] {
  return Array.isArray(parts) ? parts.filter(isPlainObject) : [];
}
