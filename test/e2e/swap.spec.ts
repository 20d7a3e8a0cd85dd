import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Result {
  readonly judged: Record<string, number>;
  readonly problems: readonly string[];
  readonly answers: { requests: number; failed: number; non2xx: number; mixed: number };
  readonly leaked: readonly string[];
}

describe('the databases of a service under load', () => {
  it('change without a failed request, bad databases are rejected, and no connection is left behind', async () => {
    const bench = join(import.meta.dirname, '../../bench/swap.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [bench, '--changes', '12', '--json'], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const { judged, problems, answers, leaked } = JSON.parse(stdout) as Result;
    expect(problems).toEqual([]);
    expect(judged).toEqual({ good: 6, 'dead host': 2, 'wrong password': 2, 'missing database': 2 });
    expect(answers).toMatchObject({ failed: 0, non2xx: 0, mixed: 0 });
    expect(answers.requests).toBeGreaterThan(100);
    expect(leaked).toEqual([]);
  }, 300_000);
});
