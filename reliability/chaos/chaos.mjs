#!/usr/bin/env node
/**
 * A soak: real processes, real faults, and the promises checked during and after the faults.
 * `npm run chaos -- --help` shows its options.
 */
import { commandLine, endWithUsage } from '../../harness/command-line.mjs';
import { interruption } from '../../harness/interruption.mjs';
import { paintFor } from '../../scripts/demo/terminal.mjs';
import { roundLine, summary, violationText } from './report.mjs';
import { Soak } from './soak.mjs';

/** @import { Topology } from './participants.mjs' */

const usage = `Usage: npm run chaos -- [--minutes N] [--seed S] [--nats single|cluster|both] [--round N] [--json] [--log FILE]

Starts nats-server, the config-loader, the three services and a fourth service whose hooks misbehave. Kills, stops and restarts
them, loses buckets and disks, and saves good and bad documents. Checks the promises of docs/guarantees.md after each round and
in every answer of the services. Exit code 1 when a promise is broken, 2 when the soak itself failed.

  --minutes N   for how long new rounds are started (1); the start of all processes is not counted
  --seed S      repeats the faults and saves of an earlier run (a random one)
  --nats KIND   one server, a cluster of three with three replicas, or both: one server for two thirds of the time, then the cluster (both)
  --round N     only this round, of one KIND
  --json        the result as JSON on standard output, the rounds on standard error
  --log FILE    appends every line of every process to this file

Environment
  NATS_SERVER_BIN  the nats-server program to use, before one on PATH
  NO_COLOR, FORCE_COLOR`;

/** @type {Record<string, Topology[]>} */
const topologiesOf = { single: ['single'], cluster: ['cluster'], both: ['single', 'cluster'] };

function options() {
  const seed = String(Math.floor(Math.random() * 1e9));
  const defaults = { minutes: '1', seed, nats: 'both', round: 0, json: false, log: '' };
  const { minutes: text, nats, ...chosen } = commandLine(usage, defaults);
  const minutes = Number(text);
  if (!(minutes > 0)) return endWithUsage('--minutes must be a number above 0.', usage);
  const topologies = topologiesOf[nats];
  if (!topologies) return endWithUsage('--nats must be single, cluster or both.', usage);
  return { ...chosen, minutes, topologies };
}

/**
 * @param {ReturnType<typeof options>} chosen
 * @returns {Promise<number>} the exit code
 */
async function main({ json, log, ...chosen }) {
  const out = json ? process.stderr : process.stdout;
  const paint = paintFor(out);
  const print = (/** @type {string} */ text) => void (out.writable && out.write(`${text}\n`));
  const soak = new Soak(
    { ...chosen, log },
    {
      onStep: (step) => print(paint('grey', step)),
      onRound: (report) => print(roundLine(report, paint)),
      onViolation: (violation) => print(violationText(violation, chosen.seed, paint)),
    },
  );
  let code = 2;
  try {
    const outcome = await Promise.race([soak.run(), interruption()]);
    code = outcome === 'interrupted' ? 130 : 0;
  } catch (error) {
    console.error(`chaos: ${error instanceof Error ? error.message : String(error)}`);
  }
  await soak.end();
  const { result } = soak;
  // A soak that failed before its first round shows nothing about the product.
  if (Object.keys(result.rounds).length > 0) print(summary(result, paint));
  if (json) console.log(JSON.stringify(result, null, 2));
  return code === 0 && result.violations.length > 0 ? 1 : code;
}

process.exit(await main(options()));
