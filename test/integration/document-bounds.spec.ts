import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MAX_CPU_MS } from '../../reliability/decoding.mjs';
import { DecodingProcess } from '../../reliability/decoding-process.mjs';
import { worstDocuments } from '../../reliability/worst-documents.mjs';

const CASES = 2_000;

describe('fault: alias bomb, cyclic anchors, deep nesting, too many nodes', () => {
  const decoding = new DecodingProcess();
  afterAll(() => decoding.end());

  it.each(Object.keys(worstDocuments))(
    `is accepted or rejected within ${MAX_CPU_MS} ms of processor time and a heap of 50 MB: %s`,
    async (name) => {
      const bytes = Buffer.from(worstDocuments[name] ?? '');
      const { accepted, cpuMs } = await decoding.check({ bytes, contentType: undefined });
      expect(cpuMs).toBeLessThanOrEqual(MAX_CPU_MS);
      if (/^(?:alias bomb|cyclic|deep|too many)/.test(name)) expect(accepted).toBe(false);
      if (name.startsWith('just few enough')) expect(accepted).toBe(true);
    },
  );
});

it(`Valid: each of ${CASES} generated documents gives a plain value that round-trips, or a rejection with its place in the document`, async () => {
  const fuzz = join(import.meta.dirname, '../../reliability/fuzz.mjs');
  const args = [fuzz, '--cases', String(CASES), '--seed', '1', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const figures = JSON.parse(stdout) as Record<'cases' | 'accepted' | 'rejected' | 'failure', unknown>;
  expect(figures).toMatchObject({ cases: CASES, failure: '' });
  expect(figures.accepted).toBeGreaterThan(CASES / 10);
  expect(figures.rejected).toBeGreaterThan(CASES / 10);
}, 600_000);
