#!/usr/bin/env node
/**
 * The whole path on this machine: nats-server, the loader, the three services and the modifier as one stream of lines.
 * `node scripts/demo.mjs --help` says more.
 */
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { services, startApps, startModifier } from './demo/apps.mjs';
import { buildWhatIsStale } from './demo/build.mjs';
import { introduction } from './demo/introduction.mjs';
import { LogStream } from './demo/log-stream.mjs';
import { startNatsServer } from './demo/nats-server.mjs';
import { saveOneChange } from './demo/one-change.mjs';
import { ProcessSet } from './demo/process-set.mjs';
import { paintFor } from './demo/terminal.mjs';

/** @import { NatsServer } from './demo/nats-server.mjs' */

const usage = `Usage: node scripts/demo.mjs        (make demo)

Starts nats-server, config-loader, service1 to service3 and config-modifier on this machine, on a copy of configs/ that is
yours to edit, and prints what they log. Ctrl-C ends all of it and removes the copy; a second Ctrl-C does not wait.

Environment
  ONCE=1           no modifier: saves one change, prints when each service had applied it, ends; exit code 1 if one did not
  INTERVAL_MS      milliseconds between two changes of the modifier (5000)
  NATS_SERVER_BIN  the nats-server program to use, before one on PATH
  NO_COLOR, FORCE_COLOR`;

/** ONCE promises an answer within a minute, not counting what only a first run does: building and fetching. */
const onceWithinMs = 55_000;

const once = !['', '0', undefined].includes(process.env['ONCE']);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const paint = paintFor(process.stdout);
const names = ['nats-server', 'config-loader', ...services, 'config-modifier'];
const stream = new LogStream(names, print, paint);
const set = new ProcessSet((name, line) => stream.add(name, line));

/** @param {string} text */
function print(text) {
  if (process.stdout.writable) process.stdout.write(`${text}\n`);
}

/** @param {string} step */
function tell(step) {
  print(paint('grey', `${step} …`));
}

async function run() {
  await set.open('hot-config-demo-');
  await buildWhatIsStale(set, root, tell);
  const nats = await startNatsServer(set, tell);
  return once ? Promise.race([show(nats), tooLate()]) : show(nats);
}

/** @param {NatsServer} nats */
async function show(nats) {
  tell('Starting the loader and the services');
  const configs = join(set.directory, 'configs');
  await cp(join(root, 'configs'), configs, { recursive: true });
  const options = { root, configs, natsUrl: nats.url };
  const addresses = await startApps(set, options);
  const intervalMs = once ? undefined : process.env['INTERVAL_MS'] || '5000';
  if (intervalMs !== undefined) startModifier(set, options, intervalMs);
  print(introduction({ nats, addresses, configs, intervalMs }, paint));
  stream.release();
  if (!once) return set.failure;
  const applied = await Promise.race([saveOneChange(configs, addresses), set.failure]);
  print('');
  for (const { name, milliseconds, change } of applied) {
    print(
      `${paint('green', '✓')} ${name} applied the change ${milliseconds} ms after it was saved: ${change}`,
    );
  }
}

/** @returns {Promise<never>} */
function tooLate() {
  return new Promise((_resolve, reject) => {
    const reason = `The change was not applied everywhere ${onceWithinMs / 1000} s after nats-server was ready.`;
    setTimeout(() => reject(new Error(reason)), onceWithinMs).unref();
  });
}

/** Resolves at the first request to end; the second one does not wait. @returns {Promise<'asked'>} */
function untilAsked() {
  return new Promise((resolve) => {
    let requests = 0;
    const request = () => {
      requests += 1;
      resolve('asked');
      if (requests === 2) set.kill();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, request);
    // Whoever reads us went away, as `head` does.
    process.stdout.on('error', () => resolve('asked'));
  });
}

function wantsUsage() {
  try {
    return parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values.help === true;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

async function main() {
  if (wantsUsage()) return print(usage);
  /** @type {string[]} */
  const problems = [];
  try {
    const outcome = await Promise.race([run(), untilAsked()]);
    if (outcome === 'asked') tell('Ending all');
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  stream.release();
  problems.push(...(await set.end()));
  for (const problem of problems) console.error(paintFor(process.stderr)('red', `demo: ${problem}`));
  if (problems.length === 0) print(paint('grey', 'All processes have ended; the copy is removed.'));
  process.exit(problems.length === 0 ? 0 : 1);
}

await main();
