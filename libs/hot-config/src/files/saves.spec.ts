import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WatchedDirectory } from './watched-directory.fixture.js';

/** A text of many pages that ends with its number, so that no part of it looks whole. */
function textOf(save: number): string {
  return `pool: ${1000 + save}\n${`# ${'x'.repeat(70)}\n`.repeat(300)}end: ${1000 + save}\n`;
}

function swapData(directory: string, save: number, files: Record<string, string>): void {
  const version = `..version_${save}`;
  fs.mkdirSync(`${directory}/${version}`);
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${directory}/${version}/${name}`, text);
  fs.symlinkSync(version, `${directory}/..data_tmp`);
  fs.renameSync(`${directory}/..data_tmp`, `${directory}/..data`);
  fs.rmSync(`${directory}/..version_${save - 1}`, { recursive: true, force: true });
}

type Save = (directory: string, save: number, text: string) => Promise<void> | void;

/** Long, so that a pause which a busy machine stretches is still shorter than the quiet time. */
const quietWithPauses = 250;

const shapes: Record<string, Save> = {
  'in place': (directory, _save, text) => fs.writeFileSync(`${directory}/a.yaml`, text),
  'truncated, paused, written': async (directory, _save, text) => {
    fs.truncateSync(`${directory}/a.yaml`);
    await pause(60);
    fs.writeFileSync(`${directory}/a.yaml`, text);
  },
  'moved to a backup, then created': (directory, _save, text) => {
    fs.renameSync(`${directory}/a.yaml`, `${directory}/a.yaml~`);
    fs.writeFileSync(`${directory}/a.yaml`, text);
    fs.rmSync(`${directory}/a.yaml~`);
  },
  'renamed over': (directory, _save, text) => {
    fs.writeFileSync(`${directory}/.a.yaml.tmp`, text);
    fs.renameSync(`${directory}/.a.yaml.tmp`, `${directory}/a.yaml`);
  },
  'renamed in from outside': (directory, _save, text) => {
    fs.writeFileSync(`${directory}.outside`, text);
    fs.renameSync(`${directory}.outside`, `${directory}/a.yaml`);
  },
  'hard-linked after removal': (directory, _save, text) => {
    fs.writeFileSync(`${directory}/.a.yaml.tmp`, text);
    fs.rmSync(`${directory}/a.yaml`);
    fs.linkSync(`${directory}/.a.yaml.tmp`, `${directory}/a.yaml`);
    fs.rmSync(`${directory}/.a.yaml.tmp`);
  },
  'a link re-pointed': (directory, save, text) => {
    fs.mkdirSync(`${directory}/.versions`, { recursive: true });
    fs.writeFileSync(`${directory}/.versions/${save}.yaml`, text);
    fs.rmSync(`${directory}/a.yaml`);
    fs.symlinkSync(`.versions/${save}.yaml`, `${directory}/a.yaml`);
  },
};

const pausingShapes: Record<string, Save> = {
  'written in two chunks': async (directory, _save, text) => {
    fs.writeFileSync(`${directory}/a.yaml`, text.slice(0, 6_000));
    await pause(15);
    fs.appendFileSync(`${directory}/a.yaml`, text.slice(6_000));
  },
  'written slowly': async (directory, _save, text) => {
    fs.writeFileSync(`${directory}/a.yaml`, '');
    const part = Math.ceil(text.length / 5);
    for (let from = 0; from < text.length; from += part) {
      fs.appendFileSync(`${directory}/a.yaml`, text.slice(from, from + part));
      await pause(30);
    }
  },
  'removed, then created in two chunks': async (directory, _save, text) => {
    fs.rmSync(`${directory}/a.yaml`);
    fs.writeFileSync(`${directory}/a.yaml`, text.slice(0, 6_000));
    await pause(5);
    fs.appendFileSync(`${directory}/a.yaml`, text.slice(6_000));
  },
  'moved away, paused, created': async (directory, _save, text) => {
    fs.renameSync(`${directory}/a.yaml`, `${directory}/a.yaml~`);
    await pause(20);
    fs.writeFileSync(`${directory}/a.yaml`, text);
  },
};

describe.each([
  ['at once', shapes, 20, {}],
  ['with pauses', pausingShapes, 8, { quietMs: quietWithPauses }],
] as const)(
  'every save is reported whole, and nothing else is reported: %s',
  (_pace, ways, saves, options) => {
    // These tests run at the same time, because they mostly wait.
    test.concurrent.each(Object.entries(ways))(
      '%s: each save is reported whole, and neither a part of a save nor a deletion is ever reported',
      async (_shape, saveAs) => {
        const watched = await WatchedDirectory.make(options);
        fs.mkdirSync(watched.path);
        try {
          fs.writeFileSync(watched.file('a.yaml'), textOf(0));
          await watched.start();
          await watched.untilText('a', textOf(0));
          for (let save = 1; save <= saves; save += 1) {
            await saveAs(watched.path, save, textOf(save));
            await watched.untilText('a', textOf(save));
          }
          expect(watched.texts('a')).toEqual(Array.from({ length: saves + 1 }, (_, save) => textOf(save)));
          expect(watched.missing).toEqual([]);
          expect(watched.source.problems()).toEqual([]);
        } finally {
          await watched.remove();
        }
      },
    );
  },
);

describe('many saves and many files:', () => {
  let watched: WatchedDirectory;

  beforeEach(async () => {
    watched = await WatchedDirectory.make();
    fs.mkdirSync(watched.path);
  });
  afterEach(() => watched.remove());

  test('every swap of a Kubernetes ..data link is reported, for every document behind it', async () => {
    const saves = 20;
    const filesOf = (save: number) => ({ 'a.yaml': textOf(save), 'b.json': `{"b": ${save}}\n` });
    swapData(watched.path, 0, filesOf(0));
    for (const name of ['a.yaml', 'b.json']) fs.symlinkSync(`..data/${name}`, watched.file(name));
    await watched.start();
    await watched.untilText('a', textOf(0));
    for (let save = 1; save <= saves; save += 1) {
      swapData(watched.path, save, filesOf(save));
      await watched.untilText('a', textOf(save));
      await watched.untilText('b', `{"b": ${save}}\n`);
    }
    expect(watched.texts('a')).toEqual(Array.from({ length: saves + 1 }, (_, save) => textOf(save)));
    expect(await watched.source.keys()).toEqual(['a', 'b']);
    expect(watched.missing).toEqual([]);
  });

  test('a process that saves in every way at full speed never gets a part of a save reported', async () => {
    fs.writeFileSync(watched.file('a.yaml'), textOf(0));
    await watched.start();
    await watched.untilText('a', textOf(0));
    const writer = spawn(process.execPath, ['-e', hastyWriter, watched.path], { stdio: 'inherit' });
    await once(writer, 'exit');
    await watched.until(
      () => watched.texts('a').at(-1)?.endsWith('end: 300\n') === true,
      'the last save is reported',
    );
    const torn = watched
      .texts('a')
      .filter((text) => /^pool: (\d+)\n/.exec(text)?.[1] !== /end: (\d+)\n$/.exec(text)?.[1]);
    expect(torn).toEqual([]);
  });

  test('the last of a thousand saves in a row is reported, and few saves before it', async () => {
    await watched.start();
    for (let save = 1; save <= 1_000; save += 1) {
      fs.writeFileSync(watched.file('.tmp'), textOf(save));
      fs.renameSync(watched.file('.tmp'), watched.file('a.yaml'));
      if (save % 10 === 0) await pause(1);
    }
    await watched.untilText('a', textOf(1_000));
    expect(watched.reports.length).toBeLessThan(200);
  });

  test('five hundred files that are written at once are all reported', async () => {
    await watched.start();
    for (let file = 0; file < 500; file += 1) fs.writeFileSync(watched.file(`f${file}.yaml`), textOf(file));
    await watched.until(
      () => new Set(watched.reports.map((report) => report.key)).size === 500,
      'all are reported',
    );
    expect(watched.reports.every(({ key, text }) => text === textOf(Number(key.slice(1))))).toBe(true);
  });

  test('writing the same bytes again, a touch and a chmod create no new revision', async () => {
    fs.writeFileSync(watched.file('a.yaml'), textOf(1));
    await watched.start();
    await watched.untilText('a', textOf(1));
    const disturbances: ((path: string) => void)[] = [
      (path) => fs.writeFileSync(path, textOf(1)),
      (path) => fs.utimesSync(path, new Date(), new Date()),
      (path) => fs.chmodSync(path, 0o640),
      (path) => {
        fs.writeFileSync(`${path}.tmp`, textOf(1));
        fs.renameSync(`${path}.tmp`, path);
      },
    ];
    for (const [index, disturb] of disturbances.entries()) {
      disturb(watched.file('a.yaml'));
      await watched.settled((path) => fs.writeFileSync(path, `last: ${index}\n`));
    }
    expect(watched.texts('a')).toEqual([textOf(1)]);
  });

  test('fault: editor saves: tmp + rename, backup then rename, in place; swap and backup files beside it: swap and backup files never become a key', async () => {
    await watched.start();
    for (const name of [
      '.a.yaml.swp',
      'a.yaml~',
      '#a.yaml#',
      '4913',
      'a.yaml.bak',
      'a.yaml.tmp',
      '.hidden.yaml',
      'notes.md',
    ]) {
      fs.writeFileSync(watched.file(name), 'no: document\n');
    }
    await watched.settled((path) => fs.writeFileSync(path, 'last: 1\n'));
    expect(await watched.source.keys()).toEqual(['last']);
    expect(watched.reports.map((report) => report.key)).toEqual(['last']);
  });
});

/** Saves at least 300 times, also in ways whose events look like the events of a rename. */
const hastyWriter = `
  const fs = require('node:fs'), d = process.argv[1], T = d + '/a.yaml';
  const rest = ('# ' + 'x'.repeat(70) + '\\n').repeat(200);
  const write = (path, i) => {
    const fd = fs.openSync(path, 'w');
    fs.writeSync(fd, 'pool: ' + i + '\\n' + rest); fs.writeSync(fd, 'more: 1\\n'); fs.writeSync(fd, 'end: ' + i + '\\n');
    fs.closeSync(fd);
  };
  const ways = [
    (i) => write(T, i),
    (i) => { fs.rmSync(T); write(T, i); },
    (i) => { write(d + '/.t', i); fs.renameSync(d + '/.t', T); },
    (i) => { fs.renameSync(T, T + '~'); write(T, i); fs.rmSync(T + '~'); },
    (i) => { fs.renameSync(T, d + '/.t'); fs.rmSync(d + '/.t'); write(T, i); },
    (i) => { fs.writeFileSync(d + '/.t', ''); fs.rmSync(T); fs.rmSync(d + '/.t'); write(T, i); },
  ];
  let i = 1;
  const next = () => { ways[i % ways.length](i); i += 1; if (i <= 300) setTimeout(next, [0, 2, 9, 60][i % 4]); };
  next();
`;
