import { getMetadataStorage } from 'class-validator';

type Target = new () => object;

/**
 * As `PickType` and `OmitType` of @nestjs/mapped-types make a class: it extends nothing, and has copies of what
 * class-validator and the compiler know of the properties.
 */
export function mapped(parent: Target, isInherited: (name: string) => boolean): Target {
  class Mapped {}
  copyRules(parent, Mapped, isInherited);
  return Mapped;
}

/** As `IntersectionType`. */
export function intersection(...parents: readonly Target[]): Target {
  class Mapped {}
  for (const parent of parents) copyRules(parent, Mapped, () => true);
  return Mapped;
}

function copyRules(parent: Target, target: Target, isInherited: (name: string) => boolean): void {
  const storage = getMetadataStorage();
  const rules = storage.getTargetValidationMetadatas(parent, null as never, false, false);
  for (const rule of rules.filter(({ propertyName }) => isInherited(propertyName))) {
    const type: unknown = Reflect.getMetadata('design:type', parent.prototype as object, rule.propertyName);
    if (type) Reflect.defineMetadata('design:type', type, target.prototype as object, rule.propertyName);
    storage.addValidationMetadata({ ...rule, target });
  }
}
