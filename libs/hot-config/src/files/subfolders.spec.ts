import * as fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WatchedDirectory } from './watched-directory.fixture.js';

describe('documents in subfolders:', () => {
  let watched: WatchedDirectory;

  beforeEach(async () => {
    // The content poll does not run during a test, so every change that is found was announced.
    watched = await WatchedDirectory.make({ pollMs: 3_600_000 });
    fs.mkdirSync(watched.path);
  });
  afterEach(() => watched.remove());

  function write(name: string, text: string): void {
    fs.mkdirSync(watched.file(`${name}/..`), { recursive: true });
    fs.writeFileSync(watched.file(name), text);
  }

  test('a folder is part of the key, of the origin and of the file names that are looked for', async () => {
    write('team/shop.yaml', 'a: 1\n');
    write('team/eu.west/shop.json', '{}\n');
    await watched.start();
    await watched.untilText('team.shop', 'a: 1\n');
    expect(await watched.source.keys()).toEqual(['team.eu.west.shop', 'team.shop']);
    expect(await watched.source.read('team.shop', undefined)).toMatchObject({
      document: { origin: 'configs/team/shop.yaml' },
    });
    expect(await watched.source.read('team.Shop', undefined)).toMatchObject({
      outcome: 'missing',
      reason: expect.stringMatching(
        /team\.Shop\.yaml, .*team\/Shop\.json; "team\/shop\.yaml" differs .* in case/,
      ),
    });
  });

  test('a folder that appears is read and watched, and its documents are missing when it goes', async () => {
    await watched.start();
    await watched.source.keys();
    write('team/shop.yaml', 'a: 1\n');
    await watched.untilText('team.shop', 'a: 1\n');
    write('team/shop.yaml', 'a: 2\n');
    await watched.untilText('team.shop', 'a: 2\n');
    fs.rmSync(watched.file('team'), { recursive: true });
    await watched.until(() => watched.missing.length > 0, 'the document is missing');
    expect(watched.missing).toMatchObject([
      { key: 'team.shop', reason: expect.stringMatching(/was deleted/) },
    ]);
  });

  test('a save right after its folder was created is never missed, whenever the save comes', async () => {
    await watched.start();
    await watched.source.keys();
    for (let round = 0; round < 40; round += 1) {
      fs.mkdirSync(watched.file(`team${round}`));
      if (round % 3 > 0) await pause((round % 10) / 2);
      fs.writeFileSync(watched.file(`team${round}/shop.yaml`), `round: ${round}\n`);
      await watched.untilText(`team${round}.shop`, `round: ${round}\n`);
    }
  });

  test('a folder that is renamed keeps its documents, and the folder in its place is watched', async () => {
    write('team/shop.yaml', 'a: 1\n');
    await watched.start();
    await watched.untilText('team.shop', 'a: 1\n');
    for (let round = 1; round <= 5; round += 1) {
      write('next/shop.yaml', `round: ${round}\n`);
      fs.renameSync(watched.file('team'), watched.file(`old${round}`));
      fs.renameSync(watched.file('next'), watched.file('team'));
      await watched.untilText('team.shop', `round: ${round}\n`);
      write('team/shop.yaml', `saved: ${round}\n`);
      await watched.untilText('team.shop', `saved: ${round}\n`);
      await watched.until(() => watched.texts(`old${round}.shop`).length > 0, 'the old folder is read');
    }
    expect(watched.missing.filter(({ key }) => key === 'team.shop')).toEqual([]);
  });

  test('a folder that is removed and created again in an instant is watched again', async () => {
    write('team/shop.yaml', 'a: 0\n');
    await watched.start();
    await watched.untilText('team.shop', 'a: 0\n');
    for (let round = 1; round <= 10; round += 1) {
      fs.rmSync(watched.file('team'), { recursive: true });
      write('team/shop.yaml', `round: ${round}\n`);
      await watched.untilText('team.shop', `round: ${round}\n`);
      write('team/shop.yaml', `saved: ${round}\n`);
      await watched.untilText('team.shop', `saved: ${round}\n`);
    }
  });

  test('a file in a folder and a file with a dotted name for the same key conflict', async () => {
    write('team/shop.yaml', 'a: 1\n');
    await watched.start();
    await watched.untilText('team.shop', 'a: 1\n');
    write('team.shop.yaml', 'a: 2\n');
    await watched.until(() => watched.source.problems().length === 2, 'both are listed');
    const message = expect.stringMatching(
      /"team\.shop\.yaml" and "team\/shop\.yaml" both define key "team\.shop"; "team\/shop\.yaml" continues/,
    );
    expect(watched.source.problems()).toMatchObject([
      { key: 'team.shop', file: 'team.shop.yaml', message },
      { key: 'team.shop', file: 'team/shop.yaml', message },
    ]);
    fs.rmSync(watched.file('team/shop.yaml'));
    await watched.untilText('team.shop', 'a: 2\n');
    expect(watched.source.problems()).toEqual([]);
  });

  test('every swap of a ConfigMap whose items lie in a folder is reported, because the link to the folder is followed', async () => {
    const swap = (save: number): void => {
      fs.mkdirSync(watched.file(`..${save}/team`), { recursive: true });
      fs.writeFileSync(watched.file(`..${save}/team/shop.yaml`), `save: ${save}\n`);
      fs.symlinkSync(`..${save}`, watched.file('..data_tmp'));
      fs.renameSync(watched.file('..data_tmp'), watched.file('..data'));
      fs.rmSync(watched.file(`..${save - 1}`), { recursive: true, force: true });
    };
    swap(0);
    fs.symlinkSync('..data/team', watched.file('team'));
    await watched.start();
    for (let save = 1; save <= 20; save += 1) {
      await watched.untilText('team.shop', `save: ${save - 1}\n`);
      swap(save);
    }
    await watched.untilText('team.shop', 'save: 20\n');
    expect(watched.texts('team.shop')).toEqual(Array.from({ length: 21 }, (_, save) => `save: ${save}\n`));
    expect(await watched.source.keys()).toEqual(['team.shop']);
    expect([watched.missing, watched.source.problems(), watched.source.ignored()]).toEqual([[], [], []]);
  });

  const rejectedFolders: [string, () => void, string, RegExp][] = [
    [
      'that leads out of the directory',
      () => {
        fs.mkdirSync(watched.beside('outside'));
        fs.writeFileSync(watched.beside('outside/shop.yaml'), 'outside: 1\n');
        fs.symlinkSync('../outside', watched.file('team'));
      },
      'team',
      /"team" is a link that leads out of the directory; .* Copy the folder in\.$/,
    ],
    [
      'that leads back to the directory',
      () => fs.symlinkSync('.', watched.file('team')),
      'team',
      /"team" is a link that leads back to a folder it is in/,
    ],
    [
      'whose name is reserved',
      () => write('_env/shop.yaml', 'a: 1\n'),
      '_env',
      /"_env" was not read: names that begin with "_" are reserved/,
    ],
    [
      'more than five folders deep',
      () => write('a/b/c/d/e/f/shop.yaml', 'a: 1\n'),
      'a/b/c/d/e/f',
      /"a\/b\/c\/d\/e\/f" was not read: it lies more than 5 folders deep/,
    ],
  ];

  test.each(rejectedFolders)(
    'a folder %s is rejected by name and not read',
    async (_what, make, file, message) => {
      make();
      write('a/b/c/d/e/shop.yaml', 'a: 1\n');
      await watched.start();
      expect(await watched.source.keys()).toEqual(['a.b.c.d.e.shop']);
      expect(watched.source.problems()).toEqual([
        { key: undefined, file, message: expect.stringMatching(message) },
      ]);
      expect(await watched.source.read(`${file.replaceAll('/', '.')}.shop`, undefined)).toMatchObject({
        outcome: 'missing',
        reason: expect.stringMatching(message),
      });
    },
  );

  test('a dangling link whose name is no document name, and a folder without documents, are no problems', async () => {
    fs.symlinkSync('nowhere', watched.file('link'));
    fs.symlinkSync('itself', watched.file('itself'));
    fs.mkdirSync(watched.file('empty'));
    fs.writeFileSync(watched.beside('README'), 'text');
    fs.symlinkSync('../README', watched.file('README'));
    await watched.start();
    expect(await watched.source.keys()).toEqual([]);
    expect([watched.source.problems(), watched.source.ignored()]).toEqual([[], []]);
  });

  test('1,000 folders are read; the documents of those over the limit are unreachable, not deleted', async () => {
    for (let folder = 1_000; folder < 2_000; folder++) fs.mkdirSync(watched.file(`f${folder}`));
    write('f1998/shop.yaml', 'a: 1\n');
    write('f1999/shop.yaml', 'a: 1\n');
    await watched.start();
    await watched.untilText('f1998.shop', 'a: 1\n');
    await watched.untilText('f1999.shop', 'a: 1\n');
    expect(watched.source.problems()).toEqual([]);
    for (const folder of ['a', 'b']) fs.mkdirSync(watched.file(folder));
    await watched.until(() => watched.source.problems().length > 0, 'the folders are too many');
    const message = expect.stringMatching(
      /^"f1998" was not read, nor were the folders after it: .* more than 1000 /,
    );
    for (const key of ['f1998.shop', 'f1999.shop'])
      expect(await watched.source.read(key, undefined)).toMatchObject({
        outcome: 'unreachable',
        error: { message },
      });
    expect(watched.missing).toEqual([]);
    expect(watched.source.problems()).toMatchObject([{ message }, { message }]);
  });

  test('documents of a folder that can no longer be listed are unreachable, not deleted, and are read again when the folder can be listed', async () => {
    await watched.remove();
    watched = await WatchedDirectory.make({ pollMs: 200 });
    fs.mkdirSync(watched.path);
    write('team/shop.yaml', 'a: 1\n');
    fs.mkdirSync(watched.beside('outside'));
    await watched.start();
    await watched.untilText('team.shop', 'a: 1\n');
    fs.renameSync(watched.file('team'), watched.beside('team'));
    fs.symlinkSync('../outside', watched.file('team'));
    await watched.until(() => watched.source.problems().length === 1, 'the folder is a problem');
    expect(await watched.source.read('team.shop', undefined)).toMatchObject({
      outcome: 'unreachable',
      error: { message: expect.stringContaining('"team" is a link that leads out') },
    });
    expect(await watched.source.keys()).toEqual(['team.shop']);
    fs.rmSync(watched.file('team'));
    fs.renameSync(watched.beside('team'), watched.file('team'));
    await watched.until(() => watched.texts('team.shop').length === 2, 'it is confirmed again');
    expect(watched.missing).toEqual([]);
    expect(watched.reports.at(-1)).toMatchObject({ key: 'team.shop', revision: 1, text: 'a: 1\n' });
  });
});
