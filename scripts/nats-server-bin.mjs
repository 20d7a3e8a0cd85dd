#!/usr/bin/env node
/**
 * Finds a nats-server program for tests and the demo. Nothing is installed into the system.
 *
 *   node scripts/nats-server-bin.mjs [--suite sid]
 *
 * Order: NATS_SERVER_BIN, then PATH, then the cache, then Debian's own package, unpacked into the cache. A named
 * suite asks for the version of that suite, so PATH is not searched then.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unpackPackage } from './debian-package.mjs';

const run = promisify(execFile);
const cache = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache', 'nats-server');

/**
 * @param {{ suite?: string | undefined, variable?: string }} [options] suite: a Debian or Ubuntu suite, for its version of the
 * server; variable: the environment variable that may name the program
 * @returns {Promise<string>} the path of the program
 */
export async function findNatsServer({
  suite = process.env['NATS_SERVER_SUITE'],
  variable = 'NATS_SERVER_BIN',
} = {}) {
  const named = process.env[variable];
  if (named) {
    if (await isProgram(named)) return named;
    throw new Error(`${variable} names ${named}, which is not an executable program. ${advice()}`);
  }
  const onPath = suite ? undefined : await searchPath();
  if (onPath) return onPath;
  const wanted = suite ?? (await ownSuite());
  const cached = join(cache, wanted, programName());
  if (await isProgram(cached)) return cached;
  return alone(wanted, cached, () => fetchProgram(wanted, cached));
}

/**
 * The newest server available on this machine: of Debian's unstable suite, unless NATS_SERVER_NEWEST_BIN names one.
 *
 * @returns {Promise<string>} the path of the program
 */
export function findNewestNatsServer() {
  return findNatsServer({ suite: 'sid', variable: 'NATS_SERVER_NEWEST_BIN' });
}

/** @param {string} program @returns {Promise<string>} as `2.10.27` */
export async function versionOf(program) {
  const { stdout } = await run(program, ['--version']);
  return /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? stdout.trim();
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
 * Test workers start at the same time. One worker fetches, and the others wait for that worker.
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

/** @param {string} suite @param {string} result */
async function fetchProgram(suite, result) {
  const scratch = await mkdtemp(join(cache, 'apt-'));
  try {
    const tree = await unpackPackage('nats-server', suite, scratch);
    await mkdir(dirname(result), { recursive: true });
    // The rename comes last and is one step, so that another process never finds half of the program.
    await rename(join(tree, 'usr', 'sbin', 'nats-server'), result).catch(() =>
      rename(join(tree, 'usr', 'bin', 'nats-server'), result),
    );
  } catch (cause) {
    const message = `No nats-server was found, and none could be unpacked from the suite ${suite}. ${advice()}`;
    throw new Error(message, { cause });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
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
