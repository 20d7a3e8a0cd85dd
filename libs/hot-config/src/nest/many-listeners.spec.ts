import 'reflect-metadata';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { runInThisContext } from 'node:vm';
import type { LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { z } from 'zod';
import { defineHotConfig } from '../schema/index.js';
import { createHotConfigRef, HotConfigTestingModule, HotConfigTestStore } from '../testing/index.js';
import { HotConfigModule, type HotConfigRef, HotConfigService, hotResource } from './index.js';

const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };
const MANY = 20;
const each = Array.from({ length: MANY }, (_, i) => i);

// Node emits warnings on the real process, not on the copy of it that a test gets.
const realProcess = runInThisContext('process') as NodeJS.Process;
const warnings: string[] = [];
const hear = ({ name, message }: Error): void => {
  if (name === 'MaxListenersExceededWarning') warnings.push(message);
};

beforeEach(() => {
  warnings.splice(0);
  realProcess.on('warning', hear);
});
afterEach(() => realProcess.off('warning', hear));

/** The warnings of Node. Node warns at the eleventh listener of a signal, one tick later. */
async function warned(): Promise<readonly string[]> {
  await turnOfTheLoop();
  return warnings;
}

function subscribe(ref: HotConfigRef<{ n: number }>, heard: number[]): void {
  ref.value$.subscribe(({ n }) => void heard.push(n));
  ref.changes$.subscribe(() => undefined);
  ref.onChange(({ current }) => void heard.push(current.n));
  ref.onChange(() => undefined, { critical: true });
}

describe('Node prints no warning about a leak of listeners', () => {
  let module: TestingModule;
  const configs = each.map((i) => defineHotConfig(`config${i}`, z.object({ n: z.int() })));
  const documents = Object.fromEntries(configs.map(({ key }) => [key, { n: 1 }]));
  const resources = each.map((i) =>
    hotResource({ provide: `RESOURCE${i}`, from: configs[0]!, create: ({ n }) => Promise.resolve({ n }) }),
  );
  const guards = each.map((i) => ({
    provide: `GUARD${i}`,
    useValue: { beforeHotConfigChange: () => Promise.resolve() },
  }));

  afterEach(() => module.close());

  it('when an application has many configs, hooks, hot resources and subscribers', async () => {
    module = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot(documents), HotConfigModule.forFeature(configs)],
      providers: [...resources, ...guards],
    })
      .setLogger(silent)
      .compile();
    await module.init();
    const service = module.get(HotConfigService);
    const heard: number[] = [];
    for (const config of configs) subscribe(service.ref(config), []);
    each.forEach(() => subscribe(service.ref(configs[0]!), heard));
    const waiting = Promise.all(each.map(() => service.synchronized()));
    await module.get(HotConfigTestStore).set(configs[0]!, { n: 2 });
    await waiting;
    expect(heard.filter((n) => n === 2)).toHaveLength(2 * MANY);
    expect(await warned()).toEqual([]);
  });
});

it('Node prints no warning about a leak of listeners when a ref without a module has many subscribers', async () => {
  const ref = createHotConfigRef({ n: 1 });
  const heard: number[] = [];
  each.forEach(() => subscribe(ref, heard));
  await ref.set({ n: 2 });
  expect(heard.filter((n) => n === 2)).toHaveLength(2 * MANY);
  expect(await warned()).toEqual([]);
});
