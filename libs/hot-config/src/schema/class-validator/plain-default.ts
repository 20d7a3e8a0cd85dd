import type { PlainValue } from '../../contract/index.js';
import { membersOf } from '../../document/index.js';
import { isPlainObject, plainCopy } from '../plain.js';
import type { ClassModel, Property } from './class-model.js';

/**
 * A default that is written as a plain object, `db: Db = { host: 'localhost' }`, as class-transformer makes it of a document:
 * class-validator has no rules for a plain object. Undefined where the default is none.
 */
export function plainDefault(
  model: ClassModel,
  property: Property,
  usual: unknown,
): { readonly value: unknown; readonly given: unknown } | undefined {
  const members = isCollection(usual) ? membersOf(usual) : [];
  if (!isPlainObject(usual) && !members.some(([, member]) => isPlainObject(member))) return undefined;
  const plain = isCollection(usual) && !(usual instanceof Map) ? members.map(([, member]) => member) : usual;
  const written = usual instanceof Map ? Object.fromEntries(members) : plain;
  const { given } = plainCopy({ given: written as PlainValue });
  // class-transformer takes the discriminator out of what it is given.
  const value = model.convert(property, plainCopy({ given: written as PlainValue })['given']);
  return { value, given };
}

export function isCollection(value: unknown): value is object {
  return Array.isArray(value) || value instanceof Map || value instanceof Set;
}
