import 'reflect-metadata';
import { Injectable, Module, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { HotConfigChange } from '../contract/index.js';
import {
  HotConfig,
  HotConfigModule,
  HotConfigRef,
  HotConfigService,
  type OnHotConfigChange,
} from '../nest/index.js';
import { ShopConfig } from '../nest/nest.fixture.js';
import {
  createHotConfigRef,
  HotConfigTestController,
  HotConfigTestingModule,
  MemorySource,
} from './index.js';

const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };

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

  /** As a real application has it, with a source of its own. */
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

  it('takes over the source of the application, whatever it is', () => {
    expect(module.get(Orders).shop.value.name).toBe('a');
  });

  it('set() resolves when the hooks have run, also when the application was never initialized', async () => {
    await module.get(HotConfigTestController).set('shop', { name: 'b' });
    expect(heard).toEqual(['b']);
  });

  it('setRaw() rejects what production would reject', async () => {
    await module.get(HotConfigTestController).setRaw('shop', 'not: [valid');
    expect(module.get(Orders).shop.status).toMatchObject({ rejection: { stage: 'decode' }, state: 'live' });
    expect(module.get(Orders).shop.value.name).toBe('a');
  });

  it('plays an outage: what is set while disconnected is applied on reconnect', async () => {
    const store = module.get(HotConfigTestController);
    store.disconnect();
    await store.set('shop', { name: 'b' });
    expect(module.get(Orders).shop.value.name).toBe('a');
    expect(module.get(Orders).shop.status.source.up).toBe(false);
    await store.reconnect();
    expect(module.get(Orders).shop.value.name).toBe('b');
    expect(heard).toEqual(['b']);
  });

  it('remove() keeps the value and says missing', async () => {
    await module.get(HotConfigTestController).remove(ShopConfig);
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

  it('set() rejects with what a hook or a subscriber threw', async () => {
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
});
