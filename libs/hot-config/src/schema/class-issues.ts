import type { HotConfigIssue } from '../contract/index.js';
import type { ClassRules } from './class-rules.js';
import type { StructureIssue } from './class-structure.js';
import type { Concealment } from './concealment.js';
import { dotted } from './issue-list.js';
import { isPlainObject } from './plain.js';
import type { PropertyError } from './peers.js';
import { unknownKeyIssue } from './unknown-key.js';

/** One failed constraint at one place, out of class-validator's tree of errors. */
export interface Failure {
  readonly at: readonly string[];
  readonly holder: object;
  readonly property: string;
  readonly value: unknown;
  readonly constraint: string;
  readonly message: string;
}

export function flattened(errors: readonly PropertyError[], parent: readonly string[] = []): Failure[] {
  return errors.flatMap(({ property, target, value, constraints, children }) => {
    // An object of a class without any rule is reported without a property.
    const at = (property as string | undefined) === undefined ? parent : [...parent, property];
    const own = Object.entries(constraints ?? {}).map(([constraint, message]) => ({
      at,
      holder: target ?? {},
      property,
      value: value as unknown,
      constraint,
      message,
    }));
    return [...own, ...flattened(children ?? [], at)];
  });
}

/**
 * A key that the class has no rule for. Not one that the document gave, but a property that every instance has, when a
 * fresh instance holds the same.
 */
export function isUnknownKey({ constraint, holder, property, value }: Failure): boolean {
  if (constraint !== 'whitelistValidation') return false;
  const fresh = freshLike(holder);
  return !Object.hasOwn(fresh, property) || !isAlike((fresh as Record<string, unknown>)[property], value);
}

/** One issue per place and rule; what only follows from a wrong shape above it is left out. */
export function issuesOf(
  failures: readonly Failure[],
  structure: readonly StructureIssue[],
  rules: ClassRules,
  concealment: Concealment,
): HotConfigIssue[] {
  const misshapen = new Set(structure.map(({ at }) => identity(at)));
  const kept = failures.filter(
    (failure) =>
      !failure.at.some((_, length) => length > 0 && misshapen.has(identity(failure.at.slice(0, length)))) &&
      !(misshapen.has(identity(failure.at)) && saysOnlyNested(failure)),
  );
  const named = new Set(kept.map(({ at }) => identity(at)));
  return [
    ...kept.map((failure) => issueOf(failure, rules, concealment)),
    ...structure.filter(({ at }) => !named.has(identity(at))).map(({ path, message }) => ({ path, message })),
  ];
}

function issueOf(failure: Failure, rules: ClassRules, concealment: Concealment): HotConfigIssue {
  const { at, holder, property, value, constraint, message } = failure;
  const path = dotted(at);
  if (constraint === 'whitelistValidation') return whitelistIssue(failure, rules);
  if (constraint === 'unknownValue') return { path, message: withoutRules(holder) };
  if (rules.tellsNoValue(failure, constraint)) return { path, message };
  // A rule of somebody else's may return no text at all.
  const text = message || `does not satisfy "${constraint}"`;
  return {
    path,
    message: concealment.conceal(text, at, { value, vocabulary: rules.vocabulary(holder, property) }),
  };
}

function whitelistIssue({ at, holder, property }: Failure, rules: ClassRules): HotConfigIssue {
  if (!Object.hasOwn(freshLike(holder), property)) return unknownKeyIssue(at, rules.names(holder));
  return {
    path: dotted(at),
    message: `${holder.constructor.name} declares this property without a validation decorator; give it one, @Allow() at least`,
  };
}

function withoutRules(holder: object): string {
  return holder.constructor === Object
    ? 'cannot be checked: nothing says which class this is; add @Type(() => …) to the property'
    : `cannot be checked: the class ${holder.constructor.name} has no validation decorator`;
}

/** The text that class-validator gives a nested place of the wrong type, which does not say which type is right. */
function saysOnlyNested({ constraint, message }: Failure): boolean {
  return constraint === 'nestedValidation' && message.endsWith('must be either object or array');
}

function freshLike(holder: object): object {
  try {
    return new (holder.constructor as new () => object)();
  } catch {
    return {};
  }
}

function isAlike(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return Object.is(one, other) || (typeof one === 'function' && typeof other === 'function');
  }
  // A document makes plain objects and lists only: another class on both sides comes from the initializer.
  if (one.constructor !== other.constructor) return false;
  return !isPlainData(one) || JSON.stringify(one) === JSON.stringify(other);
}

function isPlainData(value: object): boolean {
  return Array.isArray(value) || isPlainObject(value);
}

function identity(at: readonly string[]): string {
  return JSON.stringify(at);
}
