import { jest } from '@jest/globals';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { HotConfigModule, HotConfigService } from 'nestjs-hot-config';
import { HotConfigTestingModule, HotConfigTestStore } from 'nestjs-hot-config/testing';
import { ReportSchedule } from './cron.js';
import { silent } from './recipe.fixture.js';
import { Report } from './report.js';
import { ShopConfig } from './shop.config.js';

describe('the cron recipe', () => {
  let module: TestingModule;

  beforeEach(async () => {
    jest.useFakeTimers({ now: new Date(2030, 0, 1, 0, 0, 0), doNotFake: ['nextTick', 'queueMicrotask'] });
    module = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ shop: { report: { schedule: '0 * * * * *' } } }),
        HotConfigModule.forFeature([ShopConfig]),
        ScheduleModule.forRoot(),
      ],
      providers: [Report, ReportSchedule],
    })
      .setLogger(silent)
      .compile();
    await module.init();
  });
  afterEach(async () => {
    await module.close();
    jest.useRealTimers();
  });

  const set = (schedule: string): Promise<void> =>
    module.get(HotConfigTestStore).set(ShopConfig, { report: { schedule } });
  const reportsWithin = async (minutes: number): Promise<readonly string[]> => {
    const { sentAt } = module.get(Report);
    const from = sentAt.length;
    await jest.advanceTimersByTimeAsync(minutes * 60_000);
    return sentAt.slice(from).map((at) => at.toTimeString().slice(0, 8));
  };

  it('runs by the expression of the config, and after a change by the new expression only', async () => {
    expect(await reportsWithin(3)).toEqual(['00:01:00', '00:02:00', '00:03:00']);
    await set('30 */2 * * * *');
    expect(await reportsWithin(5)).toEqual(['00:04:30', '00:06:30']);
  });

  it('keeps its schedule when another part of the config changes', async () => {
    const job = module.get(SchedulerRegistry).getCronJob('report');
    await module
      .get(HotConfigTestStore)
      .set(ShopConfig, { report: { schedule: '0 * * * * *' }, logging: { level: 'warn' } });
    expect(module.get(SchedulerRegistry).getCronJob('report')).toBe(job);
  });

  it('rejects a text that is no cron expression, and stays on its schedule', async () => {
    await set('61 * * * * *');
    const { rejection } = module.get(HotConfigService).status(ShopConfig);
    expect(rejection?.error.message).toMatch(/report\.schedule: .*must be a cron expression/);
    expect(await reportsWithin(2)).toEqual(['00:01:00', '00:02:00']);
  });

  it('ends when the application closes', async () => {
    await module.close();
    expect(await reportsWithin(2)).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
