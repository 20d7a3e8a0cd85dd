import { type HotConfigDefinition, HotConfigSetupError } from '../contract/index.js';
import { checkOptionNames, documentKeyProblem } from '../document/index.js';
import { classDefinition } from './class-validator/index.js';
import { SCHEMA_OPTIONS, type SchemaOptions } from './options.js';

/** A class whose instances are configs. Constructed without arguments, for its defaults. */
export type HotConfigClass<T extends object = object> = new () => T;

/** What `forFeature` takes: a `@HotConfigSchema` class or a definition of `defineHotConfig`. */
export type HotConfigDeclaration<T extends object = object> = HotConfigClass<T> | HotConfigDefinition<T>;

/** What names a config: its key or its declaration. */
export type HotConfigTarget<T extends object = object> = string | HotConfigDeclaration<T>;

/** Of the global registry, so that the ESM and the CommonJS build of this library agree on it. */
const DEFINITION = Symbol.for('nestjs-hot-config.definition');

/**
 * Declares a class as the schema of a key: class-validator decorators say what is accepted, property initializers are
 * the defaults, class-transformer's `@Type` names nested classes. Both packages must be installed.
 *
 * @throws HotConfigSetupError for a key that cannot name a document, an unknown option, or a second key on one class
 */
export function HotConfigSchema(key: string, options: SchemaOptions = {}): (target: HotConfigClass) => void {
  checkKey(key);
  checkOptionNames(`@HotConfigSchema('${key}')`, options, SCHEMA_OPTIONS);
  return (target) => {
    const before = ownDefinition(target);
    if (before) {
      throw new HotConfigSetupError(
        `${target.name} cannot be the schema of "${key}": it is already the schema of "${before.key}". Declare a class per key; one may extend the other.`,
        { key },
      );
    }
    Object.defineProperty(target, DEFINITION, { value: classDefinition(key, target, options) });
  };
}

/** The definition of a declaration, the same object each time; undefined for a class without `@HotConfigSchema` of its own. */
export function definitionOf<T extends object>(
  declaration: HotConfigDeclaration<T>,
): HotConfigDefinition<T> | undefined {
  if (typeof declaration === 'function') {
    return ownDefinition(declaration) as unknown as HotConfigDefinition<T> | undefined;
  }
  return declaration;
}

/** @throws HotConfigSetupError for what declares no config: a class without a schema, or nothing, as a circular import gives it */
export function requireDefinition<T extends object>(
  declaration: HotConfigDeclaration<T>,
): HotConfigDefinition<T> {
  const definition = isNothing(declaration) ? undefined : definitionOf(declaration);
  if (definition && isDefinition(definition)) return definition;
  throw new HotConfigSetupError(
    `${shown(declaration)} was used as a config, but does not declare one. ${adviceFor(declaration)}`,
  );
}

/** @throws HotConfigSetupError for a class that is not declared */
export function keyOf(target: HotConfigTarget): string {
  return typeof target === 'string' ? target : requireDefinition(target).key;
}

/** @throws HotConfigSetupError */
export function checkKey(key: string): void {
  const problem = documentKeyProblem(key);
  if (problem === undefined) return;
  throw new HotConfigSetupError(
    `The config key ${JSON.stringify(key)} cannot name a document: it ${problem}.`,
  );
}

function ownDefinition(target: HotConfigClass): HotConfigDefinition | undefined {
  if (!Object.hasOwn(target, DEFINITION)) return undefined;
  return (target as unknown as { [DEFINITION]: HotConfigDefinition })[DEFINITION];
}

/** Types exclude everything else; a circular import, and plain JavaScript, do not ask them. */
function isNothing(declaration: unknown): boolean {
  return declaration === undefined || declaration === null;
}

function isDefinition(definition: Partial<HotConfigDefinition>): boolean {
  return typeof definition.key === 'string' && typeof definition.validate === 'function';
}

function shown(declaration: unknown): string {
  if (isNothing(declaration)) return 'Nothing (undefined)';
  if (typeof declaration === 'function') return `The class ${declaration.name}`;
  return typeof declaration === 'string' ? `The key "${declaration}"` : 'An object';
}

function adviceFor(declaration: unknown): string {
  if (isNothing(declaration))
    return 'Two files probably import each other: move the config class to a file of its own.';
  return typeof declaration === 'function'
    ? "Put @HotConfigSchema('<key>') on it, or use defineHotConfig."
    : 'Give the class or the definition: a @HotConfigSchema class, or what defineHotConfig returns.';
}
