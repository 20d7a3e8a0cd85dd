import { sameBytes } from './reading.js';

const lineEnd = 0x0a;

/** Milliseconds. A longer pause ends the save, whatever comes after it. */
const longestPaceMs = 2_000;

/**
 * Milliseconds. What goes on for longer gets the plain quiet time, whatever its pauses: it is rather one save after the other
 * than one save, and would not be published as long as they come.
 */
const longestSaveMs = 5_000;

/** Milliseconds of quiet after which any content is taken. */
export function longestQuietMs(quietMs: number): number {
  return Math.max(quietMs, longestPaceMs);
}

/** How long a file must stay as it is. */
export interface Quiet {
  /** When the first write of this save was seen. By the monotonic clock, as all times here. */
  readonly began: number;
  /** When the last one was. */
  readonly since: number;
  /** What the pauses of this save ask for. */
  readonly paceMs: number;
  readonly until: number;
}

/**
 * Starts the quiet time, again if `previous` was still running: then this is the next write of the same save. A save
 * that paused for g may pause so again, so three times its longest pause is waited for, unless the save goes on and on.
 */
export function startQuiet(
  now: number,
  quietMs: number,
  previous: Quiet | undefined,
  doubtMs: number,
): Quiet {
  const { began, since, paceMs: earlierPaceMs } = previous ?? { began: now, since: now, paceMs: 0 };
  const pausesMs = now - began > longestSaveMs ? 0 : Math.max(3 * (now - since), earlierPaceMs);
  const paceMs = Math.max(quietMs, Math.min(longestPaceMs, pausesMs));
  return { began, since: now, paceMs, until: now + Math.max(paceMs, doubtMs) };
}

/**
 * Milliseconds to wait at least with content that looks like the first part of a save: nothing at all (truncated, not
 * yet written); without a final line end, unless what was there before had none either; the beginning of what was there
 * before; or shorter than that and with another last line, unless it has as many lines, each with its end: that is what
 * an edit of the last line leaves. A pause within a save can be longer than the quiet time; a save that really means this
 * content only comes later.
 */
export function doubtMsOf(bytes: Uint8Array, before: Uint8Array | undefined, quietMs: number): number {
  if (bytes.length === 0) return Math.max(quietMs, longestPaceMs);
  return looksCutOff(bytes, before) ? Math.max(quietMs, Math.min(longestPaceMs, 10 * quietMs)) : 0;
}

function looksCutOff(bytes: Uint8Array, before: Uint8Array | undefined): boolean {
  if (!endsLine(bytes) && (before === undefined || endsLine(before))) return true;
  if (before === undefined || bytes.length >= before.length) return false;
  if (sameBytes(bytes, before.subarray(0, bytes.length))) return true;
  if (sameBytes(lastLine(bytes), lastLine(before))) return false;
  return !endsLine(bytes) || linesIn(bytes) < linesIn(before);
}

function endsLine(bytes: Uint8Array): boolean {
  return bytes.at(-1) === lineEnd;
}

function linesIn(bytes: Uint8Array): number {
  const ends = bytes.reduce((count, byte) => (byte === lineEnd ? count + 1 : count), 0);
  return endsLine(bytes) ? ends : ends + 1;
}

function lastLine(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.lastIndexOf(lineEnd, -2) + 1);
}
