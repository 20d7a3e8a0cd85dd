import 'reflect-metadata';
import { jest } from '@jest/globals';
import { Injectable, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { IsInt } from 'class-validator';
import { register, Registry } from 'prom-client';
import {
  type BeforeHotConfigChange,
  EventFeed,
  HotConfigModule,
  HotConfigService,
  type HotResource,
  hotResource,
  OnHotConfigChange,
} from '../nest/index.js';
import { ShopConfig } from '../nest/nest.fixture.js';
import { HotConfigSchema } from '../schema/index.js';
import { HotConfigTestingModule, HotConfigTestStore, MemorySource } from '../testing/index.js';
import { HotConfigMetrics } from './hot-config.metrics.js';
import { HotConfigMetricsModule } from './index.js';

const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };
const CLIENT = Symbol('CLIENT');

@HotConfigSchema('late')
class WithDefaults {
  @IsInt()
  n = 1;
}

describe('HotConfigMetricsModule', () => {
  let registry: Registry;
  let module: TestingModule;
  let broken = false;

  @Injectable()
  class Follower implements BeforeHotConfigChange {
    @OnHotConfigChange('shop', { path: 'name' })
    follow(): void {
      if (broken) throw new Error('cannot follow');
    }

    beforeHotConfigChange(): void {
      return undefined;
    }
  }

  beforeEach(async () => {
    broken = false;
    registry = new Registry();
    module = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ shop: { name: 'a', apiKey: 'top-secret' } }),
        HotConfigModule.forFeature([ShopConfig]),
        HotConfigMetricsModule.forRoot({ registry }),
      ],
      providers: [
        Follower,
        hotResource({ provide: CLIENT, from: ShopConfig, select: ({ name }) => name, create: () => ({}) }),
      ],
    })
      .setLogger(silent)
      .compile();
    await module.init();
  });
  afterEach(() => module.close());

  const store = (): HotConfigTestStore => module.get(HotConfigTestStore);

  /** The samples of one metric: `{ 'key="shop"': 1 }`. */
  async function samples(name: string, from = registry): Promise<Record<string, number>> {
    const lines = (await from.getSingleMetricAsString(name)).split('\n');
    const found = lines
      .map((line) => /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line))
      .filter((match) => match !== null);
    return Object.fromEntries(
      found.map(([, metric = '', labels = '', value]) => [
        metric === name ? labels : `${metric.slice(name.length)} ${labels}`,
        Number(value),
      ]),
    );
  }

  /** The result of `read` when the clock is that many seconds later. */
  async function secondsLater<T>(seconds: number, read: () => Promise<T>): Promise<T> {
    jest.useFakeTimers({ advanceTimers: true, now: Date.now() + seconds * 1000 });
    try {
      return await read();
    } finally {
      jest.useRealTimers();
    }
  }

  const key = 'key="shop"';

  it('shows at each scrape the revision that is served now, and that no problem exists', async () => {
    const before = Date.now() / 1000;
    expect(await samples('hot_config_applied_revision')).toEqual({ [key]: 1 });
    await store().set('shop', { name: 'b' });
    expect(await samples('hot_config_applied_revision')).toEqual({ [key]: 2 });
    const { [key]: at } = await samples('hot_config_applied_timestamp_seconds');
    expect(at).toBeGreaterThanOrEqual(before);
    for (const name of ['behind_seconds', 'rejected', 'missing', 'failed_hooks', 'pending_restart']) {
      expect(await samples(`hot_config_${name}`)).toEqual({ [key]: 0 });
    }
    expect(await samples('hot_config_state')).toEqual({
      [`${key},state="live"`]: 1,
      [`${key},state="stale"`]: 0,
      [`${key},state="last-known-good"`]: 0,
      [`${key},state="defaults"`]: 0,
    });
  });

  it('counts changes without the first value, and measures the time from publishing to applying', async () => {
    expect(await samples('hot_config_changes_total')).toEqual({});
    await store().set('shop', { name: 'b' });
    await store().set('shop', { name: 'c' });
    expect(await samples('hot_config_changes_total')).toEqual({ [key]: 2 });
    expect(await samples('hot_config_publish_to_apply_seconds')).toMatchObject({
      [`_count ${key}`]: 2,
      [`_bucket le="+Inf",${key}`]: 2,
    });
  });

  it('counts rejections by stage, and shows the current rejection until a good document comes', async () => {
    await store().set('shop', { nmae: 'top-secret' });
    await store().setRaw('shop', 'name: [');
    expect(await samples('hot_config_rejections_total')).toEqual({
      [`${key},stage="validate"`]: 1,
      [`${key},stage="decode"`]: 1,
    });
    expect(await samples('hot_config_rejected')).toEqual({ [key]: 1 });
    const { [key]: behind = 0 } = await secondsLater(7, () => samples('hot_config_behind_seconds'));
    expect(behind).toBeGreaterThanOrEqual(7);
    await store().set('shop', { name: 'b' });
    expect(await samples('hot_config_rejected')).toEqual({ [key]: 0 });
    expect(await samples('hot_config_behind_seconds')).toEqual({ [key]: 0 });
    expect(await registry.metrics()).not.toContain('top-secret');
  });

  it('counts a rejection from before the metrics were created', async () => {
    const early = new Registry();
    const started = await Test.createTestingModule({
      imports: [
        HotConfigModule.forRoot({
          source: new MemorySource({ late: { n: 'x' } }),
          startup: { fallback: ['defaults'] },
        }),
        HotConfigModule.forFeature([WithDefaults]),
      ],
    })
      .setLogger(silent)
      .compile();
    await started.init();
    new HotConfigMetrics(
      started.get(HotConfigService),
      started.get(EventFeed),
      early,
    ).onApplicationBootstrap();
    expect(await samples('hot_config_rejections_total', early)).toEqual({
      'key="late",stage="validate"': 1,
    });
    expect(await samples('hot_config_state', early)).toMatchObject({ 'key="late",state="defaults"': 1 });
    await started.close();
  });

  it('measures the hooks that were called for a change, failed hooks too', async () => {
    const counts = async (): Promise<unknown> => {
      const all = Object.entries(await samples('hot_config_hook_duration_seconds'));
      return Object.fromEntries(all.filter(([name]) => name.startsWith('_count')));
    };
    const veto = `_count ${key},hook="Follower.beforeHotConfigChange"`;
    const follow = `_count ${key},hook="Follower.follow"`;
    await store().set('shop', { name: 'a', limits: { perMinute: 7 } });
    expect(await counts()).toEqual({ [veto]: 1 });
    broken = true;
    await store().set('shop', { name: 'b' });
    expect(await counts()).toEqual({ [veto]: 2, [follow]: 1 });
    expect(await samples('hot_config_failed_hooks')).toEqual({ [key]: 1 });
  });

  it('shows whether the store answers, how often its link was lost, and which documents are missing', async () => {
    expect(await samples('hot_config_source_up')).toEqual({ '': 1 });
    store().disconnect();
    store().disconnect();
    expect(await samples('hot_config_source_up')).toEqual({ '': 0 });
    await store().reconnect();
    expect(await samples('hot_config_source_up')).toEqual({ '': 1 });
    expect(await samples('hot_config_source_outages_total')).toEqual({ '': 1 });
    await store().remove('shop');
    expect(await samples('hot_config_missing')).toEqual({ [key]: 1 });
    const { [key]: age = 0 } = await secondsLater(9, () => samples('hot_config_unconfirmed_seconds'));
    expect(age).toBeGreaterThanOrEqual(9);
  });

  it('shows the leases of a hot resource, and replaced instances that wait for their leases to end', async () => {
    const client = module.get<HotResource<object>>(CLIENT);
    const resource = 'resource="CLIENT"';
    const lease = client.lease();
    expect(await samples('hot_config_resource_leases')).toEqual({ [resource]: 1 });
    await store().set('shop', { name: 'b' });
    expect(await samples('hot_config_resource_leases')).toEqual({ [resource]: 0 });
    expect(await samples('hot_config_resource_draining')).toEqual({ [resource]: 1 });
    lease.release();
  });

  it('uses the default registry when none is given, rejects a second application there, and leaves nothing behind', async () => {
    const build = (): Promise<TestingModule> =>
      Test.createTestingModule({
        imports: [HotConfigTestingModule.forRoot({}), HotConfigMetricsModule],
      })
        .setLogger(silent)
        .compile();
    const first = await (await build()).init();
    expect(register.getMetricsAsArray().map(({ name }) => name)).toContain('hot_config_state');
    const second = await build();
    await expect(second.init()).rejects.toThrow(/HotConfigMetricsModule\.forRoot\(\{ registry \}\)/);
    await second.close();
    expect(register.getMetricsAsArray()).not.toEqual([]);
    await first.close();
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('leaves nothing in the registry when the start fails', async () => {
    const failing = Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({}),
        HotConfigMetricsModule,
        HotConfigModule.forFeature([ShopConfig]),
      ],
    });
    await expect(failing.setLogger(silent).compile()).rejects.toThrow('No value for "shop"');
    expect(register.getMetricsAsArray()).toEqual([]);
  });
});
