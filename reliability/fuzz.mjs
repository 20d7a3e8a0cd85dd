#!/usr/bin/env node
/**
 * Decodes generated documents and checks the promises of decoding for each. Another process with a small heap decodes them,
 * so that too much memory or an endless loop is a failure with a seed, whose document fast-check makes smaller.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { MAX_CPU_MS } from './decoding.mjs';
import { DecodingProcess } from './decoding-process.mjs';
import { documents } from './documents.mjs';

const usage = `Usage: npm run reliability:fuzz -- [--cases N] [--seed S] [--path P] [--json]

Decodes generated documents and mutations of them. Each must give a plain value that round-trips, or a rejection with a place,
within ${MAX_CPU_MS} ms of processor time and 50 MB of heap, the program's own included, and leave every prototype alone.

  --cases N   how many documents (2000)
  --seed S    a number that gives the same documents again
  --path P    the path of a failure that was printed with its seed: repeats only that case
  --json      the figures as JSON on standard output`;

/** @param {{ cases: number, seed: number, path: string | undefined }} run */
async function fuzz({ cases, seed, path }) {
  const figures = { seed, cases: 0, accepted: 0, rejected: 0, slowestCpuMs: 0, peakRssMb: 0, failure: '' };
  const decoding = new DecodingProcess();
  const property = fc.asyncProperty(documents, async (given) => {
    const { accepted, cpuMs, peakRssMb } = await decoding.check(given);
    figures.cases += 1;
    figures[accepted ? 'accepted' : 'rejected'] += 1;
    figures.slowestCpuMs = Math.max(figures.slowestCpuMs, cpuMs);
    figures.peakRssMb = Math.max(figures.peakRssMb, peakRssMb);
    if (figures.cases % 10_000 === 0) console.error(`${figures.cases} …`);
  });
  const details = await fc.check(property, { numRuns: cases, seed, ...(path === undefined ? {} : { path }) });
  await decoding.end();
  if (details.counterexample) {
    const [given] = details.counterexample;
    const shown = Buffer.from(given.bytes).toString('base64').slice(0, 2_000);
    figures.failure = `--path ${details.counterexamplePath}\n${String(details.errorInstance)}\n${given.contentType}, base64 ${shown}`;
  }
  return figures;
}

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    path: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const run = { cases: Number(values.cases), seed: Number(values.seed), path: values.path };
if (values.help) {
  console.log(usage);
} else if (!(Number.isInteger(run.cases) && run.cases > 0 && Number.isInteger(run.seed))) {
  console.error(usage);
  process.exitCode = 2;
} else {
  const figures = await fuzz(run);
  const { cases, accepted, rejected, slowestCpuMs, peakRssMb, failure } = figures;
  const lines = [
    `${cases} documents of seed ${run.seed}: ${accepted} accepted, ${rejected} rejected`,
    `slowest ${slowestCpuMs.toFixed(1)} ms of processor time, process at most ${peakRssMb.toFixed(0)} MB large`,
    failure ? `VIOLATED: repeat with --seed ${run.seed} ${failure}` : 'Every promise held.',
  ];
  console.log(values.json ? JSON.stringify(figures) : lines.join('\n'));
  process.exitCode = failure ? 1 : 0;
}
