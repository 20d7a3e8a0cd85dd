import * as fs from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ignoreRule } from './ignore.js';
import { type FileSourceOptions } from './index.js';
import { WatchedDirectory } from './watched-directory.fixture.js';

describe('the rule for ignored names', () => {
  test.each([
    'shop.sync-conflict-20260101-120000-ABCDEFG.yaml',
    'shop.old.yaml',
    'shop.old.yml',
    'shop.old.json',
    'shop.bak',
    'shop.yaml.bak',
    'shop.yaml~',
    'kustomization.yaml',
    'kustomization.yml',
    'node_modules',
    '.git',
    '.shop.yaml',
    '..data',
    'team/kustomization.yaml',
  ])('ignores %s by default', (path) => {
    expect(ignoreRule([])(path)).toBe(true);
  });

  test.each([
    'shop.yaml',
    'old.yaml',
    'bak.yaml',
    'team/shop.yaml',
    'my-kustomization.yaml',
    'shop.older.yaml',
  ])('does not ignore %s by default', (path) => {
    expect(ignoreRule([])(path)).toBe(false);
  });

  test('adds the patterns of the option to the defaults: for a name in any folder, or for a whole path, and * does not match a /', () => {
    const isIgnored = ignoreRule(['drafts', '*.draft.*', 'team/*.yaml', 'a+(b).yaml']);
    for (const path of [
      'drafts',
      'team/drafts',
      'x.draft.yaml',
      'team/shop.yaml',
      'a+(b).yaml',
      'shop.old.yaml',
    ])
      expect([path, isIgnored(path)]).toEqual([path, true]);
    for (const path of ['drafts2', 'shop.yaml', 'team/eu/shop.yaml', 'other/team/shop.yaml', 'aab.yaml'])
      expect([path, isIgnored(path)]).toEqual([path, false]);
  });

  test('takes a pattern that ends with a / or begins with ./ as it is meant', () => {
    const isIgnored = ignoreRule(['drafts/', './old', './team/*.tmp/']);
    for (const path of ['drafts', 'team/drafts', 'old', 'team/x.tmp'])
      expect([path, isIgnored(path)]).toEqual([path, true]);
    for (const path of ['team/old', 'x.tmp']) expect([path, isIgnored(path)]).toEqual([path, false]);
  });

  test('calls a function instead of the defaults, but ignores names that begin with a dot in any case', () => {
    const isIgnored = ignoreRule((path) => path === 'team/shop.yaml');
    expect(['team/shop.yaml', 'kustomization.yaml', '.shop.yaml'].map(isIgnored)).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('a file source', () => {
  let watched: WatchedDirectory;
  afterEach(() => watched.remove());

  async function make(options: Partial<FileSourceOptions>): Promise<void> {
    watched = await WatchedDirectory.make(options);
    for (const folder of ['node_modules/pkg', 'drafts', '..data', '.git'])
      fs.mkdirSync(watched.file(folder), { recursive: true });
    const names = [
      'shop.yaml',
      'shop.old.yaml',
      'kustomization.yaml',
      'notes.md',
      'notes.bak',
      '.hidden.yaml',
    ];
    for (const name of [...names, 'drafts/shop.yaml', 'node_modules/pkg/package.json'])
      fs.writeFileSync(watched.file(name), 'a: 1\n');
    await watched.start();
  }

  test('reads no leftovers of editors and tools, and lists leftovers that would be documents or folders', async () => {
    await make({});
    expect(await watched.source.keys()).toEqual(['drafts.shop', 'shop']);
    expect(watched.source.ignored()).toEqual(['kustomization.yaml', 'node_modules', 'shop.old.yaml']);
    expect(watched.source.problems()).toEqual([]);
  });

  test('ignores also the names of the option `ignore`', async () => {
    await make({ ignore: ['drafts'] });
    expect(await watched.source.keys()).toEqual(['shop']);
    expect(watched.source.ignored()).toEqual([
      'drafts',
      'kustomization.yaml',
      'node_modules',
      'shop.old.yaml',
    ]);
  });

  test('reads a path for which the function ignore throws, and reports the option', async () => {
    await make({
      ignore: (path) => {
        if (path === 'shop.yaml') throw new TypeError('no such rule');
        return path !== 'kustomization.yaml';
      },
    });
    expect(await watched.source.keys()).toEqual(['kustomization', 'shop']);
    expect((await watched.source.read('shop', undefined)).outcome).toBe('found');
    const message =
      'The function of the option ignore failed (TypeError: no such rule): a path for which it fails is not ignored. Correct the function.';
    expect(watched.source.problems()).toEqual([{ key: undefined, file: 'shop.yaml', message }]);
  });

  test('calls its observer when the list of ignored files changes', async () => {
    await make({});
    await watched.untilText('shop', 'a: 1\n');
    const before = watched.noted;
    fs.writeFileSync(watched.file('new.old.yaml'), 'a: 1\n');
    await watched.until(() => watched.noted > before, 'the observer is called');
    expect(watched.source.ignored()).toContain('new.old.yaml');
  });
});
