import { getMetadataStorage } from 'class-validator';

type Target = new () => object;

/**
 * A class as `PickType` and `OmitType` of @nestjs/mapped-types create it: it extends nothing, and has copies of
 * the metadata that class-validator and the compiler have for the properties.
 */
export function mapped(parent: Target, isInherited: (name: string) => boolean): Target {
  class Mapped {}
  copyRules(parent, Mapped, isInherited);
  return Mapped;
}

/** A class as `IntersectionType` creates it. */
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
