import { jest } from '@jest/globals';
import { type LoggingSettings, ServiceLogger } from './service-logger.js';

describe('the logger of a service', () => {
  const { isTTY } = process.stdout;
  const { NO_COLOR, FORCE_COLOR } = process.env;
  let written: string[];

  beforeEach(() => {
    written = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    setEnvironment({});
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.stdout.isTTY = isTTY;
    setEnvironment({ NO_COLOR, FORCE_COLOR });
  });

  function setEnvironment(colours: {
    NO_COLOR?: string | undefined;
    FORCE_COLOR?: string | undefined;
  }): void {
    for (const name of ['NO_COLOR', 'FORCE_COLOR'] as const) {
      const value = colours[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }

  function logger(settings: Partial<LoggingSettings> = {}): ServiceLogger {
    const made = new ServiceLogger();
    made.follow({ level: 'INFO', format: 'text', ...settings });
    return made;
  }

  // `isTTY` of a pipe or a file.
  const pipe = undefined as unknown as boolean;

  it.each([
    ['a terminal', true, {}, true],
    ['a pipe, as under Docker', pipe, {}, false],
    ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
    ['a pipe with an empty FORCE_COLOR', pipe, { FORCE_COLOR: '' }, false],
    ['a terminal with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
  ])('colours its lines by the usual rules: %s', (_, tty, environment, coloured) => {
    setEnvironment(environment);
    process.stdout.isTTY = tty;
    logger().log('text', 'Shop');
    expect(written.join('')).toContain('text');
    expect(written.join('').includes('\u001B[')).toBe(coloured);
  });

  it('follows level and format while the process runs', () => {
    const log = logger();
    log.debug('hidden', 'Shop');
    log.follow({ level: 'DEBUG', format: 'json' });
    log.debug('shown', 'Shop');
    log.follow({ level: 'ERROR', format: 'json' });
    log.warn('hidden', 'Shop');
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ level: 'debug', message: 'shown', context: 'Shop' }),
    ]);
  });

  it.each(['HotConfig', 'Application'])('always logs the lines of %s, at any level', (context) => {
    const log = logger({ level: 'ERROR' });
    log.log('applied', context);
    log.warn('rejected', context);
    log.log('hidden', 'Shop');
    expect(written.join('')).toMatch(/applied[^]*rejected/);
    expect(written.join('')).not.toContain('hidden');
  });
});
