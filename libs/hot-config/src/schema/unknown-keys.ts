import type { JsonSchema, SchemaReader } from './json-schema.js';
import { memberOf } from '../document/index.js';
import { isList, isPlainObject } from './plain.js';
import { meaningOf, type Meaning, type Reading } from './reading.js';

export interface UnknownKey {
  readonly at: readonly string[];
  /** The keys that the schema knows at this place. */
  readonly known: readonly string[];
}

export interface UnknownKeySearch {
  readonly document: unknown;
  /** What the schema says of itself: what it takes, and what it makes of that. */
  readonly described: { readonly input: SchemaReader; readonly output: SchemaReader };
  /** What the schema made of the document, if it accepted it. */
  readonly output: { readonly value: unknown } | undefined;
}

/** What belongs to one place of the document. */
interface Counterpart {
  readonly taken: JsonSchema | undefined;
  readonly promised: JsonSchema | undefined;
  readonly made: unknown;
}

/**
 * The keys of a document that its schema does not know. Where the schema describes itself, that counts; elsewhere a key
 * is unknown when it does not come out again. Where the output is no longer a plain object, nothing can be told.
 */
export function unknownKeys({ document, described, output }: UnknownKeySearch): UnknownKey[] {
  const unknown: UnknownKey[] = [];

  const visit = (part: unknown, { taken, promised, made }: Counterpart, path: readonly string[]): void => {
    const fits = (reading: Reading): boolean => (isList(part) ? reading.mayBeList : reading.mayBeObject);
    const readings = described.input.readings(taken).filter(fits);
    const promises = described.output.readings(promised).filter(fits);
    const visitMember = (key: string | number, member: unknown, meant: readonly Reading[]): void => {
      if (typeof member !== 'object' || member === null) return;
      const isLeft = hasShapeOf(part, made);
      const below = {
        taken: described.input.below(meant, key),
        promised: isLeft ? described.output.below(promises, key) : undefined,
        made: isLeft ? memberOf(made, String(key)) : undefined,
      };
      visit(member, below, [...path, String(key)]);
    };
    if (isList(part)) {
      part.forEach((member, index) => visitMember(index, member, readings));
    } else if (isPlainObject(part)) {
      const meaning = meaningOf(part, readings);
      const lost = readings.length > 1 ? lostKeys(part, promises, made) : undefined;
      const strange = new Set(strangeKeys(part, meaning, made, lost));
      const known = strange.size > 0 ? namesOf(meaning, made).filter((name) => !strange.has(name)) : [];
      for (const [key, member] of Object.entries(part)) {
        if (strange.has(key)) unknown.push({ at: [...path, key], known });
        else visitMember(key, member, meaning.readings);
      }
    }
  };

  visit(document, { taken: described.input.root, promised: described.output.root, made: output?.value }, []);
  return unknown;
}

/** Where the schema says nothing, what comes out again is all that is known. */
function strangeKeys(
  part: object,
  { rule, unknown }: Meaning,
  made: unknown,
  lost: readonly string[] | undefined,
): readonly string[] {
  if (rule.kind === 'silent' && isPlainObject(made) && made !== part) return keysWithout(part, made);
  if (rule.kind !== 'closed' || !lost) return lost ?? unknown;
  return Object.keys(part).filter((key) => !rule.names.includes(key) || lost.includes(key));
}

function namesOf({ rule }: Meaning, made: unknown): readonly string[] {
  if (rule.kind === 'closed') return rule.names;
  return isPlainObject(made) ? Object.keys(made) : [];
}

/**
 * What a union promises to give out again, and did not: it has taken a choice that does not know it, though another one
 * does. Undefined when nothing can be told: a transformation promises nothing.
 */
function lostKeys(part: object, promises: readonly Reading[], made: unknown): readonly string[] | undefined {
  if (!isPlainObject(made) || promises.some(({ mayRename }) => mayRename)) return undefined;
  const isPromised = (key: string): boolean =>
    promises.some(({ rule }) => rule.kind === 'open' || (rule.kind === 'closed' && rule.names.includes(key)));
  return keysWithout(part, made).filter(isPromised);
}

function keysWithout(part: object, made: object): string[] {
  return Object.keys(part).filter((key) => !Object.hasOwn(made, key));
}

function hasShapeOf(part: unknown, made: unknown): boolean {
  return isList(part) ? isList(made) && made.length === part.length : isPlainObject(made);
}
