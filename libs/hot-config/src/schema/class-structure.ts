import { memberOf } from '../document/index.js';
import type { ClassRules } from './class-rules.js';
import { applies, isNested, shapeProblem, unmadeCollection } from './class-shape.js';
import { collectionMembers, isObject } from './collection.js';
import { freshLike, isAsFresh } from './fresh.js';
import { isPlainObject } from './plain.js';
import { declaredType } from './property-marks.js';
import type { TransformRules } from './transform-rules.js';
import { notNested, undecorated, whyPlain, wrongSubType, type PropertyPlace } from './unchecked.js';

/** A place where the document has another shape than the class: what is wrong below it only follows from it. */
export type StructureProblem = { readonly at: readonly string[] } &
  /** `overrules`: what class-validator says of the same place only follows from it. */
  (
    | { readonly message: string; readonly overrules?: true }
    /** An unknown key, among those that are known there. */
    | { readonly known: readonly string[] }
  );

interface StructureContext {
  readonly rules: ClassRules;
  readonly transforms: TransformRules;
  readonly unknownKeys: 'reject' | 'allow';
}

/**
 * What class-validator lets pass: a nested object that is missing, a list where an object belongs and the reverse, a Set or
 * Map that is none, a nested class whose rules nothing applies, a discriminator that names no class, and keys that
 * class-transformer leaves out.
 */
export function structureProblems(
  root: object,
  document: unknown,
  context: StructureContext,
): StructureProblem[] {
  const { rules, transforms, unknownKeys } = context;
  const problems: StructureProblem[] = [];
  const report = (at: readonly string[], message: string): void => {
    problems.push({ at, message });
  };

  const visitObject = (holder: object, source: unknown, at: readonly string[]): void => {
    for (const name of namesAt(holder, source, context))
      visitProperty(placeOf(holder, name, source), [...at, transforms.nameOf(holder, name, source)]);
    for (const name of rules.onlyMarked(holder)) {
      const value = memberOf(holder, name);
      if (value !== undefined && !isAsFresh(freshLike(holder), name, value))
        report([...at, transforms.nameOf(holder, name, source)], undecorated(holder));
    }
    if (unknownKeys === 'reject') problems.push(...swallowedKeys(holder, source, at, context));
  };

  const placeOf = (holder: object, name: string, source: unknown): PropertyPlace => ({
    holder,
    name,
    declared: declaredType(holder.constructor, name),
    value: (holder as Record<string, unknown>)[name],
    source: transforms.sourceOf(holder, name, source),
  });

  const visitProperty = (place: PropertyPlace, here: readonly string[]): void => {
    const { holder, name, value } = place;
    const onProperty = rules.onProperty(holder, name);
    if (!applies(onProperty, holder, value)) return;
    const isOfMembers =
      !transforms.isTransformed(holder, name) &&
      (transforms.typeOf(holder, name) !== undefined || onProperty.some(({ each }) => each));
    const unmade = unmadeCollection(place, isOfMembers);
    if (unmade !== undefined) return void problems.push({ at: here, message: unmade, overrules: true });
    const isChecked = isNested(onProperty);
    // Its own check is all that is asked for, as of an instance that a @Transform made.
    const isInstance = onProperty.some((rule) => rule.name === 'isInstance');
    const problem =
      shapeProblem(onProperty, place) ??
      (isChecked || isInstance ? undefined : notNested(place, rules, transforms));
    if (problem !== undefined) report(here, problem);
    else if (isChecked) visitNested(place, here);
  };

  const visitNested = (place: PropertyPlace, at: readonly string[]): void => {
    const { holder, name, value, source } = place;
    const members = collectionMembers(value);
    const isTransformed = transforms.isTransformed(holder, name);
    if (
      value instanceof Map &&
      source !== undefined &&
      !isTransformed &&
      transforms.discriminator(holder, name)
    )
      return report(at, 'cannot be checked: a discriminator has no effect in a Map; declare a list');
    if (!members) return visitInstance(value, source, at, place);
    for (const [key, member] of members) visitInstance(member, memberOf(source, key), [...at, key], place);
  };

  const visitInstance = (
    value: unknown,
    source: unknown,
    at: readonly string[],
    place: PropertyPlace,
  ): void => {
    const wrong = wrongSubType(place, source, transforms);
    if (!isObject(value)) report(at, 'must be an object');
    else if (isPlainObject(value)) report(at, whyPlain(place, value, source, rules, transforms));
    else if (wrong !== undefined) report(at, wrong);
    else visitObject(value, comparable(source, place, transforms), at);
  };

  visitObject(root, document, []);
  return problems;
}

/** Properties with rules, and those without that the document sets. */
function namesAt(
  holder: object,
  source: unknown,
  { rules, transforms }: StructureContext,
): readonly string[] {
  const ruled = rules.names(holder);
  const given = Object.keys(holder).filter((name) => transforms.sourceOf(holder, name, source) !== undefined);
  return [...new Set([...ruled, ...given])];
}

/** As much of the document at a place as has a counterpart in the instance: nobody knows what a `@Transform` does. */
function comparable(source: unknown, { holder, name }: PropertyPlace, transforms: TransformRules): unknown {
  if (!isObject(source) || transforms.isTransformed(holder, name)) return undefined;
  const discriminator = transforms.discriminator(holder, name)?.property;
  return Object.fromEntries(Object.entries(source).filter(([key]) => key !== discriminator));
}

/** Keys of the document that class-transformer left out, so that class-validator cannot see them. */
function swallowedKeys(
  holder: object,
  source: unknown,
  at: readonly string[],
  { rules, transforms }: StructureContext,
): StructureProblem[] {
  if (!isObject(source)) return [];
  const isLeftOut = (key: string): boolean => transforms.isLeftOut(holder, key);
  const known = rules
    .names(holder)
    .filter((name) => !isLeftOut(name))
    .map((name) => transforms.nameOf(holder, name));
  const isMissing = (key: string): boolean =>
    !arrives(holder, transforms.propertyOf(holder.constructor, key)) &&
    (transforms.isComplete || key in holder);
  return Object.keys(source)
    .filter((key) => isLeftOut(key) || isMissing(key))
    .map((key) =>
      rules.names(holder).includes(key)
        ? { at: [...at, key], message: LEFT_OUT }
        : { at: [...at, key], known },
    );
}

const LEFT_OUT = 'cannot be set: @Exclude() or the groups of @Expose() leave it out';

function arrives(holder: object, property: string): boolean {
  return Object.hasOwn(holder, property) || hasSetter(holder, property);
}

function hasSetter(holder: object, key: string): boolean {
  for (let owner: unknown = holder; isObject(owner); owner = Object.getPrototypeOf(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, key);
    if (property) return property.set !== undefined;
  }
  return false;
}
