import { describe, expect, test } from '@jest/globals';
import { finishAfterWrite, suspectedPartialMs } from './write-finish.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('the quiet time', () => {
  test('of a single write is the option quietMs', () => {
    expect(finishAfterWrite(1_000, 40, undefined, 0).until).toBe(1_040);
  });

  test('starts again with every write of a save, and covers three times its longest pause', () => {
    const first = finishAfterWrite(1_000, 40, undefined, 0);
    const second = finishAfterWrite(1_030, 40, first, 0);
    const third = finishAfterWrite(1_031, 40, second, 0);
    expect([second.until, third.until]).toEqual([1_030 + 90, 1_031 + 90]);
  });

  test('never grows over two seconds, unless more was asked for', () => {
    const slow = finishAfterWrite(3_000, 40, finishAfterWrite(1_000, 40, undefined, 0), 0);
    expect(slow.until).toBe(3_000 + 2_000);
    expect(finishAfterWrite(1_000, 5_000, undefined, 0).until).toBe(6_000);
  });

  test('of a save that goes on for more than five seconds is quietMs again, for it may be one save after the other', () => {
    const paused = finishAfterWrite(1_500, 40, finishAfterWrite(1_000, 40, undefined, 0), 0);
    const fiveSecondsOn = finishAfterWrite(6_000, 40, paused, 0);
    expect(fiveSecondsOn.until).toBe(6_000 + 2_000);
    expect(finishAfterWrite(6_100, 40, fiveSecondsOn, 0).until).toBe(6_100 + 40);
    expect(finishAfterWrite(6_100, 40, fiveSecondsOn, 400).until).toBe(6_100 + 400);
  });

  test('of one suspected content does not slow down the content that follows', () => {
    const truncated = finishAfterWrite(1_000, 40, undefined, 2_000);
    expect(truncated.until).toBe(3_000);
    expect(finishAfterWrite(1_001, 40, truncated, 0).until).toBe(1_041);
  });
});

describe('content that looks cut off', () => {
  const before = bytes('host: a\npool: 100\n');

  test.each([
    ['an empty file', '', 2_000],
    ['the beginning of what was there', 'host: a\npool: 10', 400],
    ['other content without the line end that was there', 'host: b\npool: 10', 400],
    ['shorter content with fewer lines and another last line', 'host: b\n', 400],
    ['shorter content with as many lines', 'host: b\npool: 10\n', 0],
    ['shorter content with the last line that was there', 'host:\npool: 100\n', 0],
    ['other content that is no shorter', 'host: b\npool: 101\n', 0],
    ['more than was there', 'host: a\npool: 100\nmore: 1\n', 0],
  ])('%s is waited for as long as it deserves', (_what, text, expected) => {
    expect(suspectedPartialMs(bytes(text), before, 40)).toBe(expected);
  });

  test('a file that never ended with a line end is not suspected for having none', () => {
    expect(suspectedPartialMs(bytes('{"b":2}'), bytes('{"a":1}'), 40)).toBe(0);
  });

  test('shorter content without a last line end is suspected, whatever its lines, for its last word may be cut', () => {
    expect(suspectedPartialMs(bytes('a: 1\nb: 2'), bytes('a: 1\nb: 10'), 40)).toBe(400);
    expect(suspectedPartialMs(bytes('a: 2\n'), bytes('a: 1\nb: 10'), 40)).toBe(400);
  });

  test('a file of which nothing is known yet is suspected when its last line has no end', () => {
    expect(suspectedPartialMs(bytes('pool: 10'), undefined, 40)).toBe(400);
    expect(suspectedPartialMs(bytes('pool: 10\n'), undefined, 40)).toBe(0);
  });
});
