import { HotConfigSetupError } from '../contract/index.js';

/** What class-validator found wrong with one property, and below it. Without a property it is about the object itself. */
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
  readonly constraintCls?: Constructor | undefined;
  readonly message?: unknown;
}

/** The code behind a decorator. */
export interface Constraint {
  readonly name: string;
  readonly instance: { defaultMessage?(asked: Question): string };
}

/** What a constraint is told when it is asked for its message. */
export interface Question {
  readonly value: unknown;
  readonly object: object;
  readonly property: string;
  readonly constraints: unknown[];
  readonly targetName: string;
}

interface RuleStorage {
  getTargetValidationMetadatas(
    type: Constructor,
    schema: string,
    always: boolean,
    strictGroups: boolean,
  ): PropertyRule[];
  getTargetValidatorConstraints(type: Constructor): Constraint[];
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- as class-validator has it
export type Constructor = Function;

/** As much of class-validator as is used here: the optional peer's own types would be needed by those who do not have it. */
export interface ClassValidator {
  validate(instance: object, options: object): Promise<readonly PropertyError[]>;
  getMetadataStorage(): RuleStorage;
}

/** As much of class-transformer as is used here. */
export interface ClassTransformer {
  plainToInstance<T>(type: new () => T, plain: object, options: object): T;
  Exclude(): PropertyDecorator;
}

/** The list that class-transformer keeps of its decorators. */
export interface TransformList {
  findTypeMetadata(type: Constructor, property: string): TypeDecorator | undefined;
  findTransformMetadatas(type: Constructor, property: string, direction: number): readonly unknown[];
  findExcludeMetadata(type: Constructor, property: string): unknown;
  findExposeMetadata(type: Constructor, property: string): ExposeDecorator | undefined;
  findExposeMetadataByCustomName(type: Constructor, name: string): ExposeDecorator | undefined;
  getExposedProperties(type: Constructor, direction: number): readonly string[];
  getExcludedProperties(type: Constructor, direction: number): readonly string[];
  getStrategy(type: Constructor): 'excludeAll' | 'exposeAll' | 'none';
}

interface TypeDecorator {
  readonly typeFunction?: ((options: object) => unknown) | undefined;
  readonly options?: { readonly discriminator?: Discriminator | undefined } | undefined;
}

interface ExposeDecorator {
  readonly propertyName: string;
  readonly options?:
    | { readonly name?: string; readonly groups?: readonly string[]; readonly toPlainOnly?: boolean }
    | undefined;
}

/** Tells the class of an object by one of its properties. */
export interface Discriminator {
  readonly property: string;
  readonly subTypes: readonly { readonly name: string }[];
}

// Imported when the first class is validated: an application that declares its configs otherwise does not need them.
const importValidator = (): Promise<ClassValidator> => import('class-validator');
const importTransformer = (): Promise<ClassTransformer> => import('class-transformer');
// Not part of its index. @nestjs/mapped-types reads it at this place too.
const importTransformList = (): Promise<{ readonly defaultMetadataStorage: TransformList }> =>
  // @ts-expect-error -- its types are in another folder of the package
  import('class-transformer/cjs/storage.js') as Promise<{ defaultMetadataStorage: TransformList }>;

export interface Peers {
  readonly validator: ClassValidator;
  readonly transformer: ClassTransformer;
}

/** @throws HotConfigSetupError when one of the optional peers is not installed */
export async function loadPeers(key: string): Promise<Peers> {
  try {
    const [validator, transformer] = [await importValidator(), await importTransformer()];
    loaded ??= { list: await transformListOf(transformer) };
    return { validator, transformer };
  } catch (cause) {
    throw new HotConfigSetupError(
      `"${key}" is declared by a class, which requires class-validator and class-transformer, but they could not be loaded. Run: npm install class-validator class-transformer. Or declare it with defineHotConfig.`,
      { key, cause },
    );
  }
}

let loaded: { readonly list: TransformList | undefined } | undefined;

/** Undefined before the first class is validated, and if it cannot be had: then problems are told in less detail. */
export function loadedTransformList(): TransformList | undefined {
  return loaded?.list;
}

async function transformListOf(transformer: ClassTransformer): Promise<TransformList | undefined> {
  const stored = await importTransformList().catch(() => undefined);
  const list = stored?.defaultMetadataStorage;
  return list && isUsedBy(transformer, list) ? list : undefined;
}

/** A bundler may have made two of it; the one that no decorator writes into would know of no `@Expose`. */
function isUsedBy(transformer: ClassTransformer, list: TransformList): boolean {
  class Probe {}
  transformer.Exclude()(Probe.prototype, 'probe');
  return list.findExcludeMetadata(Probe, 'probe') !== undefined;
}
