import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type HotConfigDefinition, HotConfigSetupError, type PlainObject } from '../../contract/index.js';
import { checkOptionNames, formatPath, type OptionNames, parsePath } from '../../document/index.js';
import { checkKey } from '../declaration.js';
import { SCHEMA_OPTIONS, type SchemaOptions } from '../options.js';
import { leadsBelow, matchesPattern } from './paths.js';
import { SchemaValidator } from './schema-validator.js';

export interface HotConfigOptions extends SchemaOptions {
  /**
   * Paths of the value that must never be shown, nor anything below: `database.host`, `servers.*.password`, and `db\\.password` for
   * a key with a dot in it. A list in place of a mapping is covered. A key that the schema renames has two paths, and needs both:
   * `dbPassword` hides it in the value, `db_password` in the messages about a rejected document. A path that leads nowhere makes
   * startup fail, where the schema describes itself (zod 4.2 or later, arktype) and unknown keys are rejected.
   */
  readonly sensitive?: readonly string[];
  /**
   * Paths that only a restart can change, and everything below them: `server.port`. A document that changes such a value is
   * applied without that change, and the path is listed in `status.pendingRestart`. Checked at startup like those of `sensitive`.
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
  const secret = sensitive.map((path) => stepsOf(key, path));
  const fixed = restartRequired.map((path) => stepsOf(key, path));
  const validator = new SchemaValidator(checked(key, schema), unknownKeys === 'allow');
  return {
    key,
    defaults: defaults as PlainObject,
    validate: (document) => validator.validate(document),
    isSensitive: (_value, path) => matchesPattern(secret, path),
    holdsSensitive: (path) => leadsBelow(secret, path),
    needsRestart: (_value, path) => matchesPattern(fixed, path),
    hasRestartRequired: fixed.length > 0,
    // A Standard Schema has no classes: an instance in its output was made by a transform.
    isOwnInstance: () => false,
    // Not before startup: a schema that refers to a schema further down in its file cannot describe itself yet.
    check: () =>
      rejectPaths(key, [
        ...secret.map((path) => ['sensitive', path, validator.leadsNowhereInValue(path)] as const),
        ...fixed.map((path) => ['restartRequired', path, validator.leadsNowhereInDocument(path)] as const),
      ]),
  };
}

type CheckedPath = readonly [option: string, path: readonly string[], problem: string | undefined];

function rejectPaths(key: string, paths: readonly CheckedPath[]): void {
  const problems = paths
    .filter(([, , problem]) => problem !== undefined)
    .map(([option, path, problem]) => `\n  - ${option}: ${JSON.stringify(formatPath(path))}: ${problem}`);
  if (problems.length === 0) return;
  throw new HotConfigSetupError(
    `The options of defineHotConfig('${key}', …) name paths that lead nowhere in its schema:${problems.join('')}\nCorrect them: such a path hides nothing and holds nothing back.`,
    { key },
  );
}

function stepsOf(key: string, path: string): readonly string[] {
  const steps = parsePath(path);
  if (steps.length > 0 && !steps.includes('') && formatPath(steps) === path) return steps;
  throw new HotConfigSetupError(
    `${JSON.stringify(path)} is not a valid path for "${key}". Separate names with single dots; "*" matches any one name; a dot inside a name is written "\\.".`,
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
