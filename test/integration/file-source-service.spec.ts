import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { z } from 'zod';
import { eventually } from '../../harness/eventually.mjs';
import { fileSource } from '../../libs/hot-config/src/files/index.js';
import { HotConfigHealthIndicator, HotConfigHealthModule } from '../../libs/hot-config/src/health/index.js';
import { HotConfigModule, HotConfigService } from '../../libs/hot-config/src/nest/index.js';
import { defineHotConfig } from '../../libs/hot-config/src/schema/index.js';

const shop = defineHotConfig('shop', z.object({ name: z.string() }));
const nobody = 65_534;
let parent: string;
let module: TestingModule;
const warned: string[] = [];
const debugged: string[] = [];
const logger: LoggerService = {
  log: () => undefined,
  warn: (line: unknown) => void warned.push(String(line)),
  error: () => undefined,
  debug: (line: unknown) => void debugged.push(String(line)),
};

const file = (name: string): string => join(parent, 'configs', name);
const health = (): string => JSON.stringify(module.get(HotConfigHealthIndicator).check('config'));
const status = () => module.get(HotConfigService).status('shop');
const name = (): string => module.get(HotConfigService).ref(shop).value.name;
// The bound is so short that the value may be stale for a moment on a busy machine, so the note is required too.
const isStale = (): boolean => status().state === 'stale' && status().source.notes.length > 0;
const isFine = (): boolean => status().state === 'live' && status().source.notes.length === 0;
const until = (holds: () => boolean): Promise<boolean> => eventually(() => Promise.resolve(holds()), Boolean);
const logged = (message: string): string[] => warned.filter((line) => line.includes(message));

function save(name: string, text: string): void {
  fs.writeFileSync(file('save.tmp'), text);
  fs.renameSync(file('save.tmp'), file(name));
}

async function start(): Promise<void> {
  const source = fileSource({ directory: join(parent, 'configs'), pollMs: 100 });
  module = await Test.createTestingModule({
    imports: [HotConfigModule.forRoot({ source }), HotConfigModule.forFeature([shop]), HotConfigHealthModule],
  })
    .setLogger(logger)
    .compile();
}

beforeEach(() => {
  warned.length = 0;
  debugged.length = 0;
  parent = fs.mkdtempSync(join(tmpdir(), 'file-service-'));
  fs.mkdirSync(file('.'));
  fs.writeFileSync(join(parent, 'secret.yaml'), 'name: outside\n');
  save('shop.yaml', 'name: a\n');
});
afterEach(async () => {
  await module.close();
  process.seteuid?.(process.getuid?.() ?? 0);
  fs.rmSync(parent, { recursive: true, force: true });
});

const hidden: [string, () => void, string][] = [
  ['a save that is too large', () => save('shop.yaml', 'x'.repeat(262_145)), '"shop.yaml" has 262145 bytes'],
  [
    'a link out of the directory',
    () => {
      fs.rmSync(file('shop.yaml'));
      fs.symlinkSync('../secret.yaml', file('shop.yaml'));
    },
    '"shop.yaml" is a link that leads out',
  ],
  [
    'a FIFO',
    () => {
      fs.rmSync(file('shop.yaml'));
      execFileSync('mkfifo', [file('shop.yaml')]);
    },
    '"shop.yaml" is a FIFO',
  ],
  ['a lost permission', () => fs.chmodSync(file('shop.yaml'), 0o000), '(EACCES)'],
];

it.each(hidden)(
  'fault: symlink loop, FIFO, device, a link out of the directory: a service logs it once, is degraded in health, and its value turns stale: %s',
  async (_what, hide, message) => {
    if (message.includes('EACCES')) dropPrivileges();
    await start();
    hide();
    await until(() => isStale());
    expect(name()).toBe('a');
    expect(status()).toMatchObject({
      missing: undefined,
      source: { up: true, notes: [expect.stringContaining(message)] },
    });
    expect(health()).toContain('degraded');

    fs.rmSync(file('shop.yaml'));
    save('shop.yaml', 'name: b\n');
    await until(() => name() === 'b' && isFine());
    expect(logged(message)).toHaveLength(1);
  },
);

it('fault: unreadable file, permission lost and regained: a file whose content is the same as before is confirmed again', async () => {
  dropPrivileges();
  await start();
  fs.chmodSync(file('shop.yaml'), 0o000);
  await until(() => isStale());
  fs.chmodSync(file('shop.yaml'), 0o600);
  await until(() => isFine());
  expect(status().applied.revision).toBe(1);
});

it('a second file for one key is logged and shown in health once, and the service goes on with the first file and stays live', async () => {
  await start();
  save('shop.yml', 'name: second\n');
  await until(() => status().source.notes.length > 0);
  const message = '"shop.yaml" and "shop.yml" both define key "shop"; "shop.yaml" continues to be served';
  expect(status().source.notes).toEqual([expect.stringContaining(message)]);
  expect(health()).toContain(message.replaceAll('"', '\\"'));
  save('shop.yaml', 'name: b\n');
  await until(() => name() === 'b' && status().state === 'live');
  expect(logged(message)).toHaveLength(1);
});

it('a service logs nothing about files of other services, and logs only once why its own file is missing', async () => {
  save('other.yaml', 'x'.repeat(262_145));
  save('my config.yaml', 'name: a\n');
  await start();
  save('other.yml', 'name: b\n');
  // One scan finds everything that was saved before it.
  save('shop.yml', 'name: second\n');
  await until(() => status().source.notes.length > 0);
  expect(status().source.notes).toHaveLength(1);
  expect([...logged('other'), ...logged('my config')]).toEqual([]);
  await module.close();

  warned.length = 0;
  const starting = start();
  const message = '"shop.yaml" and "shop.yml" both define key "shop"; neither is read';
  await until(() => logged(message).length > 0);
  fs.rmSync(file('shop.yml'));
  await starting;
  expect(logged(message)).toHaveLength(1);
});

/** Root may read every file. Another user who owns the files may do everything else that the tests need. */
function dropPrivileges(): void {
  if (process.geteuid?.() !== 0) return;
  fs.chmodSync(parent, 0o755);
  for (const name of ['.', 'shop.yaml']) fs.chownSync(file(name), nobody, nobody);
  process.seteuid?.(nobody);
}

it('an editor’s leftover beside the files is logged once, at debug level, and never becomes a document', async () => {
  save('shop.old.yaml', 'name: leftover\n');
  save('kustomization.yaml', 'resources: []\n');
  await start();
  save('shop.yaml', 'name: b\n');
  await until(() => name() === 'b');
  expect(debugged.filter((line) => line.includes('is ignored')).sort()).toEqual([
    'kustomization.yaml is ignored: its name says that it is no document',
    'shop.old.yaml is ignored: its name says that it is no document',
  ]);
  expect(status().source.notes).toEqual([]);
});
