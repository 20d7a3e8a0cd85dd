import { jest } from '@jest/globals';

/** Milliseconds of every pause that has begun. */
const paused: (number | undefined)[] = [];
const timers = await import('node:timers/promises');
jest.unstable_mockModule('node:timers/promises', () => ({
  setTimeout: (...[ms, ...others]: Parameters<typeof timers.setTimeout>) => {
    paused.push(ms);
    return timers.setTimeout(ms, ...others);
  },
}));
const { BackOff, pause } = await import('./back-off.js');

afterEach(() => {
  jest.restoreAllMocks();
  paused.length = 0;
});

it('a pause ends at once and without an error when it is aborted', async () => {
  const stopping = new AbortController();
  const paused = pause(60_000, stopping.signal);
  stopping.abort();
  await paused;
  await new BackOff(60_000, 60_000).pause(stopping.signal);
});

describe('the pauses between attempts that fail', () => {
  /** The lengths of that many pauses in a row. They end at once, because the signal is aborted already. */
  async function pausesOf(backOff: InstanceType<typeof BackOff>, times: number): Promise<unknown[]> {
    paused.length = 0;
    for (let time = 0; time < times; time++) await backOff.pause(AbortSignal.abort());
    return [...paused];
  }

  it('double up to a ceiling, and are short again after a reset', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const backOff = new BackOff(100, 5_000);
    const pauses = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000];
    expect(await pausesOf(backOff, pauses.length)).toEqual(pauses);
    // The ceiling holds however often the attempts fail.
    expect(new Set(await pausesOf(backOff, 2_000))).toEqual(new Set([5_000]));
    backOff.reset();
    expect(await pausesOf(backOff, 2)).toEqual([100, 200]);
  });

  it('can have a lower ceiling during the first minute, which starts again after a reset', () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const clock = jest.spyOn(performance, 'now').mockReturnValue(7_000);
    const backOff = new BackOff(250, 5_000, 1_000);
    const next = (times: number): number[] => Array.from({ length: times }, () => backOff.next());
    expect(next(5)).toEqual([250, 500, 1_000, 1_000, 1_000]);
    clock.mockReturnValue(66_999);
    expect(next(1)).toEqual([1_000]);
    clock.mockReturnValue(67_000);
    expect(next(2)).toEqual([5_000, 5_000]);
    backOff.reset();
    expect(next(3)).toEqual([250, 500, 1_000]);
  });

  it('are at least half of their full length, whatever the jitter, so that there is no hot loop', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    expect(await pausesOf(new BackOff(100, 5_000), 8)).toEqual([50, 100, 200, 400, 800, 1_600, 2_500, 2_500]);
  });

  it('have jitter over the upper half of their length, so that many processes do not return at the same time', async () => {
    const random = jest.spyOn(Math, 'random');
    for (const [value, ms] of [
      [0.25, 625],
      [0.5, 750],
      [0.75, 875],
    ] as const) {
      random.mockReturnValue(value);
      expect(await pausesOf(new BackOff(1_000, 5_000), 1)).toEqual([ms]);
    }
  });
});
