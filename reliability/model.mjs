#!/usr/bin/env node
/** Runs random sequences of events against the real engine, and checks the promises of the engine after every step. */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { beginnings, end, sequences } from './engine-commands.mjs';
import { KEYS, World } from './engine-world.mjs';

const usage = `Usage: npm run reliability:model -- [--sequences N] [--seed S] [--path P] [--json]

Runs random sequences against the real engine, on a clock that only the test advances: good and bad documents, repeated puts,
deletions, recreated buckets, lost, late and doubled hints, lagging, failing and silent reads, schema and hooks that throw or
hang, refreshes and stops. After every step: Valid, Atomic, Ordered, Current, Available, Isolated, Honest.

  --sequences N   how many (500)
  --seed S        a number that gives the same sequences again
  --path P        the path of a failure that was printed with its seed: repeats only that sequence
  --json          the figures as JSON on standard output`;

/** @param {{ sequences: number, seed: number, path: string | undefined }} run */
async function check({ sequences: numRuns, seed, path }) {
  const figures = { seed, sequences: 0, steps: 0, failure: '' };
  const property = fc.asyncProperty(beginnings, sequences, async ({ a, b, up }, steps) => {
    const world = new World();
    try {
      const layouts = { a, b };
      for (const key of KEYS) {
        const layout = layouts[key];
        if (layout)
          world.store.put(key, world.model.put(key, layout === 'json' || layout === 'yaml'), layout);
      }
      world.store.up = up;
      await world.open();
      await fc.asyncModelRun(() => ({ model: world.model, real: world }), steps);
      await end(world);
    } finally {
      await world.close();
    }
    figures.sequences += 1;
    figures.steps += Array.from(steps).length;
    if (figures.sequences % 1_000 === 0) console.error(`${figures.sequences} …`);
  });
  const details = await fc.check(property, { numRuns, seed, ...(path === undefined ? {} : { path }) });
  if (details.counterexample) {
    const [beginning, steps] = details.counterexample;
    const { stack } = /** @type {Error} */ (details.errorInstance);
    figures.failure = `--path ${details.counterexamplePath}\n${JSON.stringify(beginning)}\n${fc.stringify(steps)}\n${stack}`;
  }
  return figures;
}

const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    path: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const run = { sequences: Number(values.sequences), seed: Number(values.seed), path: values.path };
if (values.help) {
  console.log(usage);
} else if (!(Number.isInteger(run.sequences) && run.sequences > 0 && Number.isInteger(run.seed))) {
  console.error(usage);
  process.exitCode = 2;
} else {
  const figures = await check(run);
  const lines = [
    `${figures.sequences} sequences of seed ${run.seed}, ${figures.steps} steps`,
    figures.failure
      ? `VIOLATED: repeat with --seed ${run.seed} ${figures.failure}`
      : 'Every promise held after every step.',
  ];
  console.log(values.json ? JSON.stringify(figures) : lines.join('\n'));
  process.exitCode = figures.failure ? 1 : 0;
}
