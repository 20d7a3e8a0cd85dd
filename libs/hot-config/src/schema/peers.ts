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
type Constructor = Function;

/** As much of class-validator as is used here: the optional peer's own types would be needed by those who do not have it. */
export interface ClassValidator {
  validate(instance: object, options: object): Promise<readonly PropertyError[]>;
  getMetadataStorage(): RuleStorage;
}

/** As much of class-transformer as is used here. */
export interface ClassTransformer {
  plainToInstance<T>(type: new () => T, plain: object, options: object): T;
}

// Imported when the first class is validated: an application that declares its configs otherwise does not need them.
const importValidator = (): Promise<ClassValidator> => import('class-validator');
const importTransformer = (): Promise<ClassTransformer> => import('class-transformer');

/** @throws HotConfigSetupError when one of the optional peers is not installed */
export async function loadPeers(
  key: string,
): Promise<{ readonly validator: ClassValidator; readonly transformer: ClassTransformer }> {
  try {
    return { validator: await importValidator(), transformer: await importTransformer() };
  } catch (cause) {
    throw new HotConfigSetupError(
      `"${key}" is declared by a class, which requires class-validator and class-transformer, but they could not be loaded. Run: npm install class-validator class-transformer. Or declare it with defineHotConfig.`,
      { key, cause },
    );
  }
}
