import * as fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WatchedDirectory } from './watched-directory.fixture.js';

/** Longer than any test may take, so a file that is reported was reported without the quiet time. */
const quietMs = 120_000;
const longAgo = new Date('2020-01-01T00:00:00Z');

describe('fault: half-written file, unparsable; or parsable (`pool: 10` of `pool: 100`): files that are moved into place whole are reported without a wait:', () => {
  let watched: WatchedDirectory;

  beforeEach(async () => {
    watched = await WatchedDirectory.make({ quietMs });
    fs.mkdirSync(watched.path);
    await watched.start();
    await moveInUntilSeen('ready.yaml', 'ready');
  });
  afterEach(() => watched.remove());

  function moveIn(name: string, text: string): void {
    fs.writeFileSync(watched.beside('tmp'), text);
    fs.utimesSync(watched.beside('tmp'), longAgo, longAgo);
    fs.renameSync(watched.beside('tmp'), watched.file(name));
  }

  /** Repeats the rename, because the event of a rename is received only once the folder is watched. */
  async function moveInUntilSeen(name: string, key: string): Promise<void> {
    for (let attempt = 0; watched.texts(key).length === 0 && attempt < 200; attempt += 1) {
      moveIn(name, `ready: ${attempt}\n`);
      await pause(20);
    }
  }

  function renameOver(name: string, text: string): void {
    fs.writeFileSync(watched.file('.tmp'), text);
    fs.renameSync(watched.file('.tmp'), watched.file(name));
  }

  test('a file that was written earlier in another directory and is moved in is reported at once', async () => {
    moveIn('a.yaml', 'a: 1\n');
    await watched.untilText('a', 'a: 1\n');
    moveIn('a.yaml', 'a: 2\n');
    await watched.untilText('a', 'a: 2\n');
  });

  test('a temporary file that is renamed over a known file is reported at once, every time', async () => {
    for (let save = 1; save <= 25; save += 1) {
      renameOver('ready.yaml', `save: ${save}\n`);
      await watched.untilText('ready', `save: ${save}\n`);
    }
  });

  test('a temporary file that is renamed over a known file in a subfolder is reported at once, every time', async () => {
    fs.mkdirSync(watched.file('team'));
    await moveInUntilSeen('team/shop.yaml', 'team.shop');
    for (let save = 1; save <= 25; save += 1) {
      renameOver('team/shop.yaml', `save: ${save}\n`);
      await watched.untilText('team.shop', `save: ${save}\n`);
    }
  });

  test('every swap of a ..data link is reported at once when a link to a folder leads through it', async () => {
    for (let save = 1; save <= 25; save += 1) {
      fs.mkdirSync(watched.file(`..${save}/team`), { recursive: true });
      fs.writeFileSync(watched.file(`..${save}/team/shop.yaml`), `save: ${save}\n`);
      if (save === 1) fs.utimesSync(watched.file(`..${save}/team/shop.yaml`), longAgo, longAgo);
      fs.symlinkSync(`..${save}`, watched.file('..data_tmp'));
      fs.renameSync(watched.file('..data_tmp'), watched.file('..data'));
      if (save === 1) fs.symlinkSync('..data/team', watched.file('team'));
      await watched.untilText('team.shop', `save: ${save}\n`);
    }
  });

  test('every swap of a ..data link is reported at once', async () => {
    for (let save = 1; save <= 25; save += 1) {
      fs.mkdirSync(watched.file(`..${save}`));
      fs.writeFileSync(watched.file(`..${save}/a.yaml`), `save: ${save}\n`);
      if (save === 1) fs.utimesSync(watched.file(`..${save}/a.yaml`), longAgo, longAgo);
      fs.symlinkSync(`..${save}`, watched.file('..data_tmp'));
      fs.renameSync(watched.file('..data_tmp'), watched.file('..data'));
      if (save === 1) fs.symlinkSync('..data/a.yaml', watched.file('a.yaml'));
      await watched.untilText('a', `save: ${save}\n`);
    }
  });

  test('a ..data link that leads nowhere for a moment of its swap is neither a loss nor a problem', async () => {
    for (let save = 1; save <= 5; save += 1) {
      fs.mkdirSync(watched.file(`..${save}`));
      fs.writeFileSync(watched.file(`..${save}/a.yaml`), `save: ${save}\n`);
      if (save === 1) fs.utimesSync(watched.file(`..${save}/a.yaml`), longAgo, longAgo);
      fs.symlinkSync(`..${save}`, watched.file('..data_tmp'));
      fs.rmSync(watched.file('..data'), { force: true });
      // The scan that reports the last save has read every file, so the link was read too.
      renameOver('ready.yaml', `before: ${save}\n`);
      await watched.untilText('ready', `before: ${save}\n`);
      expect([watched.source.problems(), watched.missing]).toEqual([[], []]);
      fs.renameSync(watched.file('..data_tmp'), watched.file('..data'));
      if (save === 1) fs.symlinkSync('..data/a.yaml', watched.file('a.yaml'));
      await watched.untilText('a', `save: ${save}\n`);
    }
  });

  test('a temporary file that is renamed over a pending save, empty or written in place, is reported at once', async () => {
    for (let save = 1; save <= 25; save += 1) {
      if (save % 2 === 0) renameOver('ready.yaml', '');
      else fs.writeFileSync(watched.file('ready.yaml'), `in: place ${save}\n`);
      await watched.until(() => watched.source.pending().includes('ready'), 'it waits');
      renameOver('ready.yaml', `save: ${save}\n`);
      await watched.untilText('ready', `save: ${save}\n`);
    }
    expect(watched.texts('ready').filter((text) => text === '' || text.startsWith('in: place'))).toEqual([]);
  });

  test('a file that is written in place, created and written, or empty is reported only after the quiet time', async () => {
    fs.writeFileSync(watched.file('ready.yaml'), 'in: place\n');
    fs.writeFileSync(watched.file('created.yaml'), 'created: 1\n');
    renameOver('empty.yaml', '');
    await watched.until(() => watched.source.pending().length === 3, 'all three are pending');
    moveIn('last.yaml', 'last: 1\n');
    await watched.untilText('last', 'last: 1\n');
    expect(watched.source.pending()).toEqual(['created', 'empty', 'ready']);
    expect(watched.texts('ready')).not.toContain('in: place\n');
  });

  test('a file that is removed and created again is reported only after the quiet time, however much its events look like a rename', async () => {
    for (let save = 1; save <= 25; save += 1) {
      fs.writeFileSync(watched.file('.tmp'), '');
      fs.rmSync(watched.file('ready.yaml'));
      fs.rmSync(watched.file('.tmp'));
      const file = fs.openSync(watched.file('ready.yaml'), 'wx');
      fs.writeSync(file, 'half: ');
      moveIn('last.yaml', `last: ${save}\n`);
      await watched.untilText('last', `last: ${save}\n`);
      fs.closeSync(file);
    }
    expect(watched.texts('ready').filter((text) => text.startsWith('half'))).toEqual([]);
  });

  test('a pending file that is removed and created again is reported only after the quiet time', async () => {
    for (let save = 1; save <= 50; save += 1) {
      fs.rmSync(watched.file('ready.yaml'));
      const file = fs.openSync(watched.file('ready.yaml'), 'wx');
      if (save % 4 < 2) fs.writeSync(file, 'half: ');
      // Every second time without a scan in between, so that the first of two saves may be read before its event.
      if (save % 2 === 0) {
        moveIn('last.yaml', `last: ${save}\n`);
        await watched.untilText('last', `last: ${save}\n`);
      } else await pause(1);
      fs.closeSync(file);
    }
    moveIn('last.yaml', 'last: one\n');
    await watched.untilText('last', 'last: one\n');
    expect(watched.texts('ready').filter((text) => text.startsWith('half'))).toEqual([]);
  });
});

test('a file that was written long before the start is reported at once at the start, and a fresh file after the quiet time', async () => {
  const watched = await WatchedDirectory.make({ quietMs: 500 });
  fs.mkdirSync(watched.path);
  fs.writeFileSync(watched.file('old.yaml'), 'old: 1\n');
  await pause(600);
  fs.writeFileSync(watched.file('fresh.yaml'), 'fresh: 1\n');
  await watched.start();
  expect(await watched.source.keys()).toEqual(['fresh', 'old']);
  expect(watched.source.pending()).toEqual(['fresh']);
  expect(await watched.source.read('old', undefined)).toMatchObject({ outcome: 'found' });
  // A read of a file that is not whole yet is answered when the file is whole.
  expect(await watched.source.read('fresh', undefined)).toMatchObject({ outcome: 'found' });
  await watched.remove();
});
