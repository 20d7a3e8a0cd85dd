import { jest } from '@jest/globals';
import { Retries } from './retries.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** Milliseconds until the key is tried again. */
function pauseOf(retries: Retries, tried: string[]): number {
  const before = tried.length;
  const start = Date.now();
  retries.add('a');
  while (tried.length === before) jest.advanceTimersByTime(1);
  return Date.now() - start;
}

describe('fault: NATS down at start, or for an hour: a key without an answer', () => {
  it('is tried again after pauses that double up to half a minute', () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const tried: string[] = [];
    const retries = new Retries((key) => tried.push(key));
    const pauses = Array.from({ length: 9 }, () => pauseOf(retries, tried));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is tried again after a pause with jitter, at least half of the full pause, so that there is no hot loop', () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const tried: string[] = [];
    expect(pauseOf(new Retries((key) => tried.push(key)), tried)).toBe(250);
  });

  it('is tried again once, however often a retry is requested meanwhile', () => {
    const tried: string[] = [];
    const retries = new Retries((key) => tried.push(key));
    for (let i = 0; i < 5; i += 1) retries.add('a');
    jest.advanceTimersByTime(60_000);
    expect(tried).toEqual(['a']);
  });

  it('is not tried again after an answer, and the next failure begins with the short pause', () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const tried: string[] = [];
    const retries = new Retries((key) => tried.push(key));
    for (let i = 0; i < 4; i += 1) pauseOf(retries, tried);
    retries.add('a');
    retries.forget('a');
    jest.advanceTimersByTime(60_000);
    expect(tried).toHaveLength(4);
    expect(pauseOf(retries, tried)).toBe(500);
  });

  it('is not tried again after a stop', () => {
    const retries = new Retries(() => {
      throw new Error('tried after the stop');
    });
    retries.add('a');
    retries.stop();
    retries.add('b');
    jest.advanceTimersByTime(60_000);
    expect(jest.getTimerCount()).toBe(0);
  });
});
