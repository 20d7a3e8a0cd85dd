import { memberOf } from '../../document/index.js';
import type { ClassModel, ClassModels, Property } from './class-model.js';
import type { Class } from './peers.js';
import { classOf, isObject } from './probe.js';

/**
 * What is wrong with a key that should tell the class of an object and does not: class-transformer takes the base class then, which
 * may be abstract. Undefined when the key is right.
 */
export function subtypeProblem(
  models: ClassModels,
  holder: ClassModel,
  property: Property,
  source: unknown,
  value: object,
): (() => string) | undefined {
  const { discriminator, isTransformed } = property;
  if (discriminator === undefined || isTransformed || !isObject(source)) return undefined;
  const given = memberOf(source, discriminator);
  const type = classOf(value);
  const name = type && holder.subtypeName(property, type);
  if (name !== undefined ? name === given : type !== property.type) return undefined;
  return () => {
    const key = JSON.stringify(discriminator);
    const names = namesOf(models, holder, property, discriminator);
    const start = given === undefined ? `${key} is missing, which tells the type` : `${key} names no type`;
    return names.length === 0
      ? start
      : `${start}; known: ${names.map((one) => JSON.stringify(one)).join(', ')}`;
  };
}

/**
 * class-transformer gives its list of names to nobody. Known are those that rules about the key list, as `@IsIn` does, and those that
 * documents have used.
 */
function namesOf(
  models: ClassModels,
  holder: ClassModel,
  property: Property,
  discriminator: string,
): readonly unknown[] {
  const rules = models.of(property.type)?.properties.get(discriminator)?.rules ?? [];
  const listed = rules
    .flatMap(({ constraints }) => constraints ?? [])
    .flatMap((constraint): unknown[] =>
      isObject(constraint) ? Object.values(constraint) : [constraint].flat(),
    );
  const isName = (name: unknown): boolean =>
    typeof name === 'string' &&
    isOtherType(holder.convert(property, { [discriminator]: name }), property.type);
  return [...new Set([...listed.filter(isName), ...holder.usedSubtypeNames(property)])];
}

function isOtherType(made: unknown, base: Class | undefined): boolean {
  return isObject(made) && classOf(made) !== base;
}
