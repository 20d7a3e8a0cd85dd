import { createRequire } from 'node:module';
import { HotConfigSetupError } from '../../contract/index.js';

/** What class-validator found wrong with one property, and below it. Without a property the object itself is meant. */
export interface PropertyError {
  readonly property?: string;
  readonly target?: object;
  readonly value?: unknown;
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly PropertyError[];
}

/** One decorator of class-validator on one property. */
export interface PropertyRule {
  readonly propertyName: string;
  readonly type: string;
  readonly name?: string | undefined;
  readonly each?: boolean | undefined;
  readonly constraints?: readonly unknown[] | undefined;
  readonly message?: unknown;
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- as class-validator has it
type Constructor = Function;

/** A class whose instances are parts of a config. */
export type Class = new () => object;

// The optional peers' own types would be needed by those who do not have them, so both are described here, as far as they are used.
export interface ClassValidator {
  validate(instance: object, options: object): Promise<readonly PropertyError[]>;
  registerDecorator(options: {
    readonly name: string;
    readonly target: Constructor;
    readonly propertyName: string;
    readonly validator: Constructor;
    readonly constraints: unknown[];
  }): void;
  getMetadataStorage(): {
    getTargetValidationMetadatas(
      type: Class,
      schema: string,
      always: boolean,
      strictGroups: boolean,
    ): PropertyRule[];
  };
}

export interface ClassTransformer {
  plainToInstance<T>(type: new () => T, plain: object, options: object): T;
  instanceToPlain(instance: object): Record<string, unknown>;
}

export interface Peers {
  readonly validator: ClassValidator;
  readonly transformer: ClassTransformer;
}

// Imported when the first class is checked: an application that declares its configs otherwise does not need them.
const importValidator = (): Promise<ClassValidator> => import('class-validator');
const importTransformer = (): Promise<ClassTransformer> => import('class-transformer');

/** @throws HotConfigSetupError when one of the optional peers is not installed */
export async function loadPeers(key: string): Promise<Peers> {
  try {
    return { validator: await importValidator(), transformer: await importTransformer() };
  } catch (cause) {
    throw new HotConfigSetupError(
      `"${key}" is declared by a class, which requires class-validator and class-transformer, but they could not be loaded. ${INSTALL}`,
      { key, cause },
    );
  }
}

/**
 * class-validator at once, for a decorator. A class has loaded it for its own decorators by then.
 *
 * @throws HotConfigSetupError when it is not installed
 */
export function requireValidator(decorator: string): ClassValidator {
  try {
    // Written out, so that a bundler sees it.
    const validator: unknown =
      typeof require === 'function' ? require('class-validator') : load()('class-validator');
    return validator as ClassValidator;
  } catch (cause) {
    throw new HotConfigSetupError(
      `@${decorator}() requires class-validator, but it could not be loaded. ${INSTALL}`,
      { cause },
    );
  }
}

const INSTALL =
  'Run: npm install class-validator class-transformer. Or declare the config with defineHotConfig.';

/** Where the copies of class-transformer lie that this process has loaded, the one that is used here first. */
export function transformerCopies(): readonly string[] {
  const require = load();
  const own = pathOf(() => require.resolve('class-transformer'));
  const loaded = Object.keys(require.cache).filter((path) => MAIN_FILE.test(path));
  return [...new Set([...own, ...loaded])];
}

/** A copy at a path of `transformerCopies`. */
export function transformerAt(path: string): ClassTransformer {
  return load()(path) as ClassTransformer;
}

const MAIN_FILE = /[\\/]class-transformer[\\/]cjs[\\/]index\.js$/;

function pathOf(resolve: () => string): string[] {
  try {
    return [resolve()];
  } catch {
    return [];
  }
}

declare const require: NodeJS.Require | undefined;

/** `require` of the CommonJS build. The ES module build makes one: neither `import.meta` nor `__filename` compiles for both. */
function load(): NodeJS.Require {
  if (typeof require === 'function') return require;
  const [, file = `${process.cwd()}/`] =
    /(file:\/\/.*?|\/.*?|[a-zA-Z]:\\.*?):\d+:\d+\)?$/m.exec(new Error().stack ?? '') ?? [];
  return createRequire(file);
}
