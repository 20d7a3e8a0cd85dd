import type { ClassRules } from './class-rules.js';
import { isNested } from './class-shape.js';
import { collectionMembers } from './collection.js';
import { isPlainObject } from './plain.js';
import type { TransformRules } from './transform-rules.js';

type Holder = Record<string, unknown>;
type Class = new () => object;

/**
 * Makes an instance of a default that is written as a plain object, `db: Db = { host: 'localhost' }`: class-transformer does
 * so for documents only, and class-validator has no rules for a plain object.
 */
export function instantiateDefaults(root: object, rules: ClassRules, transforms: TransformRules): void {
  const holder = root as Holder;
  for (const name of rules.names(holder)) {
    if (!isNested(rules.onProperty(holder, name)) || !Object.hasOwn(holder, name)) continue;
    const type = classAt(holder, name, rules, transforms);
    const value = type ? instances(holder[name], type) : holder[name];
    if (value !== holder[name]) holder[name] = value;
    const members = collectionMembers(value)?.map(([, member]) => member) ?? [value];
    for (const member of members) if (isRuled(member, rules)) instantiateDefaults(member, rules, transforms);
  }
}

/** Undefined where a plain object may have come from the document: of no class that its discriminator names, or of `@Transform`. */
function classAt(
  holder: Holder,
  name: string,
  rules: ClassRules,
  transforms: TransformRules,
): Class | undefined {
  if (transforms.discriminator(holder, name) || transforms.isTransformed(holder, name)) return undefined;
  const type = transforms.typeOf(holder, name);
  return rules.ofClass(type).length > 0 ? (type as Class) : undefined;
}

function instances(value: unknown, type: Class): unknown {
  const instance = (plain: unknown): unknown =>
    isPlainObject(plain) ? Object.assign(new type(), plain) : plain;
  const members = collectionMembers(value)?.map(([, member]) => member);
  if (!members) return instance(value);
  if (!members.some(isPlainObject)) return value;
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [key, instance(member)]));
  return value instanceof Set ? new Set(members.map(instance)) : members.map(instance);
}

function isRuled(value: unknown, rules: ClassRules): value is object {
  return typeof value === 'object' && value !== null && rules.of(value).length > 0;
}
