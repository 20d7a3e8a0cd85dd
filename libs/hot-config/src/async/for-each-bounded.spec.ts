import { expect, test } from '@jest/globals';
import { forEachBounded } from './for-each-bounded.js';

test('fault: 500 files at once: all are worked on, as many at once as allowed and never more', async () => {
  const done: number[] = [];
  const waiting: (() => void)[] = [];
  let most = 0;
  const work = async (item: number): Promise<void> => {
    const turn = new Promise<void>((resolve) => waiting.push(resolve));
    most = Math.max(most, waiting.length);
    await turn;
    done.push(item);
  };
  const items = Array.from({ length: 500 }, (_, index) => index);
  const all = forEachBounded(items, 16, work);
  for (; done.length < items.length; await Promise.resolve()) waiting.shift()?.();
  await all;
  expect(most).toBe(16);
  expect(done).toEqual(items);
});
