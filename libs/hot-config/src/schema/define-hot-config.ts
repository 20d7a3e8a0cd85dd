import type { StandardSchemaV1 } from '@standard-schema/spec';
import { HotConfigSetupError, type HotConfigDefinition, type PlainObject } from '../contract/index.js';
import { checkOptionNames, type OptionNames } from '../document/index.js';
import { checkKey } from './declaration.js';
import { SCHEMA_OPTIONS, type SchemaOptions } from './options.js';
import { matchesPattern } from './matches-pattern.js';
import { SchemaJudge } from './schema-judge.js';

export interface HotConfigOptions extends SchemaOptions {
  /**
   * Dotted paths of the value that must never be shown, nor anything below: `database.host`, `servers.*.password`. One that leads
   * nowhere ends the start, where the schema describes itself (zod 4.2 or later, arktype) and rejects unknown keys.
   */
  readonly sensitive?: readonly string[];
  /**
   * Dotted paths that only a restart can change, and everything below them: `server.port`. A document that changes one is
   * applied except for it; the path is listed in `status.pendingRestart`. Checked at the start as those of `sensitive`.
   */
  readonly restartRequired?: readonly string[];
}

const OPTIONS: OptionNames<HotConfigOptions> = { ...SCHEMA_OPTIONS, sensitive: true, restartRequired: true };

/**
 * Declares any Standard Schema (zod, valibot, arktype) as the schema of a key. A schema that renames keys needs
 * `unknownKeys: 'allow'` if it does so before it checks them, or cannot describe itself: its output lacks the old names.
 *
 * @throws HotConfigSetupError for a key that cannot name a document, an unknown option, an invalid path, or anything but a
 * Standard Schema
 */
export function defineHotConfig<T extends object>(
  key: string,
  schema: StandardSchemaV1<unknown, T>,
  options: HotConfigOptions = {},
): HotConfigDefinition<T> {
  checkKey(key);
  checkOptionNames(`defineHotConfig('${key}', …)`, options, OPTIONS);
  const { defaults = {}, sensitive = [], restartRequired = [], unknownKeys = 'reject' } = options;
  const patterns = sensitive.map((path) => patternOf(key, path));
  const fixed = restartRequired.map((path) => patternOf(key, path));
  const isSensitive = (path: readonly string[]): boolean => matchesPattern(patterns, path);
  const judge = new SchemaJudge(checked(key, schema), { unknownKeys, isSensitive });
  return {
    key,
    defaults: defaults as PlainObject,
    validate: (document) => judge.validate(document),
    isSensitive: (_value, path) => isSensitive(path),
    holdsSensitive: (path) =>
      patterns.some(
        (pattern) => pattern.length > path.length && matchesPattern([pattern.slice(0, path.length)], path),
      ),
    needsRestart: (_value, path) => matchesPattern(fixed, path),
    check: () => checkPaths(key, { sensitive, restartRequired }, judge),
  };
}

/** Not when it is declared: a schema that refers to one further down in its file cannot describe itself yet. */
function checkPaths(
  key: string,
  { sensitive, restartRequired }: Required<Pick<HotConfigOptions, 'sensitive' | 'restartRequired'>>,
  judge: Pick<SchemaJudge<object>, 'strayInValue' | 'strayInDocument'>,
): void {
  const told = (option: string, path: string, message: string | undefined): string[] =>
    message === undefined ? [] : [`\n  - ${option}: ${JSON.stringify(path)}: ${message}`];
  const strays = [
    ...sensitive.flatMap((path) => told('sensitive', path, judge.strayInValue(path.split('.')))),
    ...restartRequired.flatMap((path) =>
      told('restartRequired', path, judge.strayInDocument(path.split('.'))),
    ),
  ];
  if (strays.length === 0) return;
  throw new HotConfigSetupError(
    `The options of defineHotConfig('${key}', …) name paths that lead nowhere in its schema:${strays.join('')}\nCorrect them: such a path hides nothing and holds nothing back.`,
    { key },
  );
}

function patternOf(key: string, path: string): readonly string[] {
  const steps = path.split('.');
  if (!steps.includes('')) return steps;
  throw new HotConfigSetupError(
    `${JSON.stringify(path)} is not a valid path for "${key}". Separate names with single dots; "*" matches any one name.`,
    { key },
  );
}

function checked<T>(key: string, schema: StandardSchemaV1<unknown, T>): StandardSchemaV1<unknown, T> {
  const { validate } = (schema as Partial<typeof schema> | undefined)?.['~standard'] ?? {};
  if (typeof validate === 'function') return schema;
  throw new HotConfigSetupError(
    `defineHotConfig('${key}', …) needs a Standard Schema (zod 3.24 or later, valibot 1.0, arktype 2.0, …); for a class use @HotConfigSchema.`,
    { key },
  );
}
