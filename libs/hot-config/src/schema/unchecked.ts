import { memberOf } from '../document/index.js';
import type { ClassRules } from './class-rules.js';
import { collectionMembers } from './collection.js';
import type { Discriminator } from './peers.js';
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

const NO_TYPE = 'cannot be checked: nothing says which class this is; add @Type(() => …) to the property';

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
  { holder, name, source: whole }: PropertyPlace,
  value: object,
  source: unknown,
  rules: ClassRules,
  transforms: TransformRules,
): string {
  const discriminator = transforms.discriminator(holder, name);
  if (discriminator && source !== undefined) return mustBeOneOf(discriminator);
  if (Object.values(value).some((member) => rules.ofClass(classOf(member)).length > 0))
    return 'cannot be checked: for a dictionary of objects declare a Map';
  if (whole === undefined)
    return 'cannot be checked: the default is a plain object; make it an instance of its class, as by Object.assign(new …(), { … })';
  if (transforms.isTransformed(holder, name))
    return 'cannot be checked: @Transform made a plain object; let it make an instance of its class';
  return NO_TYPE;
}

/** What is wrong with a discriminator that stands for no class: class-transformer takes the base class for it. */
export function wrongSubType(
  { holder, name }: PropertyPlace,
  source: unknown,
  transforms: TransformRules,
): string | undefined {
  const discriminator = transforms.discriminator(holder, name);
  // Nobody knows which member of the document a `@Transform` made what from.
  if (!discriminator || transforms.isTransformed(holder, name)) return undefined;
  const given = memberOf(source, discriminator.property);
  const isKnown = given === undefined || discriminator.subTypes.some((type) => type.name === given);
  return isKnown ? undefined : mustBeOneOf(discriminator);
}

function mustBeOneOf({ property, subTypes }: Discriminator): string {
  const names = subTypes.map((type) => JSON.stringify(type.name)).join(', ');
  return `cannot be checked: ${JSON.stringify(property)} must be one of ${names}`;
}
