import 'reflect-metadata';
import { Controller, Get, Injectable, type LoggerService, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { z } from 'zod';
import type { HotConfigChange } from '../contract/index.js';
import {
  getHotConfigToken,
  HotConfig,
  HotConfigModule,
  HotConfigRef,
  HotConfigService,
  HotFeature,
  HotResource,
  hotResource,
  InjectHotResource,
  OnHotConfigChange,
} from '../nest/index.js';
import { ShopConfig } from '../nest/nest.fixture.js';
import { defineHotConfig } from '../schema/index.js';
import {
  createHotConfigRef,
  createHotResource,
  HotConfigTestingModule,
  HotConfigTestStore,
  MemorySource,
} from './index.js';

const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };

const limits = defineHotConfig('limits', z.object({ perMinute: z.int().default(60) }));

describe('HotConfigTestingModule', () => {
  let module: TestingModule;
  const heard: string[] = [];

  @Injectable()
  class Orders implements OnHotConfigChange {
    constructor(@HotConfig(ShopConfig) readonly shop: HotConfigRef<ShopConfig>) {}
    async onHotConfigChange({ current }: HotConfigChange<ShopConfig>): Promise<void> {
      await Promise.resolve();
      heard.push(current.name);
    }
  }

  const untouched = new MemorySource();
  untouched.start = () => Promise.reject(new Error('the configured source must not be started in a test'));

  /** A module like that of a real application, with its own source. */
  @Module({
    imports: [HotConfigModule.forRoot({ source: untouched }), HotConfigModule.forFeature([ShopConfig])],
    providers: [Orders],
  })
  class AppModule {}

  beforeEach(async () => {
    heard.splice(0);
    module = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot({ shop: { name: 'a' } }), AppModule],
    })
      .setLogger(silent)
      .compile();
  });
  afterEach(() => module.close());

  it('replaces the source of the application, whatever that source is', () => {
    expect(module.get(Orders).shop.value.name).toBe('a');
  });

  it('set() resolves when the hooks have run, also when the application was never initialized', async () => {
    await module.get(HotConfigTestStore).set('shop', { name: 'b' });
    expect(heard).toEqual(['b']);
  });

  it('setRaw() rejects a document that production would reject', async () => {
    await module.get(HotConfigTestStore).setRaw('shop', 'not: [valid');
    expect(module.get(Orders).shop.status).toMatchObject({ rejection: { stage: 'decode' }, state: 'live' });
    expect(module.get(Orders).shop.value.name).toBe('a');
  });

  it('rejects a key that is not registered, so that a test with a misspelt key does not pass without a check', async () => {
    const store = module.get(HotConfigTestStore);
    await expect(store.set('shpo', { name: 'b' })).rejects.toThrow('"shpo" is not registered');
    await expect(store.remove('shpo')).rejects.toThrow('"shpo" is not registered');
  });

  // Jest's own time limit: a user who forgets a document should see the reason, not that the test took too long.
  it('makes startup fail at once with the name of a missing document', async () => {
    const compiling = Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot({ shpo: { name: 'a' } }), AppModule],
    })
      .setLogger(silent)
      .compile();
    await expect(compiling).rejects.toThrow('No value for "shop"');
  }, 5_000);

  it('makes startup fail on a rejected document, instead of using the defaults', async () => {
    const compiling = Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ limits: { perMinute: 'many' } }),
        HotConfigModule.forFeature([limits]),
      ],
    })
      .setLogger(silent)
      .compile();
    await expect(compiling).rejects.toMatchObject({ code: 'VALIDATION', key: 'limits' });
  });

  it('rejects a document for a misspelt key, though the start could use the defaults', async () => {
    const started = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ limit: { perMinute: 5 }, elsewhere: {} }),
        HotConfigModule.forFeature([limits]),
      ],
    })
      .setLogger(silent)
      .compile();
    const slip = /given a document "limit", which no forFeature declares; did you mean "limits"/;
    await expect(started.get(HotConfigTestStore).set(limits, {})).rejects.toThrow(slip);
    await expect(started.init()).rejects.toThrow(slip);
    await started.close();
  });

  it('leaves a ref that the test overrides to the test: decorated hooks follow that ref, features and the service read it', async () => {
    const notified: string[] = [];
    @Controller()
    class Follower {
      @OnHotConfigChange(ShopConfig, { path: 'name' })
      follow({ current }: HotConfigChange<ShopConfig>): void {
        notified.push(current.name);
      }

      @HotFeature(ShopConfig, ({ name }) => name === 'b')
      @Get()
      read(): string {
        return 'open';
      }
    }
    const ref = createHotConfigRef({ name: 'a', apiKey: 'k', limits: { perMinute: 1 } }, 'shop');
    const overridden = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot(), HotConfigModule.forFeature([ShopConfig])],
      controllers: [Follower],
    })
      .overrideProvider(getHotConfigToken(ShopConfig))
      .useValue(ref)
      .setLogger(silent)
      .compile();
    const app = overridden.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const answer = async (): Promise<number> => (await fetch(await app.getUrl())).status;
    expect(overridden.get(HotConfigService).ref(ShopConfig)).toBe(ref);
    expect(await answer()).toBe(404);
    await ref.set({ ...ref.value, limits: { perMinute: 2 } });
    await ref.set({ ...ref.value, name: 'b' });
    expect(notified).toEqual(['b']);
    expect(await answer()).toBe(200);
    await app.close();
  });

  it('applies a document that was set while disconnected on reconnect, which simulates an outage', async () => {
    const store = module.get(HotConfigTestStore);
    store.disconnect();
    await store.set('shop', { name: 'b' });
    expect(module.get(Orders).shop.value.name).toBe('a');
    expect(module.get(Orders).shop.status.source.up).toBe(false);
    await store.reconnect();
    expect(module.get(Orders).shop.value.name).toBe('b');
    expect(heard).toEqual(['b']);
  });

  it('remove() keeps the value, and the status has `missing`', async () => {
    await module.get(HotConfigTestStore).remove(ShopConfig);
    expect(module.get(HotConfigService).status('shop')).toMatchObject({ state: 'stale', missing: {} });
    expect(module.get(Orders).shop.value.name).toBe('a');
  });
});

