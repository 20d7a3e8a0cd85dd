import 'reflect-metadata';
import { Injectable, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { HotConfigModule, OnHotConfigChange } from '../nest/index.js';
import { ShopConfig } from '../nest/nest.fixture.js';
import { HotConfigTestingModule, HotConfigTestStore, MemorySource } from '../testing/index.js';
import { HotConfigHealthIndicator, HotConfigHealthModule, type HotConfigKeyHealth } from './index.js';

const warned: unknown[] = [];
const silent: LoggerService = {
  log: () => undefined,
  warn: (message) => warned.push(message),
  error: () => undefined,
};

describe('HotConfigHealthIndicator', () => {
  let module: TestingModule;
  let broken = false;

  @Injectable()
  class Follower {
    @OnHotConfigChange('shop')
    follow(): void {
      if (broken) throw new Error('cannot follow');
    }
  }

  beforeEach(async () => {
    broken = false;
    module = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ shop: { name: 'a', apiKey: 'top-secret' } }),
        HotConfigModule.forFeature([ShopConfig]),
        HotConfigHealthModule,
      ],
      providers: [Follower],
    })
      .setLogger(silent)
      .compile();
  });
  afterEach(() => module.close());

  const health = (): object => module.get(HotConfigHealthIndicator).check('config');
  const store = (): HotConfigTestStore => module.get(HotConfigTestStore);

  it('is up while every key is live', () => {
    expect(health()).toMatchObject({
      config: {
        status: 'up',
        condition: 'live',
        source: { name: 'memory', up: true },
        keys: { shop: { state: 'live', revision: 1 } },
      },
    });
  });

  it('is degraded while the newest document is rejected, with the reason, and up again afterwards', async () => {
    await store().set('shop', { nmae: 'top-secret' });
    expect(health()).toMatchObject({ config: { status: 'degraded', keys: { shop: { state: 'live' } } } });
    expect(JSON.stringify(health())).toContain('did you mean');
    expect(JSON.stringify(health())).not.toContain('top-secret');
    await store().set('shop', { name: 'b' });
    expect(health()).toMatchObject({ config: { status: 'up' } });
  });

  it('is degraded while a document is missing, also when it was rejected before', async () => {
    await store().set('shop', { nmae: 'b' });
    await store().remove('shop');
    expect(health()).toMatchObject({
      config: {
        status: 'degraded',
        keys: { shop: { state: 'stale', problem: expect.stringMatching(/^missing since/) as string } },
      },
    });
  });

  it('shows how far the value is behind: the newer revision and since when, or for how long the value is unconfirmed', async () => {
    const key = (): HotConfigKeyHealth =>
      (health() as { config: { keys: { shop: HotConfigKeyHealth } } }).config.keys.shop;
    expect(key()).not.toHaveProperty('behind');
    expect(key()).not.toHaveProperty('unconfirmedMs');
    await store().set('shop', { nmae: 'b' });
    expect(key()).toMatchObject({ state: 'live', revision: 1, behind: { revision: 2 } });
    expect(Date.parse(key().behind?.since ?? '')).not.toBeNaN();
    await store().remove('shop');
    const { state, unconfirmedMs, confirmedAt = '' } = key();
    expect(state).toBe('stale');
    expect(unconfirmedMs).toBeGreaterThanOrEqual(0);
    expect(unconfirmedMs).toBeLessThanOrEqual(Date.now() - Date.parse(confirmedAt));
  });

  it('stays up on a source with limits, and shows the limits, also in the log', async () => {
    const note = 'Changes of "shop" come late.';
    const source = Object.assign(new MemorySource({ shop: { name: 'a' } }), { notes: () => [note] });
    const limited = await Test.createTestingModule({
      imports: [
        HotConfigModule.forRoot({ source }),
        HotConfigModule.forFeature([ShopConfig]),
        HotConfigHealthModule,
      ],
    })
      .setLogger(silent)
      .compile();
    expect(limited.get(HotConfigHealthIndicator).check('config')).toMatchObject({
      config: { status: 'up', source: { up: true, notes: [note] } },
    });
    expect(warned.filter((message) => message === note)).toHaveLength(1);
    expect(JSON.stringify(health())).not.toContain('notes');
    await limited.close();
  });

  it('is degraded while the served value cannot be saved for the next start', async () => {
    const saving = Test.createTestingModule({
      imports: [
        HotConfigModule.forRoot({
          source: new MemorySource({ shop: { name: 'a' } }),
          lastKnownGood: {
            name: 'vault',
            load: () => Promise.resolve(undefined),
            save: () => Promise.reject(new Error('sealed')),
          },
        }),
        HotConfigModule.forFeature([ShopConfig]),
        HotConfigHealthModule,
      ],
    });
    const unsaved = await saving.setLogger(silent).compile();
    expect(unsaved.get(HotConfigHealthIndicator).check('config')).toMatchObject({
      config: {
        status: 'degraded',
        keys: {
          shop: {
            state: 'live',
            problem: expect.stringContaining('"shop" could not be saved to vault') as string,
          },
        },
      },
    });
    await unsaved.close();
  });

  it('is degraded while a hook fails on the newest value', async () => {
    broken = true;
    await store().set('shop', { name: 'b' });
    expect(JSON.stringify(health())).toContain('Follower.follow failed: cannot follow');
    broken = false;
    await store().set('shop', { name: 'c' });
    expect(health()).toMatchObject({ config: { status: 'up' } });
  });
});
