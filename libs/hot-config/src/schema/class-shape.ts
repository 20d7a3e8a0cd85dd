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
 * Anything but a Set or a Map where the class has one. class-transformer makes them of a list and of an object where `@Type` is
 * put and the compiler has left the type of the property. Where it has not, the default of the property tells.
 *
 * @param isOfMembers whether decorators speak of members, and none makes the value: otherwise the default may be one of several types
 */
export function unmadeCollection(
  { holder, name, declared, value }: PropertyPlace,
  isOfMembers: boolean,
): string | undefined {
  if (value === undefined || value === null) return undefined;
  const isTypeLeft = declared !== undefined && declared !== Object;
  const usual = isTypeLeft || !isOfMembers ? undefined : memberOf(freshLike(holder), name);
  const meant = isTypeLeft ? declared : classOf(usual);
  const kind = [Set, Map].find((type) => type === meant);
  if (!kind || value instanceof kind) return undefined;
  const isList = Array.isArray(value);
  if (kind === Set && !isList) return 'must be a list';
  if (kind === Map && (isList || typeof value !== 'object')) return 'must be an object';
  const remedy = 'add @Type(() => …) to the property, with the class of its members';
  if (isTypeLeft) return `cannot be made a ${kind.name}: ${remedy}`;
  const first = declared === Object ? `declare it as ${kind.name}` : 'compile with "emitDecoratorMetadata"';
  return `cannot be made a ${kind.name}: ${first}, and ${remedy}`;
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
