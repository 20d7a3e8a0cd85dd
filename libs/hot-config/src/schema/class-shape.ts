import { memberOf } from '../document/index.js';
import { collectionMembers, isObject } from './collection.js';
import { freshLike } from './fresh.js';
import type { PropertyRule } from './peers.js';
import { classOf } from './plain.js';
import type { PropertyPlace } from './unchecked.js';

export function isNested(rules: readonly PropertyRule[]): boolean {
  return rules.some(({ type }) => type === 'nestedValidation');
}

/** `@IsOptional` and `@ValidateIf` take a property out of all checks, as in class-validator. */
export function applies(rules: readonly PropertyRule[], holder: object, value: unknown): boolean {
  return rules
    .filter(({ type }) => type === 'conditionalValidation')
    .every(({ constraints }) =>
      (constraints as ((holder: object, value: unknown) => unknown)[])[0]?.(holder, value),
    );
}

/**
 * A list or an object where the class has a Set or a Map: class-transformer makes these only where `@Type` is put and the
 * compiler has left the type of the property. Where it has not, the default of the property tells.
 */
export function unmadeCollection({ holder, name, declared, value }: PropertyPlace): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const meant = declared ?? classOf(memberOf(freshLike(holder), name));
  const isUnmade =
    meant === Set ? Array.isArray(value) : meant === Map && isObject(value) && !(value instanceof Map);
  if (!isUnmade) return undefined;
  const compile = declared === undefined ? 'compile with "emitDecoratorMetadata", and ' : '';
  const remedy = 'add @Type(() => …) to the property, with the class of its members';
  return `cannot be made a ${(meant as typeof Map | typeof Set).name}: ${compile}${remedy}`;
}

/** `declared` is undefined or `Object` when the compiler left no type; then `each` tells that a collection is meant. */
export function shapeProblem(
  rules: readonly PropertyRule[],
  { declared, value }: PropertyPlace,
): string | undefined {
  const given = value !== undefined && value !== null;
  if (declared === Array && given && !Array.isArray(value)) return 'must be a list';
  if (!isNested(rules)) return undefined;
  const typeIsKnown = declared !== undefined && declared !== Object;
  const eachIsNested = rules.some(({ type, each }) => type === 'nestedValidation' && each);
  const wantsCollection = typeIsKnown ? isCollectionType(declared) : eachIsNested;
  if (value === undefined) return wantsCollection ? 'is missing' : 'is missing; an object belongs here';
  if (declared === Map && !(value instanceof Map)) return 'must be an object';
  if (wantsCollection) return collectionMembers(value) ? undefined : noCollection(declared, value);
  const mayBeList = !typeIsKnown && rules.some(({ name }) => name !== undefined && /array/i.test(name));
  if (Array.isArray(value) && mayBeList) return undefined;
  return isObject(value) ? undefined : 'must be an object';
}

/** A record is declared as `Object`: with `@Type` class-transformer takes the whole of it for one instance. */
function noCollection(declared: unknown, value: unknown): string {
  const isRecord = declared === Object && isObject(value);
  return isRecord ? 'must be a list; for a dictionary of objects declare a Map' : 'must be a list';
}

function isCollectionType(type: unknown): boolean {
  return type === Array || type === Map || type === Set;
}
