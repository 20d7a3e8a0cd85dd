#!/usr/bin/env node
/**
 * Runs everything on this machine: nats-server, three PostgreSQL servers, the loader, the three services and the modifier as one
 * stream of lines.
 * `node scripts/demo.mjs --help` shows its options.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { launchApp, root, services, startApps } from '../harness/apps.mjs';
import { buildWhatIsStale } from '../harness/build.mjs';
import { commandLine } from '../harness/command-line.mjs';
import { interruption } from '../harness/interruption.mjs';
import { PostgresServers } from '../harness/postgres.mjs';
import { ProcessSet } from '../harness/process-set.mjs';
import { within } from '../harness/within.mjs';
import { changeDatabases } from './demo/database-changes.mjs';
import { editDatabase } from './demo/edit.mjs';
import { introduction } from './demo/introduction.mjs';
import { LogStream } from './demo/log-stream.mjs';
import { startNatsIn } from './demo/nats-server.mjs';
import { saveOneChange } from './demo/one-change.mjs';
import { RequestCounter } from './demo/request-counter.mjs';
import { paintFor } from './demo/terminal.mjs';

/** @import { RunningNats } from './demo/nats-server.mjs' */

const usage = `Usage: node scripts/demo.mjs        (make demo)

Starts nats-server, three PostgreSQL servers, config-loader, service1 to service3 and config-modifier on this machine, on a copy
of configs/ that is yours to edit, and prints what they log. Meanwhile it queries service1's database through GET /db and counts
failures. Ctrl-C stops everything and removes the copy; a second Ctrl-C does not wait.

Environment
  ONCE=1           no modifier: saves one change for each service, then three databases for service1, one of which does not
                   exist; prints when each was applied or rejected, and exits; exit code 1 if a change was not, or a request failed
  INTERVAL_MS      milliseconds between two changes of the modifier (5000)
  NATS_SERVER_BIN  the nats-server program to use instead of one on PATH
  NO_COLOR, FORCE_COLOR`;

/** ONCE promises an answer within a minute, not counting the building and fetching of a first run. */
const onceWithinMs = 55_000;

/** Milliseconds between two requests, and between two lines about them. */
const requests = { everyMs: 50, printedEveryMs: 10_000 };

const once = !['', '0', undefined].includes(process.env['ONCE']);
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
function printStep(step) {
  print(paint('grey', `${step} …`));
}

async function run() {
  await set.open('hot-config-demo-');
  await buildWhatIsStale(set, printStep);
  printStep('Starting three PostgreSQL servers');
  const [nats] = await Promise.all([startNatsIn(set, printStep), postgres.start()]);
  return once ? within(onceWithinMs, show(nats), tooLate) : show(nats);
}

/** @param {RunningNats} nats */
async function show(nats) {
  printStep('Starting the loader and the services');
  const configs = join(set.directory, 'configs');
  await cp(join(root, 'configs'), configs, { recursive: true });
  const databases = postgres.urls;
  for (const [at, url] of databases.entries()) await editDatabase(configs, services[at] ?? 'service1', url);
  const options = { configs, natsUrl: nats.url, databases };
  const addresses = await startApps(set, options);
  const intervalMs = once ? undefined : process.env['INTERVAL_MS'] || '5000';
  if (intervalMs !== undefined)
    launchApp(set, 'config-modifier', options, { env: { INTERVAL_MS: intervalMs, MISTAKE_EVERY: '3' } });
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
  if (!once) setInterval(() => stream.add('requests', counter.summary), requests.printedEveryMs).unref();
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

function tooLate() {
  return `The changes were not all applied or rejected within ${onceWithinMs / 1000} s of nats-server being ready.`;
}

function killAll() {
  set.kill();
  postgres.kill();
}

async function main() {
  commandLine(usage, {});
  /** @type {string[]} */
  const problems = [];
  try {
    const outcome = await Promise.race([run(), interruption(killAll)]);
    if (outcome === 'interrupted') printStep('Stopping everything');
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  stream.release({ everything: problems.length > 0 });
  problems.push(...(await endRequests()), ...(await set.end()), ...(await postgres.stop()));
  for (const problem of problems) console.error(paintFor(process.stderr)('red', `demo: ${problem}`));
  if (problems.length === 0) print(paint('grey', 'All processes have stopped; the copy is removed.'));
  process.exit(problems.length === 0 ? 0 : 1);
}

await main();
