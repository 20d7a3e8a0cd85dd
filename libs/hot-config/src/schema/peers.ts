import type * as ClassTransformerModule from 'class-transformer';
import type * as ClassValidatorModule from 'class-validator';
import { HotConfigSetupError } from '../contract/index.js';

export type ClassValidator = typeof ClassValidatorModule;
export type ClassTransformer = typeof ClassTransformerModule;
/** What class-validator found wrong with one property, and below it. */
export type PropertyError = Awaited<ReturnType<ClassValidator['validate']>>[number];
/** One decorator of class-validator on one property. */
export type PropertyRule = ReturnType<
  ReturnType<ClassValidator['getMetadataStorage']>['getTargetValidationMetadatas']
>[number];

export interface Peers {
  readonly validator: ClassValidator;
  readonly transformer: ClassTransformer;
}

/**
 * Imported when the first class is validated: an application that declares its configs otherwise need not have them.
 *
 * @throws HotConfigSetupError when one of the optional peers is not installed
 */
export async function loadPeers(key: string): Promise<Peers> {
  try {
    return { validator: await import('class-validator'), transformer: await import('class-transformer') };
  } catch (cause) {
    throw new HotConfigSetupError(
      `"${key}" is declared by a class, which takes class-validator and class-transformer to check, but they cannot be loaded. Run: npm install class-validator class-transformer. Or declare it with defineHotConfig.`,
      { key, cause },
    );
  }
}
