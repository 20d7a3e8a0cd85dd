import type { JsonSchema, SchemaReader } from './json-schema.js';
import { isList, isPlainObject } from './plain.js';

export interface UnknownKey {
  readonly at: readonly string[];
  /** The keys that the schema knows at this place. */
  readonly known: readonly string[];
}

export interface UnknownKeySearch {
  readonly document: unknown;
  /** What the schema says of itself, if it can. */
  readonly described: { readonly reader: SchemaReader; readonly root: JsonSchema } | undefined;
  /** What the schema made of the document, if it accepted it. */
  readonly output: { readonly value: unknown } | undefined;
}

/**
 * The keys of a document that its schema does not know. Where the schema describes itself, that counts; elsewhere a key
 * is unknown when it does not come out again. Where the output is no plain object any more, nothing can be told.
 */
export function unknownKeys({ document, described, output }: UnknownKeySearch): UnknownKey[] {
  const unknown: UnknownKey[] = [];

  const visit = (
    part: unknown,
    place: JsonSchema | undefined,
    made: unknown,
    path: readonly string[],
  ): void => {
    const below = (key: string | number): JsonSchema | undefined =>
      place && described?.reader.below(place, key);
    if (isList(part)) {
      const outcome: readonly unknown[] = isList(made) && made.length === part.length ? made : [];
      part.forEach((member, index) => visit(member, below(index), outcome[index], [...path, String(index)]));
    } else if (isPlainObject(part)) {
      const known = knownKeys(part, place, made);
      for (const [key, member] of Object.entries(part)) {
        if (known && !known.includes(key)) unknown.push({ at: [...path, key], known });
        else visit(member, below(key), isPlainObject(made) ? made[key] : undefined, [...path, key]);
      }
    }
  };

  const knownKeys = (
    part: Record<string, unknown>,
    place: JsonSchema | undefined,
    made: unknown,
  ): readonly string[] | undefined => {
    const rule = place && described?.reader.keyRule(place);
    if (rule?.kind === 'closed') return rule.names;
    return rule?.kind === 'open' || !isPlainObject(made) || made === part ? undefined : Object.keys(made);
  };

  visit(document, described?.root, output?.value, []);
  return unknown;
}
