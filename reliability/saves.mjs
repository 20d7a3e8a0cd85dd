#!/usr/bin/env node
/**
 * Saves documents in nine ways through the real config-loader into a real bucket, and checks every document that is published:
 * each must be a whole document of the writer, and each save must be published before the next save starts.
 *
 * A separate process saves in all nine ways in the same directory at the same time.
 */
import { fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { loadOfLastMinute, machineOf } from '../bench/figures.mjs';
import { printStep, run, set } from '../bench/processes.mjs';
import { root, startApp } from '../harness/apps.mjs';
import { buildWhatIsStale } from '../harness/build.mjs';
import { commandLine } from '../harness/command-line.mjs';
import { startNatsIn } from '../scripts/demo/nats-server.mjs';
import { Random } from './chaos/random.mjs';
import { Lane } from './saves/lane.mjs';
import { holds, rowOf, table } from './saves/report.mjs';
import { shapes } from './saves/shapes.mjs';

/** @import { NatsConnection } from '@nats-io/transport-node' */
/** @import { Step } from './saves/steps.mjs' */
/** @import { Done, Order } from './saves/writer.mjs' */

const usage = `Usage: npm run reliability:saves -- [--saves N] [--seed TEXT] [--json]

  --saves N    saves of each shape that are checked (300)
  --seed TEXT  repeats the documents, chunks and pauses of an earlier run
  --json       the figures as JSON on standard output

Exit code 1 when a wrong document was published or a save was not published.`;

/** @param {string} directory */
function startWriter(directory) {
  const writer = fork(join(root, 'reliability/saves/writer.mjs'), [directory]);
  /** @type {Map<number, (done: Done) => void>} */
  const waiting = new Map();
  let id = 0;
  writer.on('message', (message) => {
    const done = /** @type {Done} */ (message);
    waiting.get(done.id)?.(done);
    waiting.delete(done.id);
  });
  const ended = new Promise((_resolve, reject) => {
    writer.once('exit', (code) => reject(new Error(`The writer ended with exit code ${code}.`)));
  });
  ended.catch(() => undefined);
  return {
    /** @param {readonly Step[]} steps @returns {Promise<Done>} */
    write(steps) {
      id += 1;
      const done = new Promise((/** @type {(done: Done) => void} */ resolve) => waiting.set(id, resolve));
      writer.send(/** @satisfies {Order} */ ({ id, steps }));
      return /** @type {Promise<Done>} */ (Promise.race([done, ended]));
    },
    end: () => writer.disconnect(),
  };
}

/**
 * Passes each document that is put into the bucket to its lane.
 *
 * @param {NatsConnection} connection
 * @param {readonly Lane[]} lanes
 */
function listen(connection, lanes) {
  const seen = { count: 0, unexpected: /** @type {Set<string>} */ (new Set()) };
  const prefix = 'hotconfig.configs.document.';
  connection.subscribe(`${prefix}>`, {
    callback: (_error, message) => {
      const at = Number(process.hrtime.bigint()) / 1e6;
      seen.count += 1;
      const key = message.subject.slice(prefix.length);
      const lane = lanes.find((candidate) => candidate.key === key);
      if (lane) lane.receive(message.string(), at);
      else seen.unexpected.add(key);
    },
  });
  return seen;
}

/** @param {number} saves @param {string} seed */
async function measure(saves, seed) {
  await buildWhatIsStale(set, printStep);
  const nats = await startNatsIn(set, printStep);
  const configs = join(set.directory, 'configs');
  await mkdir(configs);
  const connection = await connect({ servers: nats.url });
  const writer = startWriter(configs);
  const lanes = shapes.map(
    (shape) => new Lane(shape, new Random(`${seed} ${shape.key}`), (steps) => writer.write(steps)),
  );
  const seen = listen(connection, lanes);
  await connection.flush();
  try {
    printStep('Starting the loader');
    await startApp(set, 'config-loader', 0, { configs, natsUrl: nats.url });
    await Promise.race([Promise.all(lanes.map((lane) => lane.prepare())), set.failure]);
    printStep(`Saving ${saves} times in each of ${lanes.length} shapes, seed ${seed}`);
    const loadBefore = loadOfLastMinute();
    const start = performance.now();
    await Promise.race([Promise.all(lanes.map((lane) => lane.run(saves))), set.failure]);
    const seconds = Math.round((performance.now() - start) / 1_000);
    // A wrong document could still be published after the last save.
    await sleep(2_500);
    const { state } = await (await jetstreamManager(connection)).streams.info('KV_configs');
    return {
      seed,
      machine: machineOf(nats.version, loadBefore),
      seconds,
      rows: lanes.map((lane) => rowOf(lane, saves)),
      unexpectedKeys: [...seen.unexpected],
      unseen: state.last_seq - seen.count,
    };
  } finally {
    writer.end();
    await connection.close();
  }
}

async function main() {
  const defaults = { saves: 300, seed: String(Math.floor(Math.random() * 1e9)), json: false };
  const { saves, seed, json } = commandLine(usage, defaults);
  await set.open('hot-config-saves-');
  const result = await measure(saves, seed);
  console.log(json ? JSON.stringify(result, null, 2) : table(result));
  if (!holds(result)) process.exitCode = 1;
}

await run(main);
