import type { HotConfigIssue } from '../../contract/index.js';
import { formatPath, memberOf } from '../../document/index.js';
import { isPlainObject } from '../plain.js';
import type { ClassModels } from './class-model.js';
import { type LossCheck, pathId } from './loss-check.js';
import type { PropertyError, PropertyRule } from './peers.js';

/** One failed rule at one place, out of class-validator's tree of errors. */
export interface Failure {
  /** By the names of the document, where `@Expose` gives the property another. */
  readonly at: readonly string[];
  readonly message: string;
  /** Whether the class gives the message itself. */
  readonly isOwn: boolean;
  /** The text of class-validator for a nested place of the wrong type, which does not say which type is right. */
  readonly saysLittle: boolean;
}

/** @param document that the instance was made of, or the part of it at `parent`; undefined where nobody knows */
export function failuresIn(
  errors: readonly PropertyError[],
  models: ClassModels,
  document: unknown,
  parent: readonly string[] = [],
): Failure[] {
  return errors.flatMap((error) => {
    const { property: name, target, value, children = [], constraints = {} } = error;
    const model = models.ofValue(target);
    const property = name === undefined ? undefined : model?.properties.get(name);
    const key = property && model ? model.keyIn(document, property) : name;
    const at = key === undefined ? parent : [...parent, key];
    const below = property?.isTransformed || key === undefined ? undefined : memberOf(document, key);
    const rules = property?.rules ?? [];
    const own = Object.entries(constraints).map(([constraint, message]) =>
      failure(at, error, constraint, message, rules),
    );
    const isMissing = value === undefined && property !== undefined;
    return [...(isMissing ? asMissing(own, at) : own), ...failuresIn(children, models, below, at)];
  });
}

function failure(
  at: readonly string[],
  { property: name = '', target = {} }: PropertyError,
  constraint: string,
  message: string,
  rules: readonly PropertyRule[],
): Failure {
  // A nested rule has a function of class-validator's own for a message.
  const isOwn = rules.some(
    (rule) =>
      (typeof rule.message === 'string' || (rule.type === 'customValidation' && !!rule.message)) &&
      constraint === (rule.name ?? rule.type),
  );
  if (constraint === 'unknownValue') return { at, message: withoutRules(target), isOwn, saysLittle: true };
  // The path, which ends in the property, stands before the message anyway. A rule of somebody else's may have no text at all.
  const text = !isOwn && message?.startsWith(`${name} `) ? message.slice(name.length + 1) : message;
  const saysLittle = constraint === 'nestedValidation' && /must be either object or array$/.test(text);
  return { at, message: text || `fails ${constraint}`, isOwn, saysLittle };
}

/** What a rule wants of a value that is not there helps nobody, but for the words of the class itself. */
function asMissing(failures: readonly Failure[], at: readonly string[]): readonly Failure[] {
  const own = failures.filter(({ isOwn }) => isOwn);
  if (failures.length === 0 || own.length > 0) return own;
  return [{ at, message: 'is missing', isOwn: false, saysLittle: true }];
}

function withoutRules(holder: object): string {
  return isPlainObject(holder)
    ? 'cannot be checked: a plain object stands here; let the @Transform or default that makes it make an instance of its class, in a list or Map if there are several'
    : `cannot be checked: the class ${holder.constructor.name} has no validation decorator`;
}

/** One issue per place and rule; what only follows from a wrong shape above it is left out. */
export function issuesOf(failures: readonly Failure[], lossCheck: LossCheck): (() => HotConfigIssue)[] {
  const losses = new Map(lossCheck.losses.map((loss) => [pathId(loss.at), loss]));
  const kept = failures.filter(({ at, saysLittle }) => {
    const loss = losses.get(pathId(at));
    return !(loss && (loss.overrules || saysLittle)) && !isBelow(at, losses);
  });
  const named = new Set(kept.map(({ at }) => pathId(at)));
  return [
    ...lossCheck.losses.filter(({ at }) => !named.has(pathId(at))).map(({ describe }) => describe),
    ...kept.map(({ at, message }) => () => ({ path: formatPath(at), message })),
  ];
}

function isBelow(at: readonly string[], places: ReadonlyMap<string, unknown>): boolean {
  return places.size > 0 && at.some((_, length) => length > 0 && places.has(pathId(at.slice(0, length))));
}
