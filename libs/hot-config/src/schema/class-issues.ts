import type { HotConfigIssue } from '../contract/index.js';
import { formatPath, memberOf } from '../document/index.js';
import type { ClassRules } from './class-rules.js';
import type { StructureProblem } from './class-structure.js';
import { freshLike, isAsFresh } from './fresh.js';
import type { PropertyError } from './peers.js';
import { transformRules } from './transform-rules.js';
import { undecorated } from './unchecked.js';
import { unknownKeyIssue } from './unknown-key.js';

/** One failed constraint at one place, out of class-validator's tree of errors. */
export interface Failure {
  /** By the names of the document, where `@Expose` gives the property another. */
  readonly at: readonly string[];
  readonly holder: object;
  readonly property: string;
  readonly value: unknown;
  readonly constraint: string;
  readonly message: string;
}

/** @param document that the instance was made of, or the part of it at `parent` */
export function flattened(
  errors: readonly PropertyError[],
  document: unknown,
  parent: readonly string[] = [],
): Failure[] {
  return errors.flatMap(({ property, target, value, constraints, children }) => {
    // An object of a class without any rule is reported without a property.
    const name = property === undefined ? [] : [transformRules().nameOf(target ?? {}, property, document)];
    const at = [...parent, ...name];
    const isMade = property !== undefined && transformRules().isTransformed(target ?? {}, property);
    // Nobody knows what a `@Transform` made of which part of the document.
    const below = isMade ? undefined : name.reduce(memberOf, document);
    const own = Object.entries(constraints ?? {}).map(([constraint, message]) => ({
      at,
      holder: target ?? {},
      property: property ?? '',
      value,
      constraint,
      message,
    }));
    return [...own, ...flattened(children ?? [], below, at)];
  });
}

/** Keys that the document gave and the class has no rule for. */
export function unknownKeysIn(failures: readonly Failure[]): readonly Failure[] {
  const fresh = new Map<object, object>();
  return failures.filter((failure) => {
    const { constraint, holder } = failure;
    if (constraint !== 'whitelistValidation') return false;
    if (!fresh.has(holder)) fresh.set(holder, freshLike(holder));
    // Not one that the document gave, but a property that every instance has, when a fresh one holds the same.
    return !isAsFresh(fresh.get(holder) ?? {}, failure.property, failure.value);
  });
}

/** One problem per place and rule; what only follows from a wrong shape above it is left out. */
export function problemsOf(
  failures: readonly Failure[],
  structure: readonly StructureProblem[],
  rules: ClassRules,
): (() => HotConfigIssue)[] {
  const misshapen = new Map(structure.map((problem) => [identity(problem.at), problem]));
  const kept = failures.filter((failure) => {
    const problem = misshapen.get(identity(failure.at));
    const isSaidBetter = problem && ('overrules' in problem || saysLittle(failure));
    return !isSaidBetter && !isBelow(failure.at, misshapen);
  });
  const named = new Set(kept.map(({ at }) => identity(at)));
  return [
    ...kept.map((failure) => () => issueOf(failure, rules)),
    ...structure.filter(({ at }) => !named.has(identity(at))).map((problem) => () => structureIssue(problem)),
  ];
}

function isBelow(at: readonly string[], places: ReadonlyMap<string, unknown>): boolean {
  return places.size > 0 && at.some((_, length) => length > 0 && places.has(identity(at.slice(0, length))));
}

function structureIssue(problem: StructureProblem): HotConfigIssue {
  const { at } = problem;
  if ('known' in problem) return unknownKeyIssue(at, problem.known);
  return { path: formatPath(at), message: problem.message };
}

function issueOf(failure: Failure, rules: ClassRules): HotConfigIssue {
  const { at, holder, property, constraint, message } = failure;
  const path = formatPath(at);
  if (constraint === 'whitelistValidation') return whitelistIssue(failure, rules);
  if (constraint === 'unknownValue') return { path, message: withoutRules(holder) };
  // The path, which ends in the property, stands before it anyway. And somebody else's rule may have no text at all.
  const text =
    message?.replace(`${property} `, (name, start) => (start === 0 ? '' : name)) || `fails ${constraint}`;
  return { path, message: text };
}

function whitelistIssue({ at, holder, property }: Failure, rules: ClassRules): HotConfigIssue {
  if (!Object.hasOwn(freshLike(holder), property)) return unknownKeyIssue(at, knownKeys(holder, rules));
  return { path: formatPath(at), message: undecorated(holder) };
}

function knownKeys(holder: object, rules: ClassRules): string[] {
  return rules.names(holder).map((name) => transformRules().nameOf(holder, name));
}

/** A plain object where an instance belongs is a matter of shape, and was told as that. */
function withoutRules(holder: object): string {
  return `cannot be checked: the class ${holder.constructor.name} has no validation decorator`;
}

/** class-validator's texts for a nested place of the wrong type, which do not say which type is right. */
function saysLittle({ constraint, message }: Failure): boolean {
  if (constraint === 'unknownValue') return true;
  return constraint === 'nestedValidation' && message.endsWith('must be either object or array');
}

function identity(at: readonly string[]): string {
  return JSON.stringify(at);
}
