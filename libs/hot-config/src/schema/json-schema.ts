import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isPlainObject } from './plain.js';

/** One place of a JSON Schema: `true` and `{}` admit anything. */
export type JsonSchema = Record<string, unknown>;

/** What a schema says about the keys of an object: only these, any, or nothing at all. */
export type KeyRule =
  { readonly kind: 'closed'; readonly names: readonly string[] } | { readonly kind: 'open' | 'silent' };

const SILENT: KeyRule = { kind: 'silent' };
const OPEN: KeyRule = { kind: 'open' };
/** A schema that refers to itself without a step into the document would never end. */
const MAX_REFERENCES = 32;

/** The input side of a schema that can describe itself, as zod can from 4.2 on; undefined for others. */
export function describedInput(schema: StandardSchemaV1): JsonSchema | undefined {
  try {
    const { jsonSchema } = schema['~standard'] as { jsonSchema?: { input(options: object): unknown } };
    // What has no counterpart in JSON (a date, a custom check) shall be left open, not fail the whole description.
    const described = jsonSchema?.input({
      target: 'draft-2020-12',
      libraryOptions: { unrepresentable: 'any' },
    });
    return isPlainObject(described) ? described : undefined;
  } catch {
    return undefined;
  }
}

/** Answers questions about the places of one JSON Schema document. */
export class SchemaReader {
  constructor(private readonly root: JsonSchema) {}

  /**
   * A place that lists properties and says nothing of others is closed: the rule here is strict unless declared
   * otherwise, and zod describes its plain objects so.
   */
  keyRule(place: JsonSchema, references = 0): KeyRule {
    const parts = [ownRule(place)];
    if (references < MAX_REFERENCES) {
      const all = [...this.referred(place), ...listOf(place['allOf'])];
      parts.push(...all.map((part) => this.keyRule(part, references + 1)));
      const choices = choicesOf(place).filter(mayBeObject);
      if (choices.length > 0)
        parts.push(anyOf(choices.map((choice) => this.keyRule(choice, references + 1))));
    }
    if (parts.some(({ kind }) => kind === 'open')) return OPEN;
    const names = parts.flatMap((part) => (part.kind === 'closed' ? part.names : []));
    return parts.some(({ kind }) => kind === 'closed') ? { kind: 'closed', names } : SILENT;
  }

  /** The place of one key or index below a place; undefined when the schema does not describe it. */
  below(place: JsonSchema, key: string | number): JsonSchema | undefined {
    const found = this.membersOf(place, key, 0);
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

  private membersOf(place: JsonSchema, key: string | number, references: number): JsonSchema[] {
    if (references > MAX_REFERENCES) return [];
    const inside = [...this.referred(place), ...listOf(place['allOf']), ...choicesOf(place)];
    const own = typeof key === 'number' ? itemOf(place, key) : propertyOf(place, key);
    const found = inside.flatMap((part) => this.membersOf(part, key, references + 1));
    return own ? [own, ...found] : found;
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

function ownRule(place: JsonSchema): KeyRule {
  const { properties, patternProperties, additionalProperties } = place;
  const admitsMore = additionalProperties !== undefined && additionalProperties !== false;
  if (admitsMore || patternProperties !== undefined) return OPEN;
  return isPlainObject(properties) ? { kind: 'closed', names: Object.keys(properties) } : SILENT;
}

/** One choice that admits any key, or does not say, is enough. */
function anyOf(rules: readonly KeyRule[]): KeyRule {
  if (rules.some(({ kind }) => kind === 'open')) return OPEN;
  if (rules.some(({ kind }) => kind === 'silent')) return SILENT;
  return { kind: 'closed', names: rules.flatMap((rule) => (rule.kind === 'closed' ? rule.names : [])) };
}

function choicesOf(place: JsonSchema): JsonSchema[] {
  return [...listOf(place['anyOf']), ...listOf(place['oneOf'])];
}

function mayBeObject({ type, const: constant, enum: members }: JsonSchema): boolean {
  if (type !== undefined) return Array.isArray(type) ? type.includes('object') : type === 'object';
  return constant === undefined && members === undefined;
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
  return isPlainObject(part) ? part : undefined;
}

function listOf(parts: unknown): JsonSchema[] {
  return Array.isArray(parts) ? parts.filter(isPlainObject) : [];
}
