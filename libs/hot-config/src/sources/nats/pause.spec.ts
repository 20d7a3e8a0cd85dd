import { jest } from '@jest/globals';

/** Milliseconds of every pause that was begun. */
const paused: (number | undefined)[] = [];
const timers = await import('node:timers/promises');
jest.unstable_mockModule('node:timers/promises', () => ({
  setTimeout: (...[ms, ...others]: Parameters<typeof timers.setTimeout>) => {
    paused.push(ms);
    return timers.setTimeout(ms, ...others);
  },
}));
const { BackOff, OutagePace, Patience, pause, unlessAborted } = await import('./pause.js');

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
  /** Of so many in a row. Nobody waits for them: the signal is aborted already. */
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
    // However long it lasts.
    expect(new Set(await pausesOf(backOff, 2_000))).toEqual(new Set([5_000]));
    backOff.reset();
    expect(await pausesOf(backOff, 2)).toEqual([100, 200]);
  });

  it('are a tenth of that at least, whatever the jitter, so that there is no hot loop', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    expect(await pausesOf(new BackOff(100, 5_000), 8)).toEqual([10, 20, 40, 80, 160, 320, 500, 500]);
  });

  it('have jitter over all that is between, so that a fleet does not return in step', async () => {
    const random = jest.spyOn(Math, 'random');
    for (const [value, ms] of [
      [0.25, 325],
      [0.5, 550],
      [0.75, 775],
    ] as const) {
      random.mockReturnValue(value);
      expect(await pausesOf(new BackOff(1_000, 5_000), 1)).toEqual([ms]);
    }
  });
});

it('what waits for a promise is rejected with the reason of the abort, and hears no more of the promise', async () => {
  const stopping = new AbortController();
  let fail: (error: Error) => void = () => undefined;
  const waiting = unlessAborted(new Promise((_, reject) => (fail = reject)), stopping.signal);
  stopping.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  fail(new Error('late'));
  await expect(unlessAborted(Promise.resolve(1), stopping.signal)).rejects.toThrow('stopped');
});

it('the longer an outage lasts, the longer the pauses, up to a bound; the next outage begins with short ones', () => {
  const clock = jest.spyOn(performance, 'now');
  const pace = new OutagePace(250, 5_000);
  const pausesAfter = (ms: number): number[] => {
    clock.mockReturnValue(1_000 + ms);
    return Array.from({ length: 100 }, () => pace.next());
  };
  const within = (pauses: number[], ceiling: number): void => {
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(ceiling / 2);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(ceiling);
    // With jitter: a fleet that lost its server at one instant must not come back at one.
    expect(new Set(pauses).size).toBeGreaterThan(90);
  };
  within(pausesAfter(0), 250);
  within(pausesAfter(4_000), 2_000);
  within(pausesAfter(3_600_000), 5_000);
  pace.over();
  within(pausesAfter(3_600_000), 250);
});

it('a server without answers is borne with for a while, longer each time, until something is answered', () => {
  const clock = jest.spyOn(performance, 'now');
  const patience = new Patience(10_000, 30_000);
  const unansweredAt = (ms: number): boolean => {
    clock.mockReturnValue(1_000 + ms);
    return patience.unanswered() !== undefined;
  };
  expect([0, 9_999, 10_000].map(unansweredAt)).toEqual([false, false, true]);
  expect([20_000, 39_999, 40_000].map(unansweredAt)).toEqual([false, false, true]);
  expect([50_000, 79_999, 80_000].map(unansweredAt)).toEqual([false, false, true]);
  expect(unansweredAt(85_000)).toBe(false);
  patience.restart();
  expect([90_000, 119_999, 120_000].map(unansweredAt)).toEqual([false, false, true]);
  patience.answered();
  expect([130_000, 139_999, 140_000].map(unansweredAt)).toEqual([false, false, true]);
});
