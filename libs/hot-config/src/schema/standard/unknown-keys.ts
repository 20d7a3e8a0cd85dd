import { isList, memberOf } from '../../document/index.js';
import { isPlainObject } from '../plain.js';
import type { Choice, Description, JsonSchema } from './description.js';

export interface UnknownKey {
  readonly at: readonly string[];
  /** The keys that the schema knows at this place. */
  readonly known: readonly string[];
}

/** What a schema says of itself: of what it takes, and of what it makes of that. */
export type Descriptions = Readonly<Record<'input' | 'output', Description>>;

/** Whether every key of a document came out of its schema again. What was made into something else does not tell. */
export function cameOutWhole(part: Branch, made: unknown): boolean {
  if (!isSameKind(part, made)) return false;
  for (const key of Object.keys(part)) {
    if (!Object.hasOwn(made, key)) return false;
    const member = (part as Record<string, unknown>)[key];
    if (isBranch(member) && !cameOutWhole(member, (made as Record<string, unknown>)[key])) return false;
  }
  return true;
}

/**
 * The keys of a document that its schema does not know. Where the schema describes itself, that counts; elsewhere a key
 * is unknown when it does not come out again.
 *
 * @param made what the schema made of the document; undefined if it rejected the document
 */
export function unknownKeys(document: unknown, made: unknown, { input, output }: Descriptions): UnknownKey[] {
  const found: UnknownKey[] = [];
  const visit = (part: Branch, at: Counterpart, path: readonly string[]): void => {
    const kind = isList(part) ? 'array' : 'object';
    const same = isSameKind(part, at.made) ? at.made : undefined;
    const promised = same ? output.choices(at.output, kind) : [];
    const choices = input.choices(at.input, kind);
    const meant = isList(part) ? choices : meantFor(part, choices);
    const candidates = { meant, promised, isUnion: choices.length > 1 };
    const unknown = new Set(isList(part) ? [] : unknownIn(part, same, candidates));
    const known = unknown.size > 0 ? knownTo(meant, same).filter((key) => !unknown.has(key)) : [];
    const below = (key: string): Counterpart => ({
      input: input.below(meant, key),
      output: output.below(promised, key),
      made: memberOf(same, key),
    });
    for (const [key, member] of Object.entries(part)) {
      if (unknown.has(key)) found.push({ at: [...path, key], known });
      else if (isBranch(member)) visit(member, below(key), [...path, key]);
    }
  };
  if (isBranch(document)) visit(document, { input: [input.root], output: [output.root], made }, []);
  return found;
}

/** What belongs to one part of the document: its descriptions, and what the schema made of it. */
interface Counterpart {
  readonly input: readonly JsonSchema[];
  readonly output: readonly JsonSchema[];
  readonly made: unknown;
}

interface Alternatives {
  readonly meant: readonly Choice[];
  readonly promised: readonly Choice[];
  readonly isUnion: boolean;
}

/**
 * The choices that an object was most likely written for. `kind: x` rules out those that want another `kind`, if one of
 * them wants `x`; of the rest those count that know most of the keys.
 */
function meantFor(object: object, choices: readonly Choice[]): readonly Choice[] {
  const telling = Object.entries(object).filter(([name, value]) =>
    choices.some(({ constants }) => constants.get(name)?.includes(value)),
  );
  const fitting = choices.filter(({ constants }) =>
    telling.every(([name, value]) => constants.get(name)?.includes(value) !== false),
  );
  const counts = fitting.map((choice) => strangersTo(choice, object).length);
  return fitting.filter((_, index) => counts[index] === Math.min(...counts));
}

function unknownIn(
  part: object,
  made: object | undefined,
  { meant, promised, isUnion }: Alternatives,
): readonly string[] {
  const isLost = (key: string): boolean => made !== undefined && !Object.hasOwn(made, key);
  const keys = Object.keys(part);
  // Where the schema says nothing, what comes out again is all that is known.
  if (meant.every((choice) => !choice.keys)) return keys.filter(isLost);
  // Without output nothing tells which choice of a union was taken, nor where keys may be renamed: a mixture is not meant.
  if (!made || !isUnion || promised.some(mayRename)) return strangersTo(meant[0], part);
  // A key that some choice gives out again, and that did not come out, belongs to another choice than the one taken.
  const isKnownTo = (choices: readonly Choice[], key: string): boolean =>
    choices.some((choice) => knows(choice, key));
  return keys.filter((key) => !isKnownTo(meant, key) || (isLost(key) && isKnownTo(promised, key)));
}

function strangersTo(choice: Choice | undefined, object: object): readonly string[] {
  return choice ? Object.keys(object).filter((key) => !knows(choice, key)) : [];
}

function knows({ keys }: Choice, key: string): boolean {
  return typeof keys !== 'object' || keys.includes(key);
}

/** Whether keys may come out under other names: those of a record, and what is described as anything. */
function mayRename({ keys, parts }: Choice): boolean {
  return !keys || parts.some((part) => part['propertyNames'] ?? part['patternProperties']);
}

/** Where a choice admits any key, or says nothing, only what came out is known. */
function knownTo(meant: readonly Choice[], made: object | undefined): readonly string[] {
  const isClosed = meant.length > 0 && meant.every(({ keys }) => typeof keys === 'object');
  return isClosed ? [...new Set(meant.flatMap(({ keys }) => keys ?? []))] : Object.keys(made ?? {});
}

export type Branch = Readonly<Record<string, unknown>> | readonly unknown[];

function isBranch(part: unknown): part is Branch {
  return isList(part) || isPlainObject(part);
}

function isSameKind(part: object, made: unknown): made is object {
  return isList(part) ? isList(made) && made.length === part.length : isPlainObject(made);
}
