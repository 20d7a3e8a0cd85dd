import 'reflect-metadata';
import { Injectable, Logger, type LoggerService, Module, type OnModuleInit } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { z } from 'zod';
import type { HotConfigChange } from '../contract/index.js';
import { gate } from '../engine/engine.fixture.js';
import { HotConfigHealthIndicator, HotConfigHealthModule } from '../health/index.js';
import { defineHotConfig } from '../schema/index.js';
import { MemorySource } from '../testing/index.js';
import {
  type BeforeHotConfigChange,
  HotConfigModule,
  HotConfigService,
  type OnHotConfigChange,
} from './index.js';

const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };
const early = defineHotConfig('early', z.object({ n: z.int() }));
const late = defineHotConfig('late', z.object({ n: z.int() }));

/** Delays every read of the key `late` until `answer` is opened. */
class HeldSource extends MemorySource {
  readonly asked = gate();
  readonly answer = gate();

  override async read(...args: Parameters<MemorySource['read']>): ReturnType<MemorySource['read']> {
    if (args[0] === 'late') {
      this.asked.open();
      await this.answer.passed;
    }
    return super.read(...args);
  }
}

describe('a config of a module that is loaded lazily', () => {
  let source: HeldSource;
  let module: TestingModule;
  let service: HotConfigService;

  @Module({ imports: [HotConfigModule.forFeature([late])] })
  class FirstModule {}
  @Module({ imports: [HotConfigModule.forFeature([late])] })
  class AgainModule {}

  beforeEach(async () => {
    source = new HeldSource({ early: { n: 1 }, late: { n: 'invalid' } });
    module = await Test.createTestingModule({
      imports: [
        HotConfigModule.forRoot({ source, startup: { fallback: [] } }),
        HotConfigModule.forFeature([early]),
        HotConfigHealthModule,
      ],
    })
      .setLogger(silent)
      .compile();
    Logger.overrideLogger(silent);
    await module.init();
    service = module.get(HotConfigService);
  });
  afterEach(() => {
    source.answer.open();
    return module.close();
  });

  const load = (type: new () => object): Promise<unknown> => module.get(LazyModuleLoader).load(() => type);
  const statuses = (): string[] => service.status().map(({ key }) => key);

  it('has no status until it has a value, and the other configs have their status all the time', async () => {
    source.put('late', { n: 2 });
    const loading = load(FirstModule);
    await source.asked.passed;
    expect([service.keys(), statuses()]).toEqual([['early', 'late'], ['early']]);
    expect(() => service.status('late')).toThrow('"late" has no value yet');
    source.answer.open();
    await loading;
    expect(statuses()).toEqual(['early', 'late']);
  });

  it('makes health `down` until it has a value', async () => {
    source.put('late', { n: 2 });
    const loading = load(FirstModule);
    await source.asked.passed;
    expect(module.get(HotConfigHealthIndicator).check('config')).toMatchObject({
      config: {
        status: 'down',
        keys: { early: { state: 'live' } },
        problem: expect.stringContaining('"late" has no value yet') as string,
      },
    });
    source.answer.open();
    await loading;
    expect(module.get(HotConfigHealthIndicator).check('config')).toMatchObject({ config: { status: 'up' } });
  });

  it('can be read after a load that succeeds, also through a ref from a load that failed', async () => {
    const loading = load(FirstModule);
    await source.asked.passed;
    service.ref(late);
    source.answer.open();
    await expect(loading).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(() => service.ref(late)).toThrow('"late" is not registered');
    source.put('late', { n: 2 });
    await load(AgainModule);
    expect(service.ref(late).value).toEqual({ n: 2 });
    expect(service.ref(late)).toBe(service.ref('late'));
  });

  it('is covered by the hooks for all configs of modules that were loaded before', async () => {
    @Injectable()
    class Everything implements BeforeHotConfigChange, OnHotConfigChange {
      readonly heard: string[] = [];

      beforeHotConfigChange({ current }: HotConfigChange<unknown>): void {
        if ((current as { n: number }).n > 2) throw new Error('too many');
      }

      onHotConfigChange({ key, current }: HotConfigChange<unknown>): void {
        this.heard.push(`${key} ${(current as { n: number }).n}`);
      }
    }
    const documents = new MemorySource({ early: { n: 1 }, late: { n: 1 } });
    const started = await Test.createTestingModule({
      imports: [HotConfigModule.forRoot({ source: documents }), HotConfigModule.forFeature([early])],
      providers: [Everything],
    })
      .setLogger(silent)
      .compile();
    await started.init();
    await started.get(LazyModuleLoader).load(() => FirstModule);
    const configs = started.get(HotConfigService);
    for (const key of ['early', 'late']) {
      documents.put(key, { n: 2 });
      await configs.refresh();
      documents.put(key, { n: 3 });
      await configs.refresh();
    }
    expect(started.get(Everything).heard).toEqual(['early 2', 'late 2']);
    expect(configs.status().map(({ rejection }) => rejection?.stage)).toEqual(['prepare', 'prepare']);
    await started.close();
  });

  it('does no harm to the running application when it fails while the application is being initialized', async () => {
    @Injectable()
    class Plugins implements OnModuleInit {
      failure: unknown;

      constructor(private readonly loader: LazyModuleLoader) {}

      async onModuleInit(): Promise<void> {
        await this.loader.load(() => FirstModule).catch((error: unknown) => (this.failure = error));
      }
    }
    const documents = new MemorySource({ early: { n: 1 }, late: { n: 'invalid' } });
    const started = await Test.createTestingModule({
      imports: [
        HotConfigModule.forRoot({ source: documents, startup: { fallback: [] } }),
        HotConfigModule.forFeature([early]),
      ],
      providers: [Plugins],
    })
      .setLogger(silent)
      .compile();
    await started.init();
    expect(started.get(Plugins).failure).toMatchObject({ code: 'VALIDATION' });
    documents.put('early', { n: 2 });
    await started.get(HotConfigService).refresh();
    expect(started.get(HotConfigService).ref(early).value).toEqual({ n: 2 });
    await started.close();
  });

  it('is rejected when its module has a forRoot of its own, because nothing would be read from the source of that forRoot', async () => {
    @Module({ imports: [HotConfigModule.forRoot({ source: new MemorySource() })] })
    class SecondRootModule {}
    await expect(load(SecondRootModule)).rejects.toThrow('forRoot is imported twice');
  });
});
