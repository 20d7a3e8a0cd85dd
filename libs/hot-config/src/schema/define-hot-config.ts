import type { StandardSchemaV1 } from '@standard-schema/spec';
import { HotConfigSetupError, type HotConfigDefinition, type PlainObject } from '../contract/index.js';
import { checkKey } from './declaration.js';
import type { SchemaOptions } from './options.js';
import { matchesPattern } from './sensitive.js';
import { SchemaJudge } from './schema-judge.js';

export interface HotConfigOptions extends SchemaOptions {
  /** Dotted paths of the value that are never to be shown, nor anything below: `database.host`, `servers.*.password`. */
  readonly sensitive?: readonly string[];
}

/**
 * Declares any Standard Schema (zod, valibot, arktype) as the schema of a key. A schema that renames keys before it
 * checks them, or without describing itself, needs `unknownKeys: 'allow'`: the old names do not come out again.
 * @throws HotConfigSetupError for a key that cannot name a document, or what is no Standard Schema
 */
export function defineHotConfig<T extends object>(
  key: string,
  schema: StandardSchemaV1<unknown, T>,
  { defaults = {}, sensitive = [], unknownKeys = 'reject' }: HotConfigOptions = {},
): HotConfigDefinition<T> {
  checkKey(key);
  const patterns = sensitive.map((path) => patternOf(key, path));
  const isSensitive = (path: readonly string[]): boolean => matchesPattern(patterns, path);
  const judge = new SchemaJudge(checked(key, schema), { unknownKeys, isSensitive });
  return {
    key,
    defaults: defaults as PlainObject,
    validate: (document) => judge.validate(document),
    isSensitive: (_value, path) => isSensitive(path),
  };
}

function patternOf(key: string, path: string): readonly string[] {
  const steps = path.split('.');
  if (!steps.includes('')) return steps;
  throw new HotConfigSetupError(
    `The sensitive path ${JSON.stringify(path)} of "${key}" is none. Write the names of the properties with single dots between them, "*" for any one of them.`,
    { key },
  );
}

function checked<T>(key: string, schema: StandardSchemaV1<unknown, T>): StandardSchemaV1<unknown, T> {
  const { validate } = (schema as Partial<typeof schema> | undefined)?.['~standard'] ?? {};
  if (typeof validate === 'function') return schema;
  throw new HotConfigSetupError(
    `defineHotConfig('${key}', …) was given what is no Standard Schema. Give it one, as zod from 3.24, valibot from 1.0 and arktype from 2.0 make them; for a class use @HotConfigSchema.`,
    { key },
  );
}
