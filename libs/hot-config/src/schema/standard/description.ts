import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isPlainObject } from '../plain.js';

/** One place of a JSON Schema: `true` and `{}` admit anything. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One way to read a place, with one member of each of its unions. */
export interface Choice {
  /** They hold together. */
  readonly parts: readonly JsonSchema[];
  /** The keys that an object may have: only these, any, or undefined where nothing is said. */
  readonly keys: readonly string[] | 'any' | undefined;
  /** Properties that take certain values only, such as `kind`. */
  readonly constants: ReadonlyMap<string, readonly unknown[]>;
}

/** Stands for any one key or index of a path. */
export const WILDCARD = '*';

export function isIndex(step: string): boolean {
  return /^\d+$/.test(step);
}

/** Unions inside an intersection multiply. A place with more choices than this takes any key. */
const MAX_CHOICES = 1000;
const ANYTHING: JsonSchema = { additionalProperties: {} };

/** What a schema says about itself as JSON Schema, as zod can from 4.2 on. A schema that cannot says nothing: `{}`. */
export class Description {
  private readonly choicesOfPlace = new WeakMap<JsonSchema, readonly Choice[]>();

  private constructor(readonly root: JsonSchema) {}

  static of(schema: StandardSchemaV1, side: 'input' | 'output'): Description {
    try {
      const { jsonSchema } = schema['~standard'] as {
        jsonSchema?: Record<typeof side, (options: object) => unknown>;
      };
      // What has no counterpart in JSON (a date, a custom check) is left open, instead of failing the whole description.
      const libraryOptions = { unrepresentable: 'any' };
      const described = jsonSchema?.[side]({ target: 'draft-2020-12', libraryOptions });
      return new Description(isPlainObject(described) ? described : {});
    } catch {
      return new Description({});
    }
  }

  choices(places: readonly JsonSchema[], kind?: 'array' | 'object'): readonly Choice[] {
    const choices = places.flatMap((place) => {
      const known =
        this.choicesOfPlace.get(place) ?? this.expanded(place).map((parts) => this.choiceOf(parts));
      this.choicesOfPlace.set(place, known);
      return known;
    });
    return kind ? choices.filter((choice) => admits(choice, kind)) : choices;
  }

  /** The places at a key or index, of each choice that admits it; `{}` where a choice says nothing of it. */
  below(choices: readonly Choice[], step: string): readonly JsonSchema[] {
    return choices.flatMap((choice) => {
      if (!admits(choice, 'object') && !((step === WILDCARD || isIndex(step)) && admits(choice, 'array')))
        return [];
      const places = choice.parts.flatMap((part) => membersOf(part, step));
      if (places.length === 0) return Array.isArray(choice.keys) ? [] : [{}];
      if (places.length === 1 || step === WILDCARD) return places;
      // They hold together, but a place that says nothing may stand for anything.
      return [places.find((place) => this.choices([place]).some(({ keys }) => !keys)) ?? { allOf: places }];
    });
  }

  private choiceOf(parts: readonly JsonSchema[]): Choice {
    const constants = new Map<string, readonly unknown[]>();
    for (const [name, property] of parts.flatMap(propertiesOf)) {
      const values = isPlainObject(property)
        ? this.expanded(property).map((part) => part.flatMap(valuesOf))
        : [[]];
      if (values.every(({ length }) => length > 0)) constants.set(name, values.flat());
    }
    return { parts, keys: keysOf(parts), constants };
  }

  /** The parts, none of them a union, of each choice of a place. */
  private expanded(place: JsonSchema, above: readonly JsonSchema[] = []): JsonSchema[][] {
    // A place that refers to itself without a step into the document says nothing more.
    if (above.includes(place)) return [[]];
    const inside = (part: JsonSchema): JsonSchema[][] => this.expanded(part, [...above, place]);
    const together = [...this.referred(place), ...schemasOf(place['allOf'])].map(inside);
    const unions = [schemasOf(place['anyOf']), schemasOf(place['oneOf'])].filter(({ length }) => length > 0);
    return [...together, ...unions.map((union) => union.flatMap(inside))].reduce(combined, [[place]]);
  }

  private referred({ $ref: reference }: JsonSchema): JsonSchema[] {
    if (typeof reference !== 'string' || !reference.startsWith('#')) return [];
    let target: unknown = this.root;
    for (const step of reference.split('/').slice(1)) {
      const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      target = isPlainObject(target) && Object.hasOwn(target, name) ? target[name] : undefined;
    }
    return schemasOf([target]);
  }
}

/** Whether a list, or else an object, may stand at a place. */
export function admits({ parts }: Choice, kind: 'array' | 'object'): boolean {
  return parts.every(({ type, const: constant, enum: members }) =>
    type === undefined ? (constant ?? members) === undefined : [type].flat().includes(kind),
  );
}

export function propertyNames({ parts }: Choice): readonly string[] {
  return parts.flatMap(propertiesOf).map(([name]) => name);
}

/**
 * A place that lists properties and says nothing of others admits no others: the rule here is strict unless declared otherwise,
 * and zod describes its plain objects so.
 */
function keysOf(parts: readonly JsonSchema[]): Choice['keys'] {
  if (parts.some((part) => part['patternProperties'] ?? part['additionalProperties'])) return 'any';
  return parts.some((part) => part['properties'])
    ? parts.flatMap(propertiesOf).map(([name]) => name)
    : undefined;
}

function membersOf(part: JsonSchema, step: string): JsonSchema[] {
  const { patternProperties, additionalProperties, prefixItems = [], items } = part;
  // Which pattern a key matches is not worth another engine for regular expressions.
  const others = patternProperties ? true : (additionalProperties ?? items);
  const named = new Map([...propertiesOf(part), ...Object.entries(prefixItems as object)]);
  return schemasOf(step === WILDCARD ? [...named.values(), others] : [named.get(step) ?? others]);
}

function propertiesOf({ properties = {} }: JsonSchema): [string, unknown][] {
  return Object.entries(properties as object);
}

/** The only values that a place takes. A default may stand in for any other. */
function valuesOf(place: JsonSchema): readonly unknown[] {
  if ('default' in place) return [];
  return 'const' in place ? [place['const']] : ((place['enum'] ?? []) as unknown[]);
}

function schemasOf(parts: unknown): JsonSchema[] {
  if (!Array.isArray(parts)) return [];
  return parts.map((part: unknown) => (part === true ? {} : part)).filter(isPlainObject);
}

function combined(some: JsonSchema[][], others: JsonSchema[][]): JsonSchema[][] {
  if (some.length * others.length > MAX_CHOICES) return [[ANYTHING]];
  return some.flatMap((one) => others.map((other) => [...one, ...other]));
}
