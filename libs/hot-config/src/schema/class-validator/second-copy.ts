import { ClassModels, type ClassModel } from './class-model.js';
import { transformerAt, transformerCopies, type Class } from './peers.js';
import { reachableFrom } from './start-check.js';

/**
 * In a monorepo the application and this library may each have a class-transformer, which keeps its decorators to itself: the
 * `@Type` is there, but not for us. Told by asking the other copy what it makes of the class.
 */
export function copiesAdvice(type: Class, models: ClassModels): readonly string[] | undefined {
  const [own, ...others] = transformerCopies();
  const other = others.find((path) => {
    const { validator } = models.peers;
    return differ(type, models, new ClassModels({ validator, transformer: transformerAt(path) }));
  });
  if (own === undefined || other === undefined) return undefined;
  return [
    `the decorators of class-transformer went to another copy of it: the class uses ${other}, this library ${own}. Let both use one: the same version everywhere and npm dedupe, or an "overrides" entry`,
  ];
}

function differ(type: Class, one: ClassModels, other: ClassModels): boolean {
  const [mine, theirs] = [one.of(type), other.of(type)];
  if (!mine || !theirs) return false;
  return (
    JSON.stringify([...reachableFrom(mine, one)].map(outline)) !==
    JSON.stringify([...reachableFrom(theirs, other)].map(outline))
  );
}

/** What class-transformer makes of the properties of a class. */
function outline({ properties }: ClassModel): unknown {
  return [...properties.values()].map(({ rules: _, declared: __, type, ...making }) => [making, type?.name]);
}