describe('createHotConfigRef', () => {
  it('is a ref without a module: value, select, hooks, observables, frozen', async () => {
    const ref = createHotConfigRef({ limit: 5, other: 1 });
    const limit = ref.select((value) => value.limit);
    const heard: unknown[] = [];
    limit.onChange(({ previous, current }) => heard.push([previous, current]));
    ref.changes$.subscribe(({ diff }) => heard.push(diff.map(({ path }) => path)));
    await ref.set({ limit: 5, other: 2 });
    await ref.set({ limit: 6, other: 2 });
    expect(limit.value).toBe(6);
    expect(heard).toEqual([['other'], ['limit'], [5, 6]]);
    expect(ref.status.state).toBe('live');
    expect(() => Object.assign(ref.value, { limit: 7 })).toThrow(TypeError);
  });

  it('set() rejects with the error of a hook or a subscriber', async () => {
    const ref = createHotConfigRef({ limit: 5 });
    const subscription = ref.onChange(() => {
      throw new Error('hook');
    });
    await expect(ref.set({ limit: 6 })).rejects.toThrow('hook');
    subscription.dispose();
    await ref.set({ limit: 7 });
    ref.value$.subscribe(({ limit }) => {
      if (limit > 7) throw new Error('subscriber');
    });
    await expect(ref.set({ limit: 8 })).rejects.toThrow('subscriber');
  });

  it('set() rejects with failures since its own call, not with failures of an earlier set()', async () => {
    const ref = createHotConfigRef({ limit: 5 });
    const failing = ['one', 'two'];
    failing.forEach((name, i) =>
      ref.onChange(() => {
        if (failing[i] !== '') throw new Error(name);
      }),
    );
    await expect(ref.set({ limit: 6 })).rejects.toThrow('one');
    failing.fill('');
    await ref.set({ limit: 7 });
    expect(ref.value.limit).toBe(7);
  });

  it('set() waits for a critical hook, and the other hooks wait for it too', async () => {
    const ref = createHotConfigRef({ limit: 5 });
    const heard: string[] = [];
    ref.onChange(({ current }) => heard.push(`notified of ${current.limit}`));
    ref.onChange(
      async ({ current }) => {
        await Promise.resolve();
        heard.push(`asked for ${current.limit}, served ${ref.value.limit}`);
      },
      { critical: true },
    );
    await ref.set({ limit: 6 });
    expect(heard).toEqual(['asked for 6, served 6', 'notified of 6']);
  });

  it('set() rejects when a critical hook throws, and the old value stays, as in production', async () => {
    const ref = createHotConfigRef({ limit: 5 });
    const notified: number[] = [];
    const accepted: number[] = [];
    const rejected: string[] = [];
    ref.onChange(({ current }) => notified.push(current.limit));
    ref.onChange(({ current }) => accepted.push(current.limit), { critical: true });
    ref.onChange(
      ({ current }) => {
        if (current.limit > 100) throw new Error('too much');
      },
      { critical: true },
    );
    ref.rejections$.subscribe(({ stage }) => rejected.push(stage));
    await expect(ref.set({ limit: 101 })).rejects.toMatchObject({
      code: 'VETO',
      message: expect.stringContaining('too much') as string,
    });
    expect([ref.value.limit, notified, accepted, rejected]).toEqual([5, [], [101, 5], ['confirm']]);
    expect(ref.status.rejection?.stage).toBe('confirm');
    await ref.set({ limit: 6 });
    expect([ref.value.limit, notified, accepted]).toEqual([6, [6], [101, 5, 6]]);
    expect(ref.status.rejection).toBeUndefined();
  });
});

describe('createHotResource', () => {
  const resource = createHotResource({ answer: 42 });

  it('gives the same instance to every use, every lease and every `current`', async () => {
    await expect(resource.use((instance) => instance.answer)).resolves.toBe(42);
    const lease = resource.lease();
    expect(lease.instance).toBe(resource.current);
    lease.release();
    lease[Symbol.dispose]();
    expect(resource.lease().instance).toBe(resource.current);
  });

  it('use() rejects with the error of the work, as in production', async () => {
    const work = (): never => {
      throw new Error('no work');
    };
    await expect(resource.use(work)).rejects.toThrow('no work');
  });

  it('replaces a hot resource in a module: nothing is built, at startup or by a change', async () => {
    const NAME = Symbol('NAME');
    const built: string[] = [];
    const name = hotResource({
      provide: NAME,
      from: ShopConfig,
      create: (shop) => {
        built.push(shop.name);
        return shop.name;
      },
    });
    @Injectable()
    class Sign {
      constructor(@InjectHotResource(NAME) readonly name: HotResource<string>) {}
    }
    const module = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ shop: { name: 'a' } }),
        HotConfigModule.forFeature([ShopConfig]),
      ],
      providers: [name, Sign],
    })
      .overrideProvider(NAME)
      .useValue(createHotResource('fake'))
      .setLogger(silent)
      .compile();
    await module.get(HotConfigTestStore).set(ShopConfig, { name: 'b' });
    expect(module.get(Sign).name.current).toBe('fake');
    expect(module.get(HotConfigService).resources()).toEqual([]);
    expect(built).toEqual([]);
    await module.close();
  });
});
