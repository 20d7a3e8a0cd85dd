import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const SEQUENCES = 300;

it(`Valid, Atomic, Ordered, Current, Available, Isolated, Honest: all hold after every step of ${SEQUENCES} random sequences`, async () => {
  const model = join(import.meta.dirname, '../../reliability/model.mjs');
  const args = [model, '--sequences', String(SEQUENCES), '--seed', '1', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const figures = JSON.parse(stdout) as Record<'sequences' | 'steps' | 'failure', unknown>;
  expect(figures).toMatchObject({ sequences: SEQUENCES, failure: '' });
  expect(figures.steps).toBeGreaterThan(10 * SEQUENCES);
}, 600_000);
