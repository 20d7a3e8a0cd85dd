#!/usr/bin/env node
/**
 * A soak: real processes, real faults, and the promises checked while they happen and after.
 * `npm run chaos -- --help` says more.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { paintFor } from '../../scripts/demo/terminal.mjs';
import { roundLine, summary, violationText } from './report.mjs';
import { Soak } from './soak.mjs';

/** @import { Topology } from './cast.mjs' */

const usage = `Usage: npm run chaos -- [--minutes N] [--seed S] [--nats single|cluster|both] [--round N] [--json] [--log FILE]

Starts nats-server, the config-loader, the three services and a fourth whose hooks misbehave; kills, stops, restarts them, loses
buckets and disks, saves good and bad documents; checks after each round, and with every answer of the services, that
what docs/guarantees.md promises is kept. Exit code 1 when it is not, 2 when the soak itself failed.

  --minutes N   for how long new rounds are started (1); starting everything comes on top
  --seed S      repeats the faults and saves of an earlier run (a random one)
  --nats KIND   one server, a cluster of three with three replicas, or two thirds of the time the one, then the other (both)
  --round N     this round only, of one KIND
  --json        the result as JSON on standard output, the rounds on standard error
  --log FILE    appends every line of every process to this file

Environment
  NATS_SERVER_BIN  the nats-server program to use, before one on PATH
  NO_COLOR, FORCE_COLOR`;

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

function options() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      nats: { type: 'string', default: 'both' },
      round: { type: 'string' },
      json: { type: 'boolean', default: false },
      log: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error('--minutes must be a number above 0.');
  const round = values.round === undefined ? undefined : Number(values.round);
  if (round !== undefined && !(Number.isInteger(round) && round > 0))
    throw new Error('--round must be a whole number from 1.');
  const topologies = { single: ['single'], cluster: ['cluster'], both: ['single', 'cluster'] }[values.nats];
  if (!topologies) throw new Error('--nats must be single, cluster or both.');
  return { ...values, minutes, round, topologies: /** @type {Topology[]} */ (topologies) };
}

/** Resolves at the first request to end. @returns {Promise<'asked'>} */
function untilAsked() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve('asked'));
    // Whoever reads us went away, as `head` does.
    process.stdout.on('error', () => resolve('asked'));
  });
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
    { ...chosen, root, log },
    {
      onStep: (step) => print(paint('grey', step)),
      onRound: (told) => print(roundLine(told, paint)),
      onViolation: (violation) => print(violationText(violation, chosen.seed, paint)),
    },
  );
  let code = 2;
  try {
    const outcome = await Promise.race([soak.run(), untilAsked()]);
    code = outcome === 'asked' ? 130 : 0;
  } catch (error) {
    console.error(`chaos: ${error instanceof Error ? error.message : String(error)}`);
  }
  await soak.end();
  const { result } = soak;
  // A soak that failed before it began has nothing to say of the product.
  if (Object.keys(result.rounds).length > 0) print(summary(result, paint));
  if (json) console.log(JSON.stringify(result, null, 2));
  return code === 0 && result.violations.length > 0 ? 1 : code;
}

/** @returns {ReturnType<typeof options>} */
function optionsOrUsage() {
  try {
    return options();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

const chosen = optionsOrUsage();
if (chosen.help) console.log(usage);
else process.exit(await main(chosen));
