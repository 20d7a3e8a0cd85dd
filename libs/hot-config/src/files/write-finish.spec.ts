import { describe, expect, test } from '@jest/globals';
import { finishAfterWrite, suspectedPartialMs } from './write-finish.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('the quiet time', () => {
  test('after a single write is the option quietMs', () => {
    expect(finishAfterWrite(1_000, 40, undefined, 0).until).toBe(1_040);
  });

  test('starts again with every write of a save, and covers three times the longest pause of that save', () => {
    const first = finishAfterWrite(1_000, 40, undefined, 0);
    const second = finishAfterWrite(1_030, 40, first, 0);
    const third = finishAfterWrite(1_031, 40, second, 0);
    expect([second.until, third.until]).toEqual([1_030 + 90, 1_031 + 90]);
  });

  test('never grows over two seconds, unless quietMs is longer', () => {
    const slow = finishAfterWrite(3_000, 40, finishAfterWrite(1_000, 40, undefined, 0), 0);
    expect(slow.until).toBe(3_000 + 2_000);
    expect(finishAfterWrite(1_000, 5_000, undefined, 0).until).toBe(6_000);
  });

  test('is quietMs again for writes that go on for more than five seconds, because they may be one save after the other', () => {
    const paused = finishAfterWrite(1_500, 40, finishAfterWrite(1_000, 40, undefined, 0), 0);
    const fiveSecondsOn = finishAfterWrite(6_000, 40, paused, 0);
    expect(fiveSecondsOn.until).toBe(6_000 + 2_000);
    expect(finishAfterWrite(6_100, 40, fiveSecondsOn, 0).until).toBe(6_100 + 40);
    expect(finishAfterWrite(6_100, 40, fiveSecondsOn, 400).until).toBe(6_100 + 400);
  });

  test('of one suspected content is not applied to the next content', () => {
    const truncated = finishAfterWrite(1_000, 40, undefined, 2_000);
    expect(truncated.until).toBe(3_000);
    expect(finishAfterWrite(1_001, 40, truncated, 0).until).toBe(1_041);
  });
});

describe('the extra wait for content that may be cut off', () => {
  const before = bytes('host: a\npool: 100\n');

  test.each([
    ['an empty file', '', 2_000],
    ['the beginning of the old content', 'host: a\npool: 10', 400],
    ['other content without the last line end of the old content', 'host: b\npool: 10', 400],
    ['shorter content with fewer lines and another last line', 'host: b\n', 400],
    ['shorter content with as many lines', 'host: b\npool: 10\n', 0],
    ['shorter content with the last line of the old content', 'host:\npool: 100\n', 0],
    ['other content that is no shorter', 'host: b\npool: 101\n', 0],
    ['the old content with another line', 'host: a\npool: 100\nmore: 1\n', 0],
  ])('depends on the content: %s', (_what, text, expected) => {
    expect(suspectedPartialMs(bytes(text), before, 40)).toBe(expected);
  });

  test('is zero for a missing line end in a file that never ended with a line end', () => {
    expect(suspectedPartialMs(bytes('{"b":2}'), bytes('{"a":1}'), 40)).toBe(0);
  });

  test('is not zero for shorter content without a last line end, whatever its lines, because its last word may be cut off', () => {
    expect(suspectedPartialMs(bytes('a: 1\nb: 2'), bytes('a: 1\nb: 10'), 40)).toBe(400);
    expect(suspectedPartialMs(bytes('a: 2\n'), bytes('a: 1\nb: 10'), 40)).toBe(400);
  });

  test('is not zero for a new file whose last line has no end', () => {
    expect(suspectedPartialMs(bytes('pool: 10'), undefined, 40)).toBe(400);
    expect(suspectedPartialMs(bytes('pool: 10\n'), undefined, 40)).toBe(0);
  });
});
