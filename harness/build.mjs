import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './apps.mjs';

/** @import { ProcessSet } from './process-set.mjs' */

/**
 * Runs `npm run build` when an app or a library was never built, or was changed since.
 *
 * @param {ProcessSet} set
 * @param {(step: string) => void} onStep
 */
export async function buildWhatIsStale(set, onStep) {
  if ((await newest(join(root, 'node_modules', '.package-lock.json'))) === 0) {
    throw new Error('The packages are not installed. Run `npm ci` in this folder first; `make demo` does.');
  }
  if (!(await isStale())) return;
  onStep('Building the library and the apps: half a minute, and only after a change');
  const windows = process.platform === 'win32';
  const { ok, lines } = await set.run(windows ? 'npm.cmd' : 'npm', ['run', 'build'], { cwd: root });
  if (ok) return;
  // The compiler writes files in spite of errors. If they stayed, the next run would take them for a good build.
  await rm(join(root, 'dist'), { recursive: true, force: true });
  throw new Error(`\`npm run build\` failed:\n${stripVTControlCharacters(lines.join('\n'))}`);
}

async function isStale() {
  for (const group of ['libs', 'apps']) {
    for (const name of await readdir(join(root, group))) {
      const folder = join(root, group, name);
      const sources = ['src', 'package.json', 'tsconfig.json'].map((entry) => newest(join(folder, entry)));
      const built = group === 'apps' ? join(root, 'dist', 'apps', name) : join(folder, 'dist');
      if (Math.max(...(await Promise.all(sources))) > (await newest(built))) return true;
    }
  }
  return false;
}

/**
 * @param {string} path
 * @returns {Promise<number>} when the newest file at or below the path was written, tests left out; 0 when there is none
 */
async function newest(path) {
  const found = await stat(path).catch(() => undefined);
  if (!found) return 0;
  if (!found.isDirectory()) return path.endsWith('.spec.ts') ? 0 : found.mtimeMs;
  const times = await Promise.all((await readdir(path)).map((name) => newest(join(path, name))));
  return Math.max(0, ...times);
}
