import 'reflect-metadata';
import { Injectable, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { HotConfigModule, OnConfigChange } from '../nest/index.js';
import { ShopConfig } from '../nest/nest.fixture.js';
import { HotConfigTestController, HotConfigTestingModule } from '../testing/index.js';
import { HotConfigHealthIndicator, HotConfigHealthModule } from './index.js';

const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };

describe('HotConfigHealthIndicator', () => {
  let module: TestingModule;
  let broken = false;

  @Injectable()
  class Follower {
    @OnConfigChange('shop')
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
  const store = (): HotConfigTestController => module.get(HotConfigTestController);

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

  it('is degraded while the newest document is refused, with the reason, and up again after', async () => {
    await store().set('shop', { nmae: 'top-secret' });
    expect(health()).toMatchObject({ config: { status: 'degraded', keys: { shop: { state: 'live' } } } });
    expect(JSON.stringify(health())).toContain('did you mean');
    expect(JSON.stringify(health())).not.toContain('top-secret');
    await store().set('shop', { name: 'b' });
    expect(health()).toMatchObject({ config: { status: 'up' } });
  });

  it('is degraded while a document is missing', async () => {
    await store().remove('shop');
    expect(health()).toMatchObject({ config: { status: 'degraded', keys: { shop: { state: 'stale' } } } });
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
