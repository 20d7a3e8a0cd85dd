import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isPlainObject } from '../plain.js';
import { Choice, listOf, type JsonSchema } from './choice.js';

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

  choices(places: readonly JsonSchema[]): readonly Choice[] {
    return places.flatMap((place) => {
      const known =
        this.choicesOfPlace.get(place) ?? this.expanded(place).map((parts) => this.choiceOf(parts));
      this.choicesOfPlace.set(place, known);
      return known;
    });
  }

  /** The places of a property or of a list's member, one of each choice that admits it; `{}` where nothing is said of it. */
  below(choices: readonly Choice[], step: string | number): readonly JsonSchema[] {
    return choices.flatMap((choice) => {
      const places = choice.below(step);
      if (places.length === 0) return Array.isArray(choice.keys) ? [] : [{}];
      if (places.length === 1) return places;
      // They hold together, but a place that says nothing may stand for anything.
      return [places.find((place) => this.choices([place]).some(({ keys }) => !keys)) ?? { allOf: places }];
    });
  }

  private choiceOf(parts: readonly JsonSchema[]): Choice {
    return new Choice(parts, (property) => {
      const values = this.expanded(property).map((alternative) => alternative.flatMap(valuesOf));
      return values.some(({ length }) => length === 0) ? undefined : values.flat();
    });
  }

  /** The parts, none of them a union, that hold together in each choice of a place. */
  private expanded(place: JsonSchema, above: readonly JsonSchema[] = []): JsonSchema[][] {
    // A place that refers to itself without a step into the document says nothing more.
    if (above.includes(place)) return [[]];
    const inside = (part: JsonSchema): JsonSchema[][] => this.expanded(part, [...above, place]);
    const together = [...this.referred(place), ...listOf(place['allOf'])].map(inside);
    const unions = [listOf(place['anyOf']), listOf(place['oneOf'])].filter(({ length }) => length > 0);
    return [...together, ...unions.map((union) => union.flatMap(inside))].reduce(combined, [[place]]);
  }

  private referred({ $ref: reference }: JsonSchema): JsonSchema[] {
    if (typeof reference !== 'string' || !reference.startsWith('#')) return [];
    let target: unknown = this.root;
    for (const step of reference.split('/').slice(1)) {
      const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      target = isPlainObject(target) && Object.hasOwn(target, name) ? target[name] : undefined;
    }
    return isPlainObject(target) ? [target] : [];
  }
}

function combined(some: JsonSchema[][], others: JsonSchema[][]): JsonSchema[][] {
  if (some.length * others.length > MAX_CHOICES) return [[ANYTHING]];
  return some.flatMap((one) => others.map((other) => [...one, ...other]));
}

function valuesOf({ const: constant, enum: members }: JsonSchema): readonly unknown[] {
  if (constant !== undefined) return [constant];
  return Array.isArray(members) ? members : [];
}
