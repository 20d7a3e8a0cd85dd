import { memberOf } from '../document/index.js';
import type { JsonSchema } from './json-schema.js';
import { isPlainObject } from './plain.js';

/** What a schema says about the keys of an object: only these, any, or nothing at all. */
export type KeyRule =
  { readonly kind: 'closed'; readonly names: readonly string[] } | { readonly kind: 'open' | 'silent' };

/** One way to read a place of a schema: one choice of each of its unions. */
export interface Reading {
  /** Places that hold together. */
  readonly parts: readonly JsonSchema[];
  readonly rule: KeyRule;
  readonly mayBeObject: boolean;
  readonly mayBeList: boolean;
  /** Whether the keys of an object may come out under other names: those of a record, and what is described as anything. */
  readonly mayRename: boolean;
  /** Properties that take certain values only. */
  readonly constants: readonly Constant[];
}

type Constant = readonly [name: string, values: ReadonlySet<unknown>];

export function readingOf(
  parts: readonly JsonSchema[],
  constantsOf: (property: JsonSchema) => readonly unknown[] | undefined,
): Reading {
  const constants: Constant[] = [];
  for (const [name, property] of parts.flatMap(propertiesOf)) {
    // What has a default may be a value that stands in for a wrong one.
    const isFixed = isPlainObject(property) && !('default' in property);
    const values = isFixed ? constantsOf(property) : undefined;
    if (values) constants.push([name, new Set(values)]);
  }
  const rule = ruleOf(parts);
  const mayRename = rule.kind === 'silent' || parts.some(isRecord);
  const mayBe = (type: string): boolean => parts.every((part) => mayHaveType(part, type));
  return { parts, rule, mayBeObject: mayBe('object'), mayBeList: mayBe('array'), mayRename, constants };
}

/** What an object means where a schema can be read in several ways. */
export interface Meaning {
  /** The readings that come into question. */
  readonly readings: readonly Reading[];
  readonly rule: KeyRule;
  /** The keys that the first of them does not know: a mixture of several is not meant. */
  readonly unknown: readonly string[];
}

/** `kind: x` rules out a reading that wants another `kind`; of the rest the ones count that know most of the keys. */
export function meaningOf(object: Record<string, unknown>, readings: readonly Reading[]): Meaning {
  const fitting = fittingTo(object, readings);
  const keys = Object.keys(object);
  const unknown = fitting.map(({ rule }) =>
    rule.kind === 'closed' ? keys.filter((key) => !rule.names.includes(key)) : [],
  );
  const fewest = Math.min(...unknown.map(({ length }) => length));
  const nearest = fitting.filter((_, index) => unknown[index]?.length === fewest);
  return {
    readings: nearest,
    rule: anyOf(nearest),
    unknown: unknown.find(({ length }) => length === fewest) ?? [],
  };
}

/** A constant rules out a reading only where another one names the value: a schema may correct it before it looks. */
function fittingTo(object: Record<string, unknown>, readings: readonly Reading[]): readonly Reading[] {
  const isGiven = ([name, values]: Constant): boolean => values.has(memberOf(object, name));
  const telling = new Set(
    readings.flatMap(({ constants }) => constants.filter(isGiven).map(([name]) => name)),
  );
  return readings.filter(({ constants }) =>
    constants.every((constant) => isGiven(constant) || !telling.has(constant[0])),
  );
}

/** One reading that admits any key, or does not say, is enough. */
export function anyOf(readings: readonly Reading[]): KeyRule {
  const rules = readings.map(({ rule }) => rule);
  if (rules.some(({ kind }) => kind === 'open')) return { kind: 'open' };
  if (rules.length === 0 || rules.some(({ kind }) => kind === 'silent')) return { kind: 'silent' };
  const names = rules.flatMap((rule) => (rule.kind === 'closed' ? rule.names : []));
  return { kind: 'closed', names: [...new Set(names)] };
}

/**
 * A place that lists properties and says nothing of others is closed: the rule here is strict unless declared otherwise,
 * and zod describes its plain objects so.
 */
function ruleOf(parts: readonly JsonSchema[]): KeyRule {
  const names: string[] = [];
  let kind: KeyRule['kind'] = 'silent';
  for (const { properties, patternProperties, additionalProperties } of parts) {
    const admitsMore = additionalProperties !== undefined && additionalProperties !== false;
    if (admitsMore || patternProperties !== undefined) return { kind: 'open' };
    if (!isPlainObject(properties)) continue;
    kind = 'closed';
    names.push(...Object.keys(properties));
  }
  return kind === 'closed' ? { kind, names } : { kind };
}

function isRecord({ propertyNames, patternProperties }: JsonSchema): boolean {
  return propertyNames !== undefined || patternProperties !== undefined;
}

export function propertyNames(parts: readonly JsonSchema[]): readonly string[] {
  return parts.flatMap(propertiesOf).map(([name]) => name);
}

function propertiesOf({ properties }: JsonSchema): [string, unknown][] {
  return isPlainObject(properties) ? Object.entries(properties) : [];
}

/** The values that a place itself lists. */
export function valuesOf({ const: constant, enum: members }: JsonSchema): readonly unknown[] {
  if (constant !== undefined) return [constant];
  return Array.isArray(members) ? members : [];
}

function mayHaveType({ type, const: constant, enum: members }: JsonSchema, wanted: string): boolean {
  if (type !== undefined) return Array.isArray(type) ? type.includes(wanted) : type === wanted;
  return constant === undefined && members === undefined;
}
