import { jest } from '@jest/globals';
import { BackOff, OutagePace, Patience, pause, unlessAborted } from './pause.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it('a pause ends at once and without an error when it is aborted', async () => {
  const stopping = new AbortController();
  const paused = pause(60_000, stopping.signal);
  stopping.abort();
  await paused;
  await new BackOff(60_000, 60_000).pause(stopping.signal);
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
