import { type ClassModel, type ClassModels, isErased, type Property } from './class-model.js';

/**
 * What is wrong with a class as it is declared, whatever a document says: properties that nothing checks, and collections whose type
 * nobody can know any more. `Class.property: what to write`.
 */
export function problemsOf(
  model: ClassModel,
  models: ClassModels,
  unknownKeys: 'reject' | 'allow',
): readonly string[] {
  const unchecked = [...model.onlyMarked, ...(unknownKeys === 'reject' ? model.undecorated : [])];
  const problems = unchecked.map((name): [string, string] => [name, UNDECORATED]);
  for (const property of model.properties.values()) {
    const problem = problemOf(property, models);
    if (problem !== undefined) problems.push([property.name, problem]);
  }
  return problems.map(([name, problem]) => `${model.type.name}.${name}: ${problem}`);
}

/** The classes with rules that a class leads to, itself included. */
export function reachableFrom(root: ClassModel, models: ClassModels): ReadonlySet<ClassModel> {
  const met = new Set([root]);
  for (const { properties } of met)
    for (const { type, declared } of properties.values())
      for (const model of [models.of(type), models.of(declared)]) if (model) met.add(model);
  return met;
}

const UNDECORATED = 'no validation decorator checks it; give it one, @Allow() at least';
const ADD_TYPE = 'add @Type(() => …) with the class of its members';

function problemOf(property: Property, models: ClassModels): string | undefined {
  if (property.isTransformed || property.isLeftOut) return undefined;
  const { declared, kind, rules, isNested, discriminator, type, hasVaryingType } = property;
  const unmade = kind === 'set' || kind === 'map' ? collectionProblem(property, kind) : undefined;
  if (unmade !== undefined) return unmade;
  const isOfMembers = rules.some(({ each }) => each);
  if (isErased(declared) && kind === undefined && isOfMembers) return WHICH_COLLECTION;
  // Which class it is, only a document tells.
  if (hasVaryingType || discriminator !== undefined) return notNested(property, models);
  if (isNested && type === undefined) return NO_TYPE;
  const isBare = isNested && !models.of(type);
  return isBare ? `the class ${type?.name} has no validation decorator` : notNested(property, models);
}

const WHICH_COLLECTION =
  'the compiler left no type that tells whether it is a list, a Set or a Map; for a list add @IsArray(), ' +
  'for a Set or Map declare it as one without "| undefined" or "| null", compile with "emitDecoratorMetadata" and add @Type(() => …)';

const NO_TYPE = 'nothing says which class @ValidateNested() checks; add @Type(() => …)';

/** class-transformer makes a Set or Map only where it has both: the type that the compiler left, and `@Type`. */
function collectionProblem(property: Property, kind: 'set' | 'map'): string | undefined {
  const { declared, ofList, ofMapping, discriminator, isNested, type, hasVaryingType } = property;
  const name = kind === 'set' ? 'Set' : 'Map';
  if (kind === 'map' && discriminator !== undefined)
    return 'a discriminator has no effect in a Map; declare a list';
  if (isNested && type === undefined && !hasVaryingType) return `it cannot be made a ${name}: ${ADD_TYPE}`;
  if (kind === (kind === 'set' ? ofList : ofMapping)) return undefined;
  if (declared === undefined)
    return `it cannot be made a ${name}: compile with "emitDecoratorMetadata", and ${ADD_TYPE}`;
  const first = isErased(declared) ? `declare it as ${name}, without "| undefined", and ` : '';
  return `it cannot be made a ${name}: ${first}${ADD_TYPE}`;
}

/** Without `@ValidateNested` class-validator applies no rule of a nested class, whatever is there. */
function notNested({ isNested, rules, type, declared }: Property, models: ClassModels): string | undefined {
  // `@IsInstance` alone is all that is asked for, as of an instance from elsewhere.
  if (isNested || rules.some(({ name }) => name === 'isInstance')) return undefined;
  const nested = models.of(type) ?? models.of(declared);
  return nested && `${nested.type.name} has validation rules; add @ValidateNested()`;
}
