import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { HotConfigSetupError } from '../contract/index.js';
import { fileSource } from './index.js';
import { inotifyWatches, WatchedDirectory } from './watched-directory.fixture.js';

describe('the file source as a document source:', () => {
  let watched: WatchedDirectory;

  beforeEach(async () => {
    watched = await WatchedDirectory.make();
    fs.mkdirSync(watched.path);
  });
  afterEach(() => watched.remove());

  test('constructing a file source opens nothing', () => {
    const before = process.getActiveResourcesInfo();
    fileSource({ directory: watched.path });
    expect(process.getActiveResourcesInfo()).toEqual(before);
    expect(inotifyWatches()).toBe(0);
  });

  test('a started source does not keep a process alive that has nothing else to do', async () => {
    const holding = (): string[] =>
      process.getActiveResourcesInfo().filter((kind) => ['FSEventWrap', 'Timeout'].includes(kind));
    const before = holding().length;
    await watched.start();
    await watched.source.keys();
    expect(inotifyWatches()).toBe(1);
    expect(holding()).toHaveLength(before);
  });

  test.each([
    { directory: '' },
    { directory: 'x', quietMs: 0 },
    { directory: 'x', pollMs: Number.NaN },
    { directory: 'x', pollMs: '500' as never },
    { directory: 'x', polling: 'yes' as never },
    { directory: 'x', ignore: 'drafts' as never },
    { directory: 'x', ignore: [''] },
  ])('options that cannot work are rejected when the source is created: %j', (options) => {
    expect(() => fileSource(options)).toThrow(HotConfigSetupError);
  });

  test.each([
    [
      { dir: 'configs' },
      'fileSource has no option "dir". There are directory, quietMs, pollMs, polling, ignore',
    ],
    [{ directory: 'configs', pollsMs: 5 }, 'fileSource has no option "pollsMs". Did you mean "pollMs"?'],
    ['configs', 'fileSource takes an object with the options directory, quietMs, pollMs, polling, ignore.'],
    [undefined, 'fileSource takes an object with the options directory, quietMs, pollMs, polling, ignore.'],
    [{}, 'fileSource was given no directory'],
  ])('unknown options are rejected when the source is created: %j', (options, message) => {
    const made = (): unknown => fileSource(options as { directory: string });
    expect(made).toThrow(HotConfigSetupError);
    expect(made).toThrow(message);
  });

  test('a document that is found has its origin, the time of its file, and its content type', async () => {
    fs.writeFileSync(watched.file('team.a.json'), '{"a": 1}');
    await watched.start();
    const outcome = await watched.source.read('team.a', undefined);
    expect(outcome).toMatchObject({
      outcome: 'found',
      document: {
        key: 'team.a',
        contentType: 'application/json',
        origin: 'configs/team.a.json',
        revision: 1,
        epoch: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z-[0-9a-f]{8}$/),
        publishedAt: new Date(Math.floor(fs.statSync(watched.file('team.a.json')).mtimeMs)),
      },
    });
    expect(watched.source).toMatchObject({ reconcileMs: 10_000, staleAfterMs: 30_000 });
    expect(watched.source.name).toBe(`directory "${watched.path}"`);
  });

  test('a read waits for the first scan to end', async () => {
    fs.writeFileSync(watched.file('a.yaml'), 'a: 1\n');
    const started = watched.start();
    const outcome = watched.source.read('a', undefined);
    await started;
    expect(await outcome).toMatchObject({ outcome: 'found' });
  });

  test('a relative directory is shown in full, so that an operator notices a wrong working directory', () => {
    expect(fileSource({ directory: 'nowhere' }).name).toBe(`directory "${resolve('nowhere')}"`);
  });

  test('a missing document names the files that were looked for, and a file whose name differs only in case', async () => {
    fs.writeFileSync(watched.file('shop.txt'), 'a: 1\n');
    fs.mkdirSync(watched.file('eu'));
    fs.writeFileSync(watched.file('eu/shop.yaml'), 'a: 1\n');
    await watched.start();
    const sought = 'there is no file for key "shop": shop.yaml, shop.yml or shop.json';
    const missing = { outcome: 'missing', reason: `directory "${watched.path}": ${sought}` };
    expect(await watched.source.read('shop', undefined)).toEqual(missing);
    fs.writeFileSync(watched.file('shop.YAML'), 'a: 1\n');
    await watched.until(
      () => watched.source.problems().length === 1,
      'the upper-case extension is a problem',
    );
    const hint = (file: string) => ({
      ...missing,
      reason: `${missing.reason}; "${file}" differs from that in case only`,
    });
    expect(await watched.source.read('shop', undefined)).toEqual(hint('shop.YAML'));
    fs.writeFileSync(watched.file('Shop.json'), '{}\n');
    await watched.untilText('Shop', '{}\n');
    expect(await watched.source.read('shop', undefined)).toEqual(hint('Shop.json'));
  });

  test('fault: 500 files at once: at most 16 of them are read at a time', async () => {
    for (let n = 0; n < 500; n += 1) fs.writeFileSync(watched.file(`key${n}.yaml`), `n: ${n}\n`);
    const some = await open(watched.path);
    const handles = Object.getPrototypeOf(some) as FileHandle;
    await some.close();
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its handle below
    const { stat } = handles;
    const reading = jest.spyOn(handles, 'read');
    let done = 0;
    let most = 0;
    // `stat` is the last call of every read.
    jest.spyOn(handles, 'stat').mockImplementation(async function (this: FileHandle, ...options: []) {
      most = Math.max(most, reading.mock.calls.length - done);
      return await stat.apply(this, options).finally(() => (done += 1));
    });
    await watched.start();
    await watched.source.keys();
    jest.restoreAllMocks();
    expect(done).toBe(500);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(16);
  });

  test('files that come and go leave nothing behind: of 40 deleted files only the last 32 are remembered', async () => {
    await watched.start();
    const names = Array.from({ length: 40 }, (_, index) => `job${index}`);
    for (const name of names) fs.writeFileSync(watched.file(`${name}.yaml`), `${name}: 1\n`);
    await watched.until(() => watched.reports.length === 40, 'all are reported');
    for (const few of [names.slice(0, 8), names.slice(8)]) {
      const before = watched.missing.length;
      for (const name of few) fs.rmSync(watched.file(`${name}.yaml`));
      await watched.until(() => watched.missing.length === before + few.length, 'they are missing');
    }
    const outcomes = await Promise.all(names.map((name) => watched.source.read(name, undefined)));
    const isRemembered = outcomes.map(
      (outcome) => 'reason' in outcome && outcome.reason.includes('was deleted'),
    );
    expect(isRemembered).toEqual(names.map((_, index) => index >= 8));
  });

  test('a missing document shows whether its file was never there or was deleted', async () => {
    fs.writeFileSync(watched.file('a.yaml'), 'a: 1\n');
    await watched.start();
    await watched.untilText('a', 'a: 1\n');
    expect(await watched.source.read('b', undefined)).toMatchObject({
      outcome: 'missing',
      reason: expect.stringContaining('no file for key "b"'),
    });
    fs.rmSync(watched.file('a.yaml'));
    await watched.until(() => watched.missing.length > 0, 'the deletion is reported');
    expect(watched.missing).toEqual([{ key: 'a', reason: expect.stringContaining('"a.yaml" was deleted') }]);
    fs.writeFileSync(watched.file('a.yaml'), 'a: 1\n');
    await watched.until(() => watched.texts('a').length === 2, 'the file that is back is reported');
  });

  test('revisions grow with every report, over all keys', async () => {
    await watched.start();
    for (const [name, text] of [
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
      ['b', '2'],
    ] as const) {
      fs.writeFileSync(watched.file(`${name}.yaml`), `v: ${text}\n`);
      await watched.untilText(name, `v: ${text}\n`);
    }
    expect(watched.reports.map((report) => report.revision)).toEqual([1, 2, 3, 4]);
  });

  test('a second start is rejected, and the first start stays in force', async () => {
    await watched.start();
    await expect(watched.start()).rejects.toThrow(HotConfigSetupError);
    fs.writeFileSync(watched.file('a.yaml'), 'a: 1\n');
    await watched.untilText('a', 'a: 1\n');
  });

  test('a stopped source is unreachable and sends no hint, and has a new epoch when it is started again', async () => {
    fs.writeFileSync(watched.file('a.yaml'), 'a: 1\n');
    await watched.start();
    await watched.untilText('a', 'a: 1\n');
    const first = await watched.source.read('a', undefined);
    await watched.source.stop();
    await watched.source.stop();
    expect(await watched.source.read('a', undefined)).toMatchObject({ outcome: 'unreachable' });
    await expect(watched.source.keys()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await watched.start();
    const second = await watched.source.read('a', undefined);
    if (first.outcome !== 'found' || second.outcome !== 'found') throw new Error('both are found');
    expect(second.document.epoch).not.toBe(first.document.epoch);
  });

  test('a read that waits for the end of a save settles when the source stops', async () => {
    await watched.start();
    fs.writeFileSync(watched.file('empty.yaml'), '');
    await watched.until(() => watched.source.pending().length === 1, 'the empty file is pending');
    const outcome = watched.source.read('empty', undefined);
    await watched.source.stop();
    expect(await outcome).toMatchObject({ outcome: 'unreachable' });
  });

  test('while the file system hangs the source is unreachable with the reason and can be stopped, and it goes on when the file system answers', async () => {
    await watched.remove();
    watched = await WatchedDirectory.make({ pollMs: 100 });
    fs.mkdirSync(watched.path);
    fs.writeFileSync(watched.file('a.yaml'), 'a: 1\n');
    await watched.start();
    await watched.untilText('a', 'a: 1\n');
    const release = hangFileSystem(watched.beside('fifo'));
    try {
      await watched.until(() => watched.links.at(-1)?.up === false, 'the link is down');
      expect(await watched.source.read('a', undefined)).toMatchObject({
        outcome: 'unreachable',
        error: { message: expect.stringContaining('no answer for 5000 ms') },
      });
      fs.writeFileSync(watched.file('a.yaml'), 'a: 2\n');
      const another = fileSource({ directory: watched.path });
      await another.start({ hint: () => undefined, link: () => undefined });
      await another.stop();
    } finally {
      release();
    }
    await watched.untilText('a', 'a: 2\n');
    expect(watched.links.at(-1)?.up).toBe(true);
  });

  /** Node makes file system calls in a few threads. Blocks each thread by a FIFO without a writer. */
  function hangFileSystem(fifo: string): () => void {
    execFileSync('mkfifo', [fifo]);
    const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
    for (let thread = 0; thread < threads; thread += 1) {
      fs.open(fifo, 'r', (_error, file) => file !== undefined && fs.closeSync(file));
    }
    return () => fs.closeSync(fs.openSync(fifo, 'r+'));
  }

  test('stop closes every watch at once and leaves no timer, whatever step of a scan is running', async () => {
    await watched.remove();
    // Longer than the test, so that no timer of a pending save fires.
    watched = await WatchedDirectory.make({ quietMs: 60_000 });
    fs.mkdirSync(watched.file('team'), { recursive: true });
    const timers = [jest.spyOn(globalThis, 'setTimeout'), jest.spyOn(globalThis, 'setInterval')];
    for (let turn = 0; turn < 20; turn += 1) {
      await watched.start();
      for (let tick = 0; tick < turn; tick += 1) await new Promise((resolve) => setImmediate(resolve));
      fs.writeFileSync(watched.file('a.yaml'), `turn: ${turn}\n`);
      if (turn % 3 === 0) await watched.source.keys();
      if (turn % 3 === 0) expect(inotifyWatches()).toBe(2);
      if (turn % 4 === 0) fs.rmSync(watched.file('a.yaml'));
      await watched.source.stop();
      expect(inotifyWatches()).toBe(0);
    }
    // Only timers of this test, because the test runner has timers too. Node marks a timer that fired or was cleared.
    const made = timers.flatMap((timer) =>
      timer.mock.results.map((result) => result.value as { _destroyed: boolean }),
    );
    for (const timer of timers) timer.mockRestore();
    expect(made.length).toBeGreaterThan(40);
    // chokidar leaves a timer of at most one second when it is closed while it lists the folder.
    await watched.until(() => made.every((timer) => timer._destroyed), 'every timer is gone');
  });
});
