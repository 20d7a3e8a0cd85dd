import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lookAt } from './entry.js';
import { WatchedDirectory } from './watched-directory.fixture.js';

describe('files that cannot be read are rejected by name, and other files are read:', () => {
  let watched: WatchedDirectory;

  beforeEach(async () => {
    watched = await WatchedDirectory.make({ pollMs: 300 });
    fs.mkdirSync(watched.path);
    fs.writeFileSync(watched.beside('secret.yaml'), 'outside: 1\n');
  });
  afterEach(() => watched.remove());

  const odd: [string, (path: string) => void, RegExp][] = [
    ['a FIFO', (path) => execFileSync('mkfifo', [path]), /"odd\.yaml" is a FIFO/],
    [
      'a link to a device',
      (path) => fs.symlinkSync('/dev/zero', path),
      /"odd\.yaml" is a link that leads out/,
    ],
    ['a directory', (path) => fs.mkdirSync(path), /"odd\.yaml" is a directory/],
    ['a socket', listenOnce, /"odd\.yaml" is a socket/],
    ['a link to itself', (path) => fs.symlinkSync('odd.yaml', path), /"odd\.yaml" is a link that leads back/],
    [
      'a link out of the directory',
      (path) => fs.symlinkSync('../secret.yaml', path),
      /"odd\.yaml" is a link that leads out/,
    ],
    [
      'a file that is too large',
      (path) => fs.writeFileSync(path, 'x'.repeat(262_145)),
      /"odd\.yaml" has 262145 bytes/,
    ],
  ];

  test.each(odd)(
    'fault: symlink loop, FIFO, device, a link out of the directory: %s is listed as a problem, before and after the start, and is read when it is replaced by a file',
    async (_what, make, message) => {
      make(watched.file('odd.yaml'));
      await watched.start();
      expect(await watched.source.read('odd', undefined)).toMatchObject({
        outcome: 'missing',
        reason: expect.stringMatching(message),
      });
      expect(watched.source.problems()).toMatchObject([
        { file: 'odd.yaml', message: expect.stringMatching(message) },
      ]);
      await watched.settled((path) => fs.writeFileSync(path, 'last: 1\n'));
      expect(watched.reports.map((report) => report.key)).toEqual(['last']);

      fs.rmSync(watched.file('odd.yaml'), { recursive: true });
      fs.writeFileSync(watched.file('odd.yaml'), 'fine: 1\n');
      await watched.untilText('odd', 'fine: 1\n');
      expect(watched.source.problems()).toEqual([]);

      fs.rmSync(watched.file('odd.yaml'));
      make(watched.file('odd.yaml'));
      await watched.until(() => watched.source.problems().length === 1, 'the problem is listed');
      await watched.settled((path) => fs.writeFileSync(path, 'last: 2\n'));
      expect(await watched.source.read('odd', undefined)).toMatchObject({
        outcome: 'unreachable',
        error: { message: expect.stringMatching(message) },
      });
      expect(watched.missing).toEqual([]);
    },
  );

  test('a file that becomes readable again without a change is confirmed at once, not at the next content poll', async () => {
    fs.writeFileSync(watched.file('odd.yaml'), 'fine: 1\n');
    await watched.start();
    await watched.untilText('odd', 'fine: 1\n');
    fs.writeFileSync(watched.file('odd.yaml'), 'x'.repeat(262_145));
    await watched.until(() => watched.source.problems().length === 1, 'the problem is listed');
    const reported = watched.texts('odd').length;
    fs.writeFileSync(watched.file('odd.yaml'), 'fine: 1\n');
    await watched.until(() => watched.texts('odd').length > reported, 'its hint leads to a document');
    expect(watched.reports.at(-1)).toMatchObject({ key: 'odd', revision: 1, text: 'fine: 1\n' });
  });

  describe('fault: a link that leads nowhere', () => {
    const nowhere = /^"odd\.yaml" is a link that leads nowhere; .* Correct the link\.$/;

    test.each(['/nowhere', 'target.yml', '../secret.yaml/below'])(
      'is listed, is the reason of the read, and is read when it has a target: %s',
      async (target) => {
        fs.symlinkSync(target, watched.file('odd.yaml'));
        await watched.start();
        expect(await watched.source.read('odd', undefined)).toMatchObject({
          outcome: 'missing',
          reason: expect.stringMatching(nowhere),
        });
        expect(watched.source.problems()).toMatchObject([
          { key: 'odd', file: 'odd.yaml', message: expect.stringMatching(nowhere) },
        ]);
        expect(await watched.source.keys()).toEqual(['odd']);
        await watched.until(() => watched.missing.length > 0, 'it is reported');
        expect(watched.missing).toMatchObject([{ key: 'odd', reason: expect.stringMatching(nowhere) }]);
        fs.rmSync(watched.file('odd.yaml'));
        fs.writeFileSync(watched.file('odd.yaml'), 'fine: 1\n');
        await watched.untilText('odd', 'fine: 1\n');
        expect(watched.source.problems()).toEqual([]);
      },
    );

    test('does not count as a deleted file when its target was deleted, and is reported once', async () => {
      fs.mkdirSync(watched.file('below'));
      fs.writeFileSync(watched.file('below/odd'), 'fine: 1\n');
      fs.symlinkSync('below/odd', watched.file('odd.yaml'));
      await watched.start();
      await watched.untilText('odd', 'fine: 1\n');
      fs.rmSync(watched.file('below/odd'));
      await watched.until(() => watched.missing.length > 0, 'the loss is reported');
      expect(watched.missing).toMatchObject([{ key: 'odd', reason: expect.stringMatching(nowhere) }]);
      await watched.settled((path) => fs.writeFileSync(path, 'last: 1\n'));
      expect(watched.missing).toHaveLength(1);
      expect(watched.source.problems()).toHaveLength(1);

      fs.writeFileSync(watched.file('below/odd'), 'fine: 2\n');
      await watched.untilText('odd', 'fine: 2\n');
      expect(watched.source.problems()).toEqual([]);
      fs.rmSync(watched.file('odd.yaml'));
      await watched.until(() => watched.missing.length > 1, 'the deletion is reported');
      expect(watched.missing[1]).toMatchObject({ reason: expect.stringContaining('"odd.yaml" was deleted') });
    });

    test('leaves no problem and no key behind when it is removed', async () => {
      fs.symlinkSync('/nowhere', watched.file('odd.yaml'));
      await watched.start();
      await watched.source.read('odd', undefined);
      fs.rmSync(watched.file('odd.yaml'));
      await watched.until(() => watched.source.problems().length === 0, 'the problem is gone');
      await watched.settled((path) => fs.writeFileSync(path, 'last: 1\n'));
      expect(await watched.source.keys()).toEqual(['last']);
      expect(await watched.source.read('odd', undefined)).toMatchObject({
        reason: expect.stringContaining('there is no file for key "odd"'),
      });
    });
  });

  test('fault: symlink loop, FIFO, device, a link out of the directory: a device is rejected without being opened', async () => {
    // Only root can create a device, so the test uses an existing one.
    const root = '/dev';
    const folder = { root, path: root, prefix: '', location: '', links: [], isNew: true };
    expect(await lookAt(folder, 'null')).toEqual({
      kind: 'rejected',
      message: expect.stringMatching(/^"null" is a device and was not opened/),
    });
  });

  test('fault: symlink loop, FIFO, device, a link out of the directory: a link is rejected also when it leaves the directory through another link', async () => {
    fs.symlinkSync('..', watched.file('up'));
    fs.symlinkSync('up/secret.yaml', watched.file('odd.yaml'));
    await watched.start();
    expect(await watched.source.read('odd', undefined)).toMatchObject({ outcome: 'missing' });
    expect(watched.source.problems()).toMatchObject([
      { file: 'odd.yaml', message: expect.stringMatching(/leads out/) },
      { key: undefined, file: 'up', message: expect.stringMatching(/"up" is a link that leads out/) },
    ]);
  });

  test('a file whose name gives no key is a problem, not a document', async () => {
    fs.writeFileSync(watched.file('my config.yaml'), 'a: 1\n');
    await watched.start();
    await watched.settled((path) => fs.writeFileSync(path, 'last: 1\n'));
    expect(watched.source.problems()).toMatchObject([{ key: undefined, file: 'my config.yaml' }]);
    expect(await watched.source.keys()).toEqual(['last']);
  });

  test('a file name that would write its own line into the log, or to the terminal, is shown escaped', async () => {
    const name = 'x\n[Nest] LOG forged \u001b[31m\u009b2J\u2028.yaml';
    fs.writeFileSync(watched.file(name), 'a: 1\n');
    await watched.start();
    await watched.settled((path) => fs.writeFileSync(path, 'last: 1\n'));
    const shown = String.raw`"x\n[Nest] LOG forged \u001b[31m 2J .yaml"`;
    expect(watched.source.problems()).toEqual([
      { file: name, message: expect.stringContaining(`${shown} was not read: the name ${shown} does not`) },
    ]);
  });

  test('of two new files for one key neither file is read until the other file is gone', async () => {
    fs.writeFileSync(watched.file('a.yaml'), 'a: 1\n');
    fs.writeFileSync(watched.file('a.json'), '{"a": 2}\n');
    await watched.start();
    await watched.settled((path) => fs.writeFileSync(path, 'last: 1\n'));
    expect(await watched.source.read('a', undefined)).toMatchObject({
      outcome: 'missing',
      reason: expect.stringMatching(/"a\.json" and "a\.yaml".*neither is read/),
    });
    expect(watched.source.problems()).toMatchObject([
      { key: 'a', file: 'a.json' },
      { key: 'a', file: 'a.yaml' },
    ]);
    fs.rmSync(watched.file('a.yaml'));
    await watched.untilText('a', '{"a": 2}\n');
    expect(watched.source.problems()).toEqual([]);
  });

  test('a second file for a known key is rejected, and the first file goes on being read', async () => {
    fs.writeFileSync(watched.file('a.yaml'), 'a: 1\n');
    await watched.start();
    await watched.untilText('a', 'a: 1\n');
    fs.writeFileSync(watched.file('a.json'), '{"a": 2}\n');
    await watched.until(() => watched.source.problems().length === 2, 'both are listed');
    fs.writeFileSync(watched.file('a.yaml'), 'a: 3\n');
    await watched.untilText('a', 'a: 3\n');
    fs.rmSync(watched.file('a.yaml'));
    await watched.untilText('a', '{"a": 2}\n');
    expect(watched.texts('a')).toEqual(['a: 1\n', 'a: 3\n', '{"a": 2}\n']);
    expect(watched.missing).toEqual([]);
  });

  describe('fault: unreadable file, permission lost and regained', () => {
    beforeEach(async () => {
      fs.chmodSync(watched.beside('.'), 0o755);
      fs.writeFileSync(watched.file('a.yaml'), 'a: 1\n');
      fs.writeFileSync(watched.file('b.yaml'), 'b: 1\n');
      fs.chmodSync(watched.file('b.yaml'), 0o000);
      dropPrivileges();
      await watched.start();
      await watched.untilText('a', 'a: 1\n');
    });
    afterEach(() => process.seteuid?.(process.getuid?.() ?? 0));

    test('makes its key unreachable, neither missing nor confirmed, whether the file was read before or not, until it can be read again', async () => {
      fs.chmodSync(watched.file('a.yaml'), 0o000);
      await watched.until(() => watched.source.problems().length === 2, 'the problems are listed');
      expect(watched.source.problems()).toMatchObject([
        { file: 'a.yaml', message: expect.stringContaining('EACCES') },
        { file: 'b.yaml', message: expect.stringContaining('EACCES') },
      ]);
      for (const key of ['a', 'b']) {
        expect(await watched.source.read(key, undefined)).toMatchObject({
          outcome: 'unreachable',
          error: { message: expect.stringContaining(`Reading "${key}.yaml" failed (EACCES)`) },
        });
      }
      for (const name of ['a', 'b']) fs.chmodSync(watched.file(`${name}.yaml`), 0o600);
      await watched.untilText('b', 'b: 1\n');
      expect(watched.source.problems()).toEqual([]);
      fs.writeFileSync(watched.file('a.yaml'), 'a: 2\n');
      await watched.untilText('a', 'a: 2\n');
      expect(watched.missing).toEqual([]);
    });

    test('makes the documents of a directory that cannot be listed unreachable, and the directory is read again automatically', async () => {
      fs.chmodSync(watched.path, 0o000);
      await watched.until(() => watched.links.at(-1)?.up === false, 'the link is down');
      expect(await watched.source.read('a', undefined)).toMatchObject({
        outcome: 'unreachable',
        error: { message: expect.stringContaining('EACCES') },
      });
      fs.chmodSync(watched.path, 0o700);
      await watched.until(() => watched.links.at(-1)?.up === true, 'the link is up');
      fs.writeFileSync(watched.file('a.yaml'), 'a: 2\n');
      await watched.untilText('a', 'a: 2\n');
      expect(watched.missing).toEqual([]);
    });

    /** Root may read every file. Another user who owns the files may do everything else that the tests need. */
    function dropPrivileges(): void {
      if (process.geteuid?.() !== 0) return;
      const nobody = 65_534;
      for (const name of ['.', 'a.yaml', 'b.yaml']) fs.chownSync(watched.file(name), nobody, nobody);
      process.seteuid?.(nobody);
    }
  });
});

/** Leaves the file of a socket behind, on which nobody listens. */
function listenOnce(path: string): void {
  const code = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', code, path]);
}
