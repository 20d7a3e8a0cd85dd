import { memberOf } from '../../document/index.js';
import { isPlainObject } from '../plain.js';

/** One place of a JSON Schema: `true` and `{}` admit anything. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One way to read a place of a schema: one member of each of its unions. */
export class Choice {
  /** The keys that an object may have: only these, any, or undefined where nothing is said. */
  readonly keys: readonly string[] | 'any' | undefined;
  /** Whether keys of an object may come out under other names: those of a record, and what is described as anything. */
  readonly mayRename: boolean;
  /** Properties that take certain values only, such as `kind`. */
  private readonly constants: ReadonlyMap<string, readonly unknown[]>;

  constructor(
    /** They hold together. */
    readonly parts: readonly JsonSchema[],
    constantsOf: (property: JsonSchema) => readonly unknown[] | undefined,
  ) {
    this.keys = keysOf(parts);
    this.mayRename = !this.keys || parts.some((part) => part['propertyNames'] ?? part['patternProperties']);
    const constants = new Map<string, readonly unknown[]>();
    for (const [name, property] of parts.flatMap(propertiesOf)) {
      // A default may stand in for a wrong value.
      const values = isPlainObject(property) && !('default' in property) ? constantsOf(property) : undefined;
      if (values) constants.set(name, values);
    }
    this.constants = constants;
  }

  knows(key: string): boolean {
    return typeof this.keys !== 'object' || this.keys.includes(key);
  }

  /** Whether a list, or else an object, may stand here. */
  admits(type: 'array' | 'object'): boolean {
    return this.parts.every(({ type: types, const: constant, enum: members }) =>
      types === undefined ? constant === undefined && members === undefined : [types].flat().includes(type),
    );
  }

  below(step: string | number): JsonSchema[] {
    return this.parts
      .map((part) => schemaOf(typeof step === 'number' ? itemOf(part, step) : propertyOf(part, step)))
      .filter((place) => place !== undefined);
  }

  propertyNames(): readonly string[] {
    return this.parts.flatMap(propertiesOf).map(([name]) => name);
  }

  /** Of a tuple the positions that are described, and one beyond them unless there is none. */
  positions(): readonly number[] {
    const lengths = this.parts.map(
      ({ prefixItems, items }) => listOf(prefixItems).length + (items === false ? 0 : 1),
    );
    return [...Array(Math.max(...lengths)).keys()];
  }

  /** `kind: x` rules out the choices that want another `kind`, but only if one of the choices wants `x`. */
  static fitting(object: object, choices: readonly Choice[]): readonly Choice[] {
    const takes = (choice: Choice, name: string): boolean | undefined =>
      choice.constants.get(name)?.includes(memberOf(object, name));
    const names = choices.flatMap(({ constants }) => [...constants.keys()]);
    const telling = [...new Set(names)].filter((name) => choices.some((choice) => takes(choice, name)));
    return choices.filter((choice) => telling.every((name) => takes(choice, name) !== false));
  }
}

export function listOf(parts: unknown): JsonSchema[] {
  return Array.isArray(parts) ? parts.filter(isPlainObject) : [];
}

/**
 * A place that lists properties and says nothing of others admits no others: the rule here is strict unless declared otherwise,
 * and zod describes its plain objects so.
 */
function keysOf(parts: readonly JsonSchema[]): Choice['keys'] {
  const admitsMore = ({ patternProperties, additionalProperties = false }: JsonSchema): boolean =>
    patternProperties !== undefined || additionalProperties !== false;
  if (parts.some(admitsMore)) return 'any';
  if (!parts.some(({ properties }) => isPlainObject(properties))) return undefined;
  return parts.flatMap(propertiesOf).map(([name]) => name);
}

function propertiesOf({ properties }: JsonSchema): [string, unknown][] {
  return isPlainObject(properties) ? Object.entries(properties) : [];
}

function propertyOf(
  { properties, patternProperties, additionalProperties }: JsonSchema,
  key: string,
): unknown {
  if (isPlainObject(properties) && Object.hasOwn(properties, key)) return properties[key];
  // Which pattern a key matches is not worth another engine for regular expressions.
  return patternProperties === undefined ? additionalProperties : undefined;
}

function itemOf({ prefixItems, items }: JsonSchema, index: number): unknown {
  return listOf(prefixItems)[index] ?? items;
}

function schemaOf(part: unknown): JsonSchema | undefined {
  if (part === true) return {};
  return isPlainObject(part) ? part : undefined;
}
