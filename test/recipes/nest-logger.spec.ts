import { jest } from '@jest/globals';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { HotConfigModule } from 'nestjs-hot-config';
import { HotConfigTestingModule, HotConfigTestStore } from 'nestjs-hot-config/testing';
import { LoggingFollower } from './nest-logger.js';
import { type LoggingConfig, ShopConfig } from './shop.config.js';

describe('the Nest logger recipe', () => {
  let module: TestingModule;
  let written: string[];

  beforeEach(async () => {
    written = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    module = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ shop: { logging: { level: 'warn', format: 'json' } } }),
        HotConfigModule.forFeature([ShopConfig]),
      ],
      providers: [LoggingFollower],
    }).compile();
  });
  afterEach(async () => {
    await module.close();
    jest.restoreAllMocks();
    Logger.overrideLogger(new ConsoleLogger());
  });

  const set = (logging: Partial<LoggingConfig>): Promise<void> =>
    module.get(HotConfigTestStore).set(ShopConfig, { logging });
  const writtenBy = (work: () => void): readonly string[] => {
    const from = written.length;
    work();
    return written.slice(from);
  };
  /** Created before any change, as the loggers of an application are. */
  const logger = new Logger('Shop');
  const speak = (): void => {
    logger.debug('by debug');
    logger.log('by log');
    logger.warn('by warn');
  };

  it('starts at the level and in the format of the config', () => {
    expect(writtenBy(speak).map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ level: 'warn', context: 'Shop', message: 'by warn' }),
    ]);
  });

  it('changes the level and the format also for loggers that were created before the change', async () => {
    await set({ level: 'debug', format: 'text' });
    const lines = writtenBy(speak);
    expect(lines.map((line) => /by \w+/.exec(line)?.[0])).toEqual(['by debug', 'by log', 'by warn']);
    expect(() => JSON.parse(lines[0] as string) as unknown).toThrow();
    await set({ level: 'error', format: 'text' });
    expect(writtenBy(speak)).toEqual([]);
    expect(Logger.isLevelEnabled('warn')).toBe(false);
  });
});
