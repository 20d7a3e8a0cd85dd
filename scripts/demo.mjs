#!/usr/bin/env node
/**
 * The whole path on this machine: nats-server, three PostgreSQL servers, the loader, the three services and the modifier as one
 * stream of lines.
 * `node scripts/demo.mjs --help` says more.
 */
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { services, startApps, startModifier } from './demo/apps.mjs';
import { buildWhatIsStale } from './demo/build.mjs';
import { changeDatabases } from './demo/database-changes.mjs';
import { editDatabase } from './demo/edit.mjs';
import { introduction } from './demo/introduction.mjs';
import { LogStream } from './demo/log-stream.mjs';
import { startNatsServer } from './demo/nats-server.mjs';
import { saveOneChange } from './demo/one-change.mjs';
import { ProcessSet } from './demo/process-set.mjs';
import { RequestCounter } from './demo/request-counter.mjs';
import { paintFor } from './demo/terminal.mjs';
import { PostgresServers } from './postgres.mjs';

/** @import { NatsServer } from './demo/nats-server.mjs' */

const usage = `Usage: node scripts/demo.mjs        (make demo)

Starts nats-server, three PostgreSQL servers, config-loader, service1 to service3 and config-modifier on this machine, on a copy
of configs/ that is yours to edit, and prints what they log. Meanwhile it queries service1's database through GET /db and counts
failures. Ctrl-C stops everything and removes the copy; a second Ctrl-C does not wait.

Environment
  ONCE=1           no modifier: saves one change for each service, then three databases for service1, one of which does not
                   exist; prints when each was applied or rejected, and exits; exit code 1 if one was not, or a request failed
  INTERVAL_MS      milliseconds between two changes of the modifier (5000)
  NATS_SERVER_BIN  the nats-server program to use instead of one on PATH
  NO_COLOR, FORCE_COLOR`;

/** ONCE promises an answer within a minute, not counting what only a first run does: building and fetching. */
const onceWithinMs = 55_000;

/** Milliseconds between two requests, and between two lines about them. */
const requests = { everyMs: 50, toldEveryMs: 10_000 };

const once = !['', '0', undefined].includes(process.env['ONCE']);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const paint = paintFor(process.stdout);
const names = ['nats-server', 'config-loader', ...services, 'config-modifier', 'requests'];
const stream = new LogStream(names, print, paint);
const set = new ProcessSet((name, line) => stream.add(name, line));
const postgres = new PostgresServers();
/** @type {RequestCounter | undefined} */
let counter;

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
  tell('Starting three PostgreSQL servers');
  const [nats] = await Promise.all([startNatsServer(set, tell), postgres.start()]);
  return once ? Promise.race([show(nats), tooLate()]) : show(nats);
}

/** @param {NatsServer} nats */
async function show(nats) {
  tell('Starting the loader and the services');
  const configs = join(set.directory, 'configs');
  await cp(join(root, 'configs'), configs, { recursive: true });
  const databases = postgres.urls;
  for (const [at, url] of databases.entries()) await editDatabase(configs, services[at] ?? 'service1', url);
  const options = { root, configs, natsUrl: nats.url, databases };
  const addresses = await startApps(set, options);
  const intervalMs = once ? undefined : process.env['INTERVAL_MS'] || '5000';
  if (intervalMs !== undefined) startModifier(set, options, intervalMs);
  print(introduction({ nats, addresses, databases, configs, intervalMs }, paint));
  stream.release();
  const failure = Promise.race([set.failure, postgres.failure]);
  counter = countRequests(`${addresses.service1}/db`);
  if (!once) return failure;
  const applied = await Promise.race([saveOneChange(configs, addresses), failure]);
  const judged = await Promise.race([changeDatabases(configs, addresses.service1, databases), failure]);
  print('');
  for (const { name, milliseconds, change } of applied) {
    print(
      `${paint('green', '✓')} ${name} applied the change ${milliseconds} ms after it was saved: ${change}`,
    );
  }
  for (const line of judged) print(`${paint('green', '✓')} ${line}`);
}

/** @param {string} url */
function countRequests(url) {
  const counter = new RequestCounter(url);
  counter.start(requests.everyMs);
  if (!once) setInterval(() => stream.add('requests', counter.summary), requests.toldEveryMs).unref();
  return counter;
}

/** @returns {Promise<string[]>} problems */
async function endRequests() {
  if (!counter) return [];
  await counter.stop();
  if (counter.failed > 0) return [counter.summary];
  print(`${paint('green', '✓')} ${counter.summary}`);
  return [];
}

/** @returns {Promise<never>} */
function tooLate() {
  return new Promise((_resolve, reject) => {
    const reason = `The changes were not all applied or rejected within ${onceWithinMs / 1000} s of nats-server being ready.`;
    setTimeout(() => reject(new Error(reason)), onceWithinMs).unref();
  });
}

/** Resolves at the first request to end; the second one does not wait. @returns {Promise<'asked'>} */
function untilAsked() {
  return new Promise((resolve) => {
    let times = 0;
    const request = () => {
      times += 1;
      resolve('asked');
      if (times === 2) killAll();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, request);
    // Whoever reads us went away, as `head` does.
    process.stdout.on('error', () => resolve('asked'));
  });
}

function killAll() {
  set.kill();
  postgres.kill();
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
    if (outcome === 'asked') tell('Stopping everything');
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  stream.release();
  problems.push(...(await endRequests()), ...(await set.end()), ...(await postgres.stop()));
  for (const problem of problems) console.error(paintFor(process.stderr)('red', `demo: ${problem}`));
  if (problems.length === 0) print(paint('grey', 'All processes have stopped; the copy is removed.'));
  process.exit(problems.length === 0 ? 0 : 1);
}

await main();
