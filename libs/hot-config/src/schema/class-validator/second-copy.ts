import { ClassModels, type Property } from './class-model.js';
import { type Class, transformerAt, transformerCopies } from './peers.js';
import { reachableFrom } from './start-check.js';

/**
 * In a monorepo the application and this library may each have a class-transformer of their own, which keeps its decorators to
 * itself: the `@Type` is there, but not for this library. The other copy is asked what it makes of the class. class-validator keeps
 * its rules in one place for all copies.
 */
export function secondCopyProblem(type: Class, models: ClassModels): string | undefined {
  const [own, ...others] = transformerCopies();
  const used = others.find((path) =>
    knowsMore(new ClassModels({ ...models.peers, transformer: transformerAt(path) }), models, type),
  );
  if (own === undefined || used === undefined) return undefined;
  return `the decorators of class-transformer went to another copy of it: the class uses ${used}, this library ${own}. Let both use one: the same version everywhere and npm dedupe, or an "overrides" entry`;
}

/** Whether decorators show with one copy and not with the other. */
function knowsMore(one: ClassModels, other: ClassModels, type: Class): boolean {
  const root = one.of(type);
  return [...(root ? reachableFrom(root, one) : [])].some((model) =>
    [...model.properties.values()].some((property) => {
      const same = other.of(model.type)?.properties.get(property.name);
      return same && outline(same) === UNDECORATED && outline(property) !== UNDECORATED;
    }),
  );
}

function outline(
  property: Pick<Property, 'isLeftOut' | 'isTransformed' | 'ofList' | 'ofMapping' | 'converted'> &
    Partial<Property>,
): string {
  const { isLeftOut, isTransformed, ofList, ofMapping, converted, type, key, name } = property;
  return JSON.stringify([isLeftOut, isTransformed, ofList, ofMapping, converted, type?.name, key === name]);
}

const UNDECORATED = outline({
  isLeftOut: false,
  isTransformed: false,
  ofList: 'list',
  ofMapping: 'object',
  converted: undefined,
});
