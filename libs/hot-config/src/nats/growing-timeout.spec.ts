import { GrowingTimeout } from './growing-timeout.js';

it('a timeout doubles after each attempt without an answer, up to its bound', () => {
  const timeout = new GrowingTimeout(2_000, 10_000);
  const tries = Array.from({ length: 5 }, () => {
    const { ms } = timeout;
    timeout.timedOut(ms);
    return ms;
  });
  expect(tries).toEqual([2_000, 4_000, 8_000, 10_000, 10_000]);
});

it('a timeout that has grown stays long while answers are slow, and is short again after a quick answer', () => {
  const timeout = new GrowingTimeout(2_000, 10_000);
  timeout.timedOut(2_000);
  timeout.answeredAfter(3_000);
  expect(timeout.ms).toBe(4_000);
  timeout.answeredAfter(1_999);
  expect(timeout.ms).toBe(2_000);
});

it('a timeout doubles once for several tries that time out together', () => {
  const timeout = new GrowingTimeout(2_000, 10_000);
  const used = timeout.ms;
  for (let key = 0; key < 3; key++) timeout.timedOut(used);
  expect(timeout.ms).toBe(4_000);
});
