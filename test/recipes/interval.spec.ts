import { jest } from '@jest/globals';
import type { LoggerService } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { HotConfigModule } from 'nestjs-hot-config';
import { HotConfigTestingModule, HotConfigTestStore } from 'nestjs-hot-config/testing';
import { Heartbeat } from '../../apps/service3/src/heartbeat.js';
import { Service3Config } from '../../apps/service3/src/service3.config.js';
import { silent } from './recipe.fixture.js';

describe('the interval recipe', () => {
  let module: TestingModule;
  let beats: string[];

  const database = { host: 'postgres://user3:password3@localhost/database3' };
  const set = (document: object): Promise<void> =>
    module.get(HotConfigTestStore).set(Service3Config, { database, ...document });
  const beatsWithin = async (seconds: number): Promise<readonly string[]> => {
    const from = beats.length;
    await jest.advanceTimersByTimeAsync(seconds * 1_000);
    return beats.slice(from);
  };

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    beats = [];
    const log: LoggerService['log'] = (message, context) => {
      if (context === 'Heartbeat') beats.push(String(message));
    };
    module = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ service3: { database } }),
        HotConfigModule.forFeature([Service3Config]),
        ScheduleModule.forRoot(),
      ],
      providers: [Heartbeat],
    })
      .setLogger({ ...silent, log })
      .compile();
    await module.init();
  });
  afterEach(async () => {
    await module.close();
    jest.useRealTimers();
  });

  it('runs at the default of the config, and after a change at the new interval only', async () => {
    expect(await beatsWithin(60)).toEqual(['alive, at revision 1', 'alive, at revision 1']);
    await set({ schedule: { every_seconds: 7 } });
    expect(await beatsWithin(6)).toEqual([]);
    expect(await beatsWithin(30)).toHaveLength(5);
    await set({ schedule: { every_seconds: 60 } });
    expect(await beatsWithin(61)).toEqual(['alive, at revision 3']);
  });

  it('does not start again when another part of the config changes', async () => {
    await beatsWithin(29);
    await set({ logging: { level: 'WARN' } });
    expect(await beatsWithin(1)).toHaveLength(1);
  });

  it('ends when the application closes', async () => {
    await module.close();
    expect(await beatsWithin(60)).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
