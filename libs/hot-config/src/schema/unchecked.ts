import { memberOf } from '../document/index.js';
import type { ClassRules } from './class-rules.js';
import { collectionMembers } from './collection.js';
import { classOf } from './plain.js';
import type { TransformRules } from './transform-rules.js';

/** A property of an instance, what stands there, and what the document says there. */
export interface PropertyPlace {
  readonly holder: object;
  readonly name: string;
  /** The type that the compiler left. */
  readonly declared: unknown;
  readonly value: unknown;
  readonly source: unknown;
}

export const NO_TYPE =
  'cannot be checked: nothing says which class this is; add @Type(() => …) to the property';

export function undecorated(holder: object): string {
  return `${holder.constructor.name} declares this property without a validation decorator; give it one, @Allow() at least`;
}

/** Without `@ValidateNested` class-validator applies no rule of a nested class, whatever is there. */
export function notNested(
  { holder, name, declared, value }: PropertyPlace,
  rules: ClassRules,
  transforms: TransformRules,
): string | undefined {
  if (value === undefined || value === null) return undefined;
  const members = collectionMembers(value) ?? [];
  const there = [value, ...members.map(([, member]) => member)].map(classOf);
  const type = [declared, transforms.typeOf(holder, name), ...there].find(
    (type) => rules.ofClass(type).length > 0,
  );
  if (typeof type !== 'function') return undefined;
  return `cannot be checked: ${type.name} has validation rules; add @ValidateNested()`;
}

/** Why a plain object stands where an instance should: what may be done about it depends on where it comes from. */
export function whyPlain(
  place: PropertyPlace,
  value: object,
  source: unknown,
  rules: ClassRules,
  transforms: TransformRules,
): string {
  const subTypes = subTypesAt(place, transforms);
  if (subTypes !== undefined && source !== undefined) return subTypes;
  const { holder, name, source: whole } = place;
  if (Object.values(value).some((member) => rules.ofClass(classOf(member)).length > 0))
    return 'cannot be checked: for a dictionary of objects declare a Map';
  if (whole === undefined)
    return 'cannot be checked: the default is a plain object; make it an instance of its class, as by Object.assign(new …(), { … })';
  if (transforms.isTransformed(holder, name))
    return 'cannot be checked: @Transform made a plain object; let it make an instance of its class';
  return NO_TYPE;
}

/** Whether a document names a class by a discriminator that stands for none: class-transformer then takes the base class. */
export function isOfNoSubType(
  { holder, name }: PropertyPlace,
  source: unknown,
  transforms: TransformRules,
): boolean {
  // Nobody knows which member of the document a `@Transform` made what from.
  if (transforms.isTransformed(holder, name)) return false;
  const discriminator = transforms.discriminator(holder, name);
  const given = discriminator && memberOf(source, discriminator.property);
  return given !== undefined && !discriminator?.subTypes.some((type) => type.name === given);
}

export function subTypesAt({ holder, name }: PropertyPlace, transforms: TransformRules): string | undefined {
  const discriminator = transforms.discriminator(holder, name);
  const names = discriminator?.subTypes.map((type) => JSON.stringify(type.name)).join(', ');
  return (
    discriminator && `cannot be checked: ${JSON.stringify(discriminator.property)} must be one of ${names}`
  );
}
