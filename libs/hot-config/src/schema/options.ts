import type { OptionNames } from '../document/index.js';

export interface SchemaOptions {
  /** The document that is served when the start falls back to defaults. Default: `{}`. Validated like any other. */
  readonly defaults?: object;
  /** For a key that the schema does not know: reject the document, naming the nearest known key, or allow it. Default: `reject` */
  readonly unknownKeys?: 'reject' | 'allow';
}

export const SCHEMA_OPTIONS: OptionNames<SchemaOptions> = { defaults: true, unknownKeys: true };
