import { memberOf } from '../../document/index.js';
import { isList, isPlainObject } from '../plain.js';
import { Choice, type JsonSchema } from './choice.js';
import type { Description } from './description.js';

export interface UnknownKey {
  readonly at: readonly string[];
  /** The keys that the schema knows at this place. */
  readonly known: readonly string[];
}

/** Whether every key of a document came out of its schema again. What was made into something else is not looked into. */
export function cameOutWhole(part: unknown, output: unknown): boolean {
  if (typeof part !== 'object' || part === null || !hasShapeOf(part, output)) return true;
  return Object.entries(part).every(
    ([key, member]) => Object.hasOwn(output, key) && cameOutWhole(member, memberOf(output, key)),
  );
}

/** What a schema says of itself: of what it takes, and of what it makes of that. */
export interface Descriptions {
  readonly input: Description;
  readonly output: Description;
}

/** What belongs to one part of the document. */
interface Counterpart {
  readonly input: readonly JsonSchema[];
  readonly output: readonly JsonSchema[];
  /** What the schema made of the part; undefined where it rejected the document, or made something else. */
  readonly made: unknown;
}

/**
 * The keys of a document that its schema does not know. Where the schema describes itself, that counts; elsewhere a key
 * is unknown when it does not come out again.
 *
 * @param made what the schema made of the document; undefined if it rejected it
 */
export function unknownKeys(document: unknown, made: unknown, { input, output }: Descriptions): UnknownKey[] {
  const unknown: UnknownKey[] = [];

  const visit = (part: unknown, at: Counterpart, path: readonly string[]): void => {
    if (!isList(part) && !isPlainObject(part)) return;
    const fits = (choice: Choice): boolean => choice.admits(isList(part) ? 'array' : 'object');
    const choices = input.choices(at.input).filter(fits);
    const promised = output.choices(at.output).filter(fits);
    const isSame = hasShapeOf(part, at.made);
    const meant = isList(part) ? choices : meantFor(part, choices);
    const strange = isList(part)
      ? []
      : strangeKeys(part, isSame ? at.made : undefined, { choices, meant, promised });
    const known =
      strange.length === 0 ? [] : keysKnown(meant, at.made).filter((key) => !strange.includes(key));
    for (const [key, member] of Object.entries(part)) {
      const step = isList(part) ? Number(key) : key;
      const below = {
        input: input.below(meant, step),
        output: isSame ? output.below(promised, step) : [],
        made: isSame ? memberOf(at.made, key) : undefined,
      };
      if (strange.includes(key)) unknown.push({ at: [...path, key], known });
      else visit(member, below, [...path, key]);
    }
  };

  visit(document, { input: [input.root], output: [output.root], made }, []);
  return unknown;
}

/** Of the choices that `kind: x` or the like leaves, those count that know most of the keys. */
function meantFor(object: object, choices: readonly Choice[]): readonly Choice[] {
  const fitting = Choice.fitting(object, choices);
  const counts = fitting.map((choice) => keysUnknownTo(choice, object).length);
  return fitting.filter((_, index) => counts[index] === Math.min(...counts));
}

function keysUnknownTo(choice: Choice | undefined, object: object): readonly string[] {
  return choice ? Object.keys(object).filter((key) => !choice.knows(key)) : [];
}

function strangeKeys(
  part: object,
  made: object | undefined,
  { choices, meant, promised }: Record<'choices' | 'meant' | 'promised', readonly Choice[]>,
): readonly string[] {
  const keys = Object.keys(part);
  const lost = made ? keys.filter((key) => !Object.hasOwn(made, key)) : [];
  // Where the schema says nothing, what comes out again is all that is known.
  if (meant.every((choice) => !choice.keys)) return lost;
  // Nothing tells which choice the schema took: a mixture of several is not meant.
  if (!made || choices.length === 1 || promised.some(({ mayRename }) => mayRename))
    return keysUnknownTo(meant[0], part);
  const isPromised = (key: string): boolean => promised.some((choice) => choice.knows(key));
  return keys.filter(
    (key) => !meant.some((choice) => choice.knows(key)) || (lost.includes(key) && isPromised(key)),
  );
}

/** Any choice that admits all keys, or does not say, leaves only what came out. */
function keysKnown(meant: readonly Choice[], made: unknown): readonly string[] {
  const keys = meant.flatMap((choice) => (typeof choice.keys === 'object' ? choice.keys : []));
  const isClosed = meant.length > 0 && meant.every((choice) => typeof choice.keys === 'object');
  if (isClosed) return [...new Set(keys)];
  return isPlainObject(made) ? Object.keys(made) : [];
}

function hasShapeOf(part: unknown, made: unknown): made is object {
  return isList(part)
    ? isList(made) && made.length === part.length
    : isPlainObject(part) && isPlainObject(made);
}
