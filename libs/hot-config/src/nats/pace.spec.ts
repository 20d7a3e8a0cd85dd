import { jest } from '@jest/globals';
import { OutagePace, UnresponsiveTimer } from './pace.js';

afterEach(() => void jest.restoreAllMocks());

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

it('a server that does not answer is given up after a while, longer each time, until one answers', () => {
  const clock = jest.spyOn(performance, 'now');
  const timer = new UnresponsiveTimer(10_000, 30_000);
  const unansweredAt = (ms: number): boolean => {
    clock.mockReturnValue(1_000 + ms);
    return timer.unanswered() !== undefined;
  };
  expect([0, 9_999, 10_000].map(unansweredAt)).toEqual([false, false, true]);
  expect([20_000, 39_999, 40_000].map(unansweredAt)).toEqual([false, false, true]);
  expect([50_000, 79_999, 80_000].map(unansweredAt)).toEqual([false, false, true]);
  expect(unansweredAt(85_000)).toBe(false);
  timer.restart();
  expect([90_000, 119_999, 120_000].map(unansweredAt)).toEqual([false, false, true]);
  timer.answered();
  expect([130_000, 139_999, 140_000].map(unansweredAt)).toEqual([false, false, true]);
});
