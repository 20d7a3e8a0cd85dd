import * as fs from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type FileSourceOptions } from './index.js';
import { inotifyWatches, WatchedDirectory } from './watched-directory.fixture.js';

describe('a file source on a mount without events', () => {
  let watched: WatchedDirectory;
  afterEach(async () => {
    delete process.env['CHOKIDAR_USEPOLLING'];
    await watched.remove();
  });

  test.each([
    ['by its option', { polling: true }, undefined],
    ['by the environment', {}, '1'],
  ] satisfies [string, Partial<FileSourceOptions>, string | undefined][])(
    'that polls %s finds saves in place, by rename, behind a link and in a new folder without a watch of the system',
    async (_how, options, variable) => {
      if (variable !== undefined) process.env['CHOKIDAR_USEPOLLING'] = variable;
      watched = await WatchedDirectory.make({ ...options, pollMs: 3_600_000 });
      fs.mkdirSync(watched.file('.hidden'), { recursive: true });
      fs.writeFileSync(watched.file('.hidden/linked'), 'save: 0\n');
      fs.symlinkSync('.hidden/linked', watched.file('linked.yaml'));
      fs.writeFileSync(watched.file('shop.yaml'), 'save: 0\n');
      await watched.start();
      await watched.untilText('shop', 'save: 0\n');
      await watched.untilText('linked', 'save: 0\n');
      expect(inotifyWatches()).toBe(0);

      fs.writeFileSync(watched.file('shop.yaml'), 'save: 1\n');
      await watched.untilText('shop', 'save: 1\n');
      fs.writeFileSync(watched.file('.tmp'), 'save: 2\n');
      fs.renameSync(watched.file('.tmp'), watched.file('shop.yaml'));
      await watched.untilText('shop', 'save: 2\n');
      fs.writeFileSync(watched.file('.hidden/linked'), 'save: 1\n');
      await watched.untilText('linked', 'save: 1\n');
      fs.mkdirSync(watched.file('team'));
      fs.writeFileSync(watched.file('team/shop.yaml'), 'save: 0\n');
      await watched.untilText('team.shop', 'save: 0\n');
      fs.writeFileSync(watched.file('team/shop.yaml'), 'save: 1\n');
      await watched.untilText('team.shop', 'save: 1\n');
      expect([watched.source.delay(), watched.source.notes?.(), watched.missing]).toEqual([
        undefined,
        [],
        [],
      ]);
    },
  );

  test('does not poll when the environment forbids it, whatever the option', async () => {
    process.env['CHOKIDAR_USEPOLLING'] = '0';
    watched = await WatchedDirectory.make({ polling: true });
    fs.mkdirSync(watched.path);
    await watched.start();
    await watched.source.keys();
    expect(inotifyWatches()).toBe(1);
  });
});
