import { undecorated } from './class-issues.js';
import type { ClassRules } from './class-rules.js';
import { freshLike, isAsFresh } from './fresh.js';
import { memberOf } from './plain.js';
import { declaredType } from './property-marks.js';
import type { PropertyRule } from './peers.js';
import { unknownKeyMessage } from './unknown-key.js';

/** A place where the document has another shape than the class: what is wrong below it only follows from it. */
export interface StructureProblem {
  readonly at: readonly string[];
  readonly message: () => string;
}

/**
 * What class-validator lets pass: a nested object that is missing, a list where an object belongs and the reverse, and
 * keys that class-transformer leaves out because the class has a method or a getter of that name.
 */
export function structureProblems(
  root: object,
  document: unknown,
  rules: ClassRules,
  unknownKeys: 'reject' | 'allow',
): StructureProblem[] {
  const problems: StructureProblem[] = [];
  const report = (at: readonly string[], message: string): void => {
    problems.push({ at, message: () => message });
  };

  const visitObject = (holder: object, source: unknown, at: readonly string[]): void => {
    for (const name of rules.names(holder)) {
      const onProperty = rules.onProperty(holder, name);
      const value: unknown = (holder as Record<string, unknown>)[name];
      if (!applies(onProperty, holder, value)) continue;
      const here = [...at, name];
      const problem = shapeProblem(onProperty, declaredType(holder.constructor, name), value);
      if (problem !== undefined) report(here, problem);
      else if (isNested(onProperty)) visitValue(value, memberOf(source, name), here);
    }
    for (const name of rules.onlyMarked(holder)) {
      const value = memberOf(holder, name);
      if (value !== undefined && !isAsFresh(freshLike(holder), name, value))
        report([...at, name], undecorated(holder));
    }
    if (unknownKeys === 'allow') return;
    for (const key of swallowedKeys(holder, source)) {
      problems.push({ at: [...at, key], message: () => unknownKeyMessage(key, rules.names(holder)) });
    }
  };

  const visitValue = (value: unknown, source: unknown, at: readonly string[]): void => {
    const members = collectionMembers(value);
    if (members) {
      for (const [key, member] of members) {
        if (isObject(member)) visitObject(member, memberOf(source, key), [...at, key]);
        else report([...at, key], 'must be an object');
      }
    } else if (isObject(value)) visitObject(value, source, at);
  };

  visitObject(root, document, []);
  return problems;
}

function isNested(rules: readonly PropertyRule[]): boolean {
  return rules.some(({ type }) => type === 'nestedValidation');
}

/** `@IsOptional` and `@ValidateIf` take a property out of all checks, as in class-validator. */
function applies(rules: readonly PropertyRule[], holder: object, value: unknown): boolean {
  return rules
    .filter(({ type }) => type === 'conditionalValidation')
    .every(({ constraints }) =>
      (constraints as ((holder: object, value: unknown) => unknown)[])[0]?.(holder, value),
    );
}

/** `declared` is undefined or `Object` when the compiler left no type; then `each` tells that a collection is meant. */
function shapeProblem(rules: readonly PropertyRule[], declared: unknown, value: unknown): string | undefined {
  const given = value !== undefined && value !== null;
  if (declared === Array && given && !Array.isArray(value)) return 'must be a list';
  if (!isNested(rules)) return undefined;
  const typeIsKnown = declared !== undefined && declared !== Object;
  const eachIsNested = rules.some(({ type, each }) => type === 'nestedValidation' && each);
  const wantsCollection = typeIsKnown ? isCollectionType(declared) : eachIsNested;
  if (value === undefined) return wantsCollection ? 'is missing' : 'is missing; an object belongs here';
  if (declared === Map && !(value instanceof Map)) return 'must be an object';
  if (wantsCollection) return collectionMembers(value) ? undefined : 'must be a list';
  const mayBeList = !typeIsKnown && rules.some(({ name }) => name !== undefined && /array/i.test(name));
  if (Array.isArray(value) && mayBeList) return undefined;
  return isObject(value) ? undefined : 'must be an object';
}

function isCollectionType(type: unknown): boolean {
  return type === Array || type === Map || type === Set;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function collectionMembers(value: unknown): (readonly [string, unknown])[] | undefined {
  if (value instanceof Map)
    return [...(value as Map<unknown, unknown>)].map(([key, member]) => [String(key), member]);
  if (!Array.isArray(value) && !(value instanceof Set)) return undefined;
  return [...(value as Iterable<unknown>)].map((member, index) => [String(index), member]);
}

function swallowedKeys(holder: object, source: unknown): string[] {
  if (!isObject(source)) return [];
  return Object.keys(source).filter(
    (key) => !Object.hasOwn(holder, key) && key in holder && !hasSetter(holder, key),
  );
}

function hasSetter(holder: object, key: string): boolean {
  for (let owner: unknown = holder; isObject(owner); owner = Object.getPrototypeOf(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, key);
    if (property) return property.set !== undefined;
  }
  return false;
}
