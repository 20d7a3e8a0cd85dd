import { jest } from '@jest/globals';
import { UnresponsiveTimer } from './unresponsive-timer.js';

afterEach(() => void jest.restoreAllMocks());

it('a server that answers nothing is left after 10 s, and each next server after twice as long, until a server answers', () => {
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
