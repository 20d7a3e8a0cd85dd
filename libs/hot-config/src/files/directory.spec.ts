import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WatchedDirectory } from './watched-directory.fixture.js';

describe('a directory that comes and goes:', () => {
  let watched: WatchedDirectory;

  beforeEach(async () => {
    // The content poll does not run during a test, so every change that is found was announced.
    watched = await WatchedDirectory.make({ pollMs: 3_600_000 });
  });
  afterEach(() => watched.remove());

  function writeAll(directory: string, text: string): void {
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(`${directory}/a.yaml`, text);
  }

  /** Saves in place and by rename: a watch on the old directory would find neither save. */
  async function expectSavesSeen(name: string): Promise<void> {
    fs.writeFileSync(watched.file('a.yaml'), `${name}: in place\n`);
    await watched.untilText('a', `${name}: in place\n`);
    fs.writeFileSync(watched.file('.tmp'), `${name}: renamed\n`);
    fs.renameSync(watched.file('.tmp'), watched.file('a.yaml'));
    await watched.untilText('a', `${name}: renamed\n`);
  }

  test('a directory that is missing at the start is unreachable, with the reason, and is read when it appears', async () => {
    await watched.start();
    const outcome = await watched.source.read('a', undefined);
    expect(outcome).toMatchObject({ outcome: 'unreachable', error: { code: 'UNAVAILABLE' } });
    await expect(watched.source.keys()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(watched.links).toMatchObject([
      {
        up: false,
        error: {
          message: `Listing the directory "${watched.path}" failed (ENOENT). Create it, or give this process permission to read it; it is retried automatically.`,
          reason: expect.not.stringContaining('in force'),
        },
      },
    ]);
    writeAll(watched.path, 'a: 1\n');
    await watched.untilText('a', 'a: 1\n');
    expect(watched.links.map((link) => link.up)).toEqual([false, true]);
    await expectSavesSeen('appeared');
  });

  test('a directory that is a file is unreachable until it is a directory', async () => {
    fs.writeFileSync(watched.path, 'no directory');
    await watched.start();
    expect(await watched.source.read('a', undefined)).toMatchObject({ outcome: 'unreachable' });
    fs.rmSync(watched.path);
    writeAll(watched.path, 'a: 1\n');
    await watched.untilText('a', 'a: 1\n');
  });

  test('a directory that is deleted and created again is watched again, time after time', async () => {
    writeAll(watched.path, 'a: 0\n');
    await watched.start();
    await watched.untilText('a', 'a: 0\n');
    for (let round = 1; round <= 5; round += 1) {
      fs.rmSync(watched.path, { recursive: true });
      await watched.until(() => watched.links.at(-1)?.up === false, 'the link is down');
      expect(await watched.source.read('a', undefined)).toMatchObject({
        outcome: 'unreachable',
        error: { message: expect.stringContaining('what was applied stays in force') },
      });
      writeAll(watched.path, `a: ${round}\n`);
      await watched.untilText('a', `a: ${round}\n`);
      await expectSavesSeen(`round ${round}`);
    }
    expect(watched.missing).toEqual([]);
  });

  test('a directory that is replaced in an instant is watched again', async () => {
    writeAll(watched.path, 'a: 0\n');
    await watched.start();
    await watched.untilText('a', 'a: 0\n');
    for (let round = 1; round <= 5; round += 1) {
      fs.rmSync(watched.path, { recursive: true });
      writeAll(watched.path, `a: ${round}\n`);
      await watched.untilText('a', `a: ${round}\n`);
      await expectSavesSeen(`round ${round}`);
    }
  });

  test('a directory that is renamed away is no longer read, and the directory in its place is read', async () => {
    writeAll(watched.path, 'a: 0\n');
    await watched.start();
    await watched.untilText('a', 'a: 0\n');
    writeAll(watched.beside('next'), 'a: 1\n');
    fs.renameSync(watched.path, watched.beside('previous'));
    fs.renameSync(watched.beside('next'), watched.path);
    await watched.untilText('a', 'a: 1\n');
    fs.writeFileSync(`${watched.beside('previous')}/a.yaml`, 'a: of the old directory\n');
    await expectSavesSeen('replaced');
    expect(watched.texts('a')).not.toContain('a: of the old directory\n');
  });

  test('a link to the directory may be pointed elsewhere, again and again', async () => {
    writeAll(watched.beside('v0'), 'a: 0\n');
    fs.symlinkSync('v0', watched.path);
    await watched.start();
    await watched.untilText('a', 'a: 0\n');
    for (let round = 1; round <= 4; round += 1) {
      writeAll(watched.beside(`v${round}`), `a: ${round}\n`);
      fs.symlinkSync(`v${round}`, watched.beside('tmp'));
      fs.renameSync(watched.beside('tmp'), watched.path);
      await watched.untilText('a', `a: ${round}\n`);
      await expectSavesSeen(`round ${round}`);
    }
  });

  test('fault: no inotify (bind mount), watch limit reached: the content poll finds a change without an event, and delay() has the reason until a change is announced', async () => {
    await watched.remove();
    watched = await WatchedDirectory.make({ pollMs: 150 });
    for (const version of ['v1', 'v2']) {
      fs.mkdirSync(watched.file(`.deep/${version}`), { recursive: true });
      fs.writeFileSync(watched.file(`.deep/${version}/a.yaml`), `a: ${version}\n`);
    }
    fs.symlinkSync('v1', watched.file('.deep/current'));
    fs.symlinkSync('.deep/current/a.yaml', watched.file('a.yaml'));
    await watched.start();
    await watched.untilText('a', 'a: v1\n');
    // This folder is not read, so it is not watched.
    fs.symlinkSync('v2', watched.file('.deep/tmp'));
    fs.renameSync(watched.file('.deep/tmp'), watched.file('.deep/current'));
    await watched.untilText('a', 'a: v2\n');
    expect(watched.source.delay()).toMatch(/did not announce the last change of "a\.yaml".*every 150 ms/);
    expect(watched.source.notes?.()).toEqual([watched.source.delay()]);
    fs.rmSync(watched.file('a.yaml'));
    fs.writeFileSync(watched.file('a.yaml'), 'a: 3\n');
    await watched.untilText('a', 'a: 3\n');
    expect(watched.source.delay()).toBeUndefined();
  });
});
