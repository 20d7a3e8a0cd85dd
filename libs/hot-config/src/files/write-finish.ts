import { sameBytes } from './read-whole.js';

const lineEnd = 0x0a;

/** Milliseconds. A longer pause ends the save, whatever comes after it. */
const longestPaceMs = 2_000;

/**
 * Milliseconds. Writes that go on for longer get the plain quiet time, whatever their pauses: they are rather one save after
 * the other than one save, and would not be published as long as they come.
 */
const longestSaveMs = 5_000;

/** Milliseconds of quiet after which any content is taken. */
export function longestQuietMs(quietMs: number): number {
  return Math.max(quietMs, longestPaceMs);
}

/** When a save counts as finished: the file must stay as it is until then. By the monotonic clock, as all times here. */
export interface WriteFinish {
  /** When the first write of this save was seen. */
  readonly began: number;
  /** When the last write was seen. */
  readonly since: number;
  /** Milliseconds that the pauses of this save ask for. */
  readonly paceMs: number;
  readonly until: number;
}

/**
 * When a save counts as finished, given a write that was seen now. `previous` still running: this is the next write of the same
 * save. A save that paused may pause for as long again, so it gets three times its longest pause, unless it goes on and on.
 */
export function finishAfterWrite(
  now: number,
  quietMs: number,
  previous: WriteFinish | undefined,
  suspectMs: number,
): WriteFinish {
  const { began, since, paceMs: earlierPaceMs } = previous ?? { began: now, since: now, paceMs: 0 };
  const pausesMs = now - began > longestSaveMs ? 0 : Math.max(3 * (now - since), earlierPaceMs);
  const paceMs = Math.max(quietMs, Math.min(longestPaceMs, pausesMs));
  return { began, since: now, paceMs, until: now + Math.max(paceMs, suspectMs) };
}

/**
 * Milliseconds to wait at least with content that is suspected to be the first part of a save: nothing at all (truncated, not
 * yet written); without a final line end, unless the content before had none either; the beginning of the content before; or
 * shorter than that and with another last line, unless it has as many lines, each with its end: that is what an edit of the
 * last line leaves. A pause within a save can be longer than the quiet time; a save that really means this content only
 * comes later.
 */
export function suspectedPartialMs(
  bytes: Uint8Array,
  before: Uint8Array | undefined,
  quietMs: number,
): number {
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
