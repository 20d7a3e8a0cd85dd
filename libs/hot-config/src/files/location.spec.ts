import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { identityOf, locate } from './location.js';

let parent: string;

beforeEach(() => {
  parent = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'location-')));
  for (const name of ['v0', 'v1']) fs.mkdirSync(join(parent, name));
});
afterEach(() => fs.rmSync(parent, { recursive: true }));

function point(target: string): void {
  fs.symlinkSync(target, join(parent, 'tmp'));
  fs.renameSync(join(parent, 'tmp'), join(parent, 'link'));
}

test('path and identity belong to the same directory, also when the link to the directory is changed meanwhile', async () => {
  point('v0');
  for (let round = 1; round <= 300; round += 1) {
    const found = locate(join(parent, 'link'));
    point(`v${round % 2}`);
    const { path, identity } = await found;
    expect(identity).toBe(await identityOf(path));
  }
});
