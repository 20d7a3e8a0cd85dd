#!/usr/bin/env node
/**
 * Measures requests while the database under them changes: three PostgreSQL servers, service1 under constant load on
 * `GET /db`, and one change after the other through file, loader and NATS. Half of the changes are bad, and must be rejected.
 *
 * Windows with changes alternate with windows of the same length without. A request counts as sent during a change from the save
 * until service1 has applied or rejected the change. So both figures come from the same run, and whatever else the
 * machine does falls on both.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, startApps } from '../harness/apps.mjs';
import { buildWhatIsStale } from '../harness/build.mjs';
import { commandLine } from '../harness/command-line.mjs';
import { poll } from '../harness/eventually.mjs';
import { PostgresServers } from '../harness/postgres.mjs';
import { startNatsIn } from '../scripts/demo/nats-server.mjs';
import { application, DatabaseTargets, kinds } from './database-targets.mjs';
import { loadOfLastMinute, machineOf } from './figures.mjs';
import { startLoad } from './load.mjs';
import { printStep, run, set } from './processes.mjs';
import { summarize } from './statistics.mjs';
import { table, verdicts } from './swap-report.mjs';

/** @import { Timing } from './load.mjs' */
/** @import { PostgresServer } from '../harness/postgres.mjs' */
/** @typedef {{ from: number, to: number }} Window by performance.now() */

const usage = `Usage: npm run bench:swap -- [--changes N] [--connections N] [--json] [--check]

  --changes N      changes of the database (300)
  --connections N  connections of the load (50)
  --json           the figures as JSON on standard output
  --check          exit code 1 when a target is missed`;

/** Milliseconds from one change to the next, at least: an operator in a hurry. */
const changeEveryMs = 250;
/** Milliseconds under load before anything is counted: compilers and connections warm up. */
const warmUpMs = 5_000;

const postgres = new PostgresServers();

/** @param {{ changes: number, connections: number }} options */
async function measure({ changes, connections }) {
  await buildWhatIsStale(set, printStep);
  printStep('Starting three PostgreSQL servers');
  const [nats] = await Promise.all([startNatsIn(set, printStep), postgres.start()]);
  printStep('Starting the loader and the services');
  const configs = join(set.directory, 'configs');
  await cp(join(root, 'configs'), configs, { recursive: true });
  const targets = new DatabaseTargets(configs, postgres.servers);
  await targets.prepare();
  const { service1 } = await startApps(set, {
    configs,
    natsUrl: nats.url,
    databases: postgres.urls,
    onLine: (name, line) => name === 'service1' && targets.read(line),
  });
  /** How often each port has answered with each revision. @type {Map<string, number>} */
  const answered = new Map();
  const onAnswer = (/** @type {string} */ body) => {
    const { revision, server_port: port } = JSON.parse(body);
    const pair = `${revision} ${port}`;
    answered.set(pair, (answered.get(pair) ?? 0) + 1);
  };
  const loadBefore = loadOfLastMinute();
  const load = startLoad(`${service1}/db`, connections, onAnswer);
  await sleep(warmUpMs);
  printStep(`Measuring ${changes} changes of the database`);
  const windows = await runWindows(changes, targets);
  const counts = await load.stop();
  const leaked = await findLeaks(targets.current);
  return {
    machine: machineOf(nats.version, loadBefore),
    connections,
    judged: targets.judged,
    problems: targets.problems,
    answers: { ...counts, mixed: countMixed(answered, targets) },
    leaked,
    latency: {
      during: summarize(within(load.timings, windows.during)),
      without: summarize(within(load.timings, windows.without)),
    },
  };
}

/** @param {number} changes @param {DatabaseTargets} targets */
async function runWindows(changes, targets) {
  const windows = { during: /** @type {Window[]} */ ([]), without: /** @type {Window[]} */ ([]) };
  for (let done = 0; done < changes; done += kinds.length) {
    const begun = performance.now();
    for (const kind of kinds.slice(0, changes - done)) {
      const from = performance.now();
      const judged = targets.change(kind).then(() => windows.during.push({ from, to: performance.now() }));
      await Promise.race([Promise.all([judged, sleep(changeEveryMs)]), set.failure]);
    }
    const from = performance.now();
    await sleep(from - begun);
    windows.without.push({ from, to: performance.now() });
  }
  return windows;
}

/** @param {readonly Timing[]} timings @param {readonly Window[]} windows */
function within(timings, windows) {
  return timings
    .filter(({ at }) => windows.some(({ from, to }) => from <= at && at < to))
    .map(({ milliseconds }) => milliseconds);
}

/** @param {ReadonlyMap<string, number>} answered @param {DatabaseTargets} targets */
function countMixed(answered, { applied }) {
  let mixed = 0;
  for (const [pair, count] of answered) {
    const [revision, port] = pair.split(' ').map(Number);
    if (applied.get(revision ?? 0)?.port !== port) mixed += count;
  }
  return mixed;
}

/**
 * While service1 runs, it may have the connections of one pool; when it has ended, no connection.
 *
 * @param {PostgresServer} current
 */
async function findLeaks(current) {
  const others = postgres.servers.filter((server) => server !== current);
  const leaked = await connectionsLeft(others, 'after the last change');
  await set.end();
  return [...leaked, ...(await connectionsLeft(postgres.servers, 'after the end'))];
}

/**
 * A server needs a moment to notice that a client is gone.
 *
 * @param {readonly PostgresServer[]} servers
 * @param {string} when
 */
async function connectionsLeft(servers, when) {
  const look = async () => {
    /** @type {string[]} */
    const left = [];
    for (const server of servers) {
      const found = (await server.connections()).filter(
        (connection) => connection.application === application,
      );
      if (found.length > 0)
        left.push(`${found.length} connections of service1 to ${server.database} ${when}`);
    }
    return left;
  };
  return poll(look, (left) => left.length === 0, { withinMs: 5_000, everyMs: 100 });
}

async function main() {
  const defaults = { changes: 300, connections: 50, json: false, check: false };
  const { changes, connections, json, check } = commandLine(usage, defaults);
  await set.open('hot-config-bench-');
  const result = await measure({ changes, connections });
  console.log(json ? JSON.stringify({ ...result, targets: verdicts(result) }, null, 2) : table(result));
  if (check && verdicts(result).some(({ holds }) => !holds)) process.exitCode = 1;
}

await run(main, () => postgres.stop());
