#!/usr/bin/env node
/**
 * Measures the time from a save until the last of three services has swapped, with the real apps and a real nats-server. Then,
 * interleaved in the same run, it measures the bare floor: fs.watch, readFile, kv.put, kv.watch.
 *
 * The saves change a middle line and the last line in turn, and make the document longer and shorter: a half-done save in place
 * is recognised by the content of the file, and none of these saves may look like a half-done save.
 *
 * A sample saves three documents back to back, one for each service. It starts before the first save and ends when the last
 * process has printed that the document is in force, read from its standard output with a clock finer than the service's
 * own `appliedAt` (1 ms). The figures of the services and of the floor include the line and the pipe.
 */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, services, startApps } from '../harness/apps.mjs';
import { buildWhatIsStale } from '../harness/build.mjs';
import { commandLine } from '../harness/command-line.mjs';
import { startNatsIn } from '../scripts/demo/nats-server.mjs';
import { loadOfLastMinute, machineOf } from './figures.mjs';
import { printStep, run, set } from './processes.mjs';
import { table, verdicts } from './report.mjs';
import { Documents } from './saves.mjs';
import { summarize } from './statistics.mjs';

/** @import { Edit, SaveKind } from './saves.mjs' */
/** @typedef {{ edit: Edit, time: number }} Sample */

const usage = `Usage: npm run bench:propagation -- [--saves N] [--json] [--check]

  --saves N   saves of each kind that are counted (200)
  --json      the figures as JSON on standard output
  --check     exit code 1 when a target is missed`;

/** Rounds that are not counted: compilers and connections warm up. */
const warmUps = 20;

/** @param {string} natsUrl */
async function startServices(natsUrl) {
  const configs = join(set.directory, 'configs');
  await cp(join(root, 'configs'), configs, { recursive: true });
  const documents = new Documents(configs);
  const applied = /(service\d) applied revision \d+: .*(enable_feature_[xy]) (?:true|false) → (true|false)/;
  await startApps(set, {
    configs,
    natsUrl,
    onLine: (_name, line) => {
      const [, key, feature, value] = applied.exec(line) ?? [];
      if (key) documents.arrive(key, `${feature}: ${value}`);
    },
  });
  return documents;
}

/** @param {string} natsUrl */
async function startFloor(natsUrl) {
  const directory = join(set.directory, 'floor');
  await mkdir(directory);
  await cp(join(root, 'configs'), directory, { recursive: true });
  const documents = new Documents(directory);
  await startFloorHalf('floor-watch', [natsUrl], (line) => {
    const [key = ''] = line.split(' ');
    documents.arrive(key, line);
  });
  await startFloorHalf('floor-publish', [natsUrl, directory], () => undefined);
  return documents;
}

/** @param {string} name @param {string[]} args @param {(line: string) => void} onLine */
async function startFloorHalf(name, args, onLine) {
  const child = set.start(name, process.execPath, [join(root, 'bench', `${name}.mjs`), ...args], { onLine });
  await Promise.race([child.line(/^ready$/), set.failure]);
}

/** @param {number} saves */
async function measure(saves) {
  await buildWhatIsStale(set, printStep);
  const nats = await startNatsIn(set, printStep);
  printStep('Starting the loader and the services');
  const sides = { services: await startServices(nats.url), floor: await startFloor(nats.url) };
  const runs = /** @type {SaveKind[]} */ (['atomic', 'in place']).flatMap((kind) => [
    { kind, side: sides.services, samples: /** @type {Sample[]} */ ([]) },
    { kind, side: sides.floor, samples: /** @type {Sample[]} */ ([]) },
  ]);
  const loadBefore = loadOfLastMinute();
  for (let round = -warmUps; round < saves; round++) {
    if (round === 0) printStep(`Measuring ${saves} saves of each kind`);
    for (const run of inRandomOrder(runs)) {
      const sample = await Promise.race([run.side.save(run.kind), set.failure]);
      if (round >= 0) run.samples.push(sample);
      // A random time, so that polls and timers of the apps do not fall into step with the saves.
      await sleep(20 + Math.random() * 40);
    }
  }
  const [atomic, atomicFloor, inPlace, inPlaceFloor] = runs.map(({ samples }) =>
    summarize(samples.map(({ time }) => time)),
  );
  if (!atomic || !atomicFloor || !inPlace || !inPlaceFloor) throw new Error('Nothing was measured.');
  return {
    machine: machineOf(nats.version, loadBefore),
    kinds: [
      { kind: /** @type {SaveKind} */ ('atomic'), services: atomic, floor: atomicFloor },
      { kind: /** @type {SaveKind} */ ('in place'), services: inPlace, floor: inPlaceFloor },
    ],
    edits: summarizeEdits(runs[2]?.samples ?? []),
    unexpected: sides.services.arrivals - 2 * (saves + warmUps) * services.length,
  };
}

/** @param {readonly Sample[]} samples of saves in place */
function summarizeEdits(samples) {
  return [...new Set(samples.map(({ edit }) => edit))].toSorted().map((edit) => {
    const times = samples.filter((sample) => sample.edit === edit).map(({ time }) => time);
    return { edit, services: summarize(times) };
  });
}

/** @template T @param {readonly T[]} items */
function inRandomOrder(items) {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

async function main() {
  const { saves, json, check } = commandLine(usage, { saves: 200, json: false, check: false });
  await set.open('hot-config-bench-');
  const result = await measure(saves);
  console.log(json ? JSON.stringify({ ...result, targets: verdicts(result) }, null, 2) : table(result));
  if (check && verdicts(result).some(({ holds }) => !holds)) process.exitCode = 1;
}

await run(main);
