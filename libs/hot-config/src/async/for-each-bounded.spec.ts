import { expect, test } from '@jest/globals';
import { forEachBounded } from './for-each-bounded.js';

test('fault: 500 files at once: every item is worked on, and never more items at a time than allowed', async () => {
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

test('no other item is begun after an item has failed, and the error is thrown', async () => {
  const begun: number[] = [];
  const work = (item: number): Promise<void> => {
    begun.push(item);
    return item === 1 ? Promise.reject(new Error('item 1')) : Promise.resolve();
  };
  await expect(forEachBounded([0, 1, 2, 3, 4, 5], 2, work)).rejects.toThrow('item 1');
  const beforeFailure = [...begun];
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual(beforeFailure);
  expect(begun.length).toBeLessThan(6);
});
