import { accessSync, constants, statSync } from 'node:fs';
import { env, wholeNumber } from 'service-kit';
import type { ModifierOptions } from './config-modifier.js';

/** The settings from the environment. @throws Error for a setting that cannot work, with what to do instead */
export function settings(): ModifierOptions {
  return {
    directory: directory(),
    intervalMs: wholeNumber('INTERVAL_MS', 15_000, 10, 86_400_000),
    databases: databases(),
    mistakeEvery: wholeNumber('MISTAKE_EVERY', 0, 0, 1_000_000),
  };
}

function directory(): string {
  const path = env('CONFIG_DIR') ?? 'configs';
  const problem = problemOf(path);
  if (problem === undefined) return path;
  throw new Error(
    `CONFIG_DIR: "${path}" ${problem}. Set it to the directory of the documents, which this process must be able to write to.`,
  );
}

function problemOf(path: string): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return 'is not a directory';
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `cannot be used (${codeOf(error)})`;
  }
}

function databases(): readonly string[] {
  const urls = env('DATABASE_URLS')
    ?.split(',')
    .map((url) => url.trim());
  if (urls === undefined) return [1, 2, 3].map(composeDatabase);
  const wrong = urls.findIndex((url) => !/^postgres(ql)?:\/\/[^/]/.test(url) || !URL.canParse(url));
  if (wrong < 0) return urls;
  // Named by its number, because the URL may hold a password.
  throw new Error(
    `DATABASE_URLS: number ${wrong + 1} of ${urls.length} is not a PostgreSQL URL. Give postgres://user:password@host:port/database, ` +
      'several with a comma between, special characters of a password percent-encoded; or unset it (the databases of Compose).',
  );
}

function composeDatabase(n: number): string {
  return `postgres://user${n}:password${n}@postgres${n}:5432/database${n}`;
}

/** The `code` of a system error; the text of any other error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
