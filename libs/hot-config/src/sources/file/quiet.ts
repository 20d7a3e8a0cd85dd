/** Milliseconds. A longer pause ends the save, whatever comes after it. */
const longestPaceMs = 2_000;

/** Milliseconds of quiet after which any content is taken. */
export function longestQuietMs(quietMs: number): number {
  return Math.max(quietMs, longestPaceMs);
}

/** How long a file must stay as it is. */
export interface Quiet {
  /** By the monotonic clock, as all times here. */
  readonly since: number;
  /** What the pauses of this save ask for. */
  readonly paceMs: number;
  readonly until: number;
}

/**
 * Starts the quiet time, again if `previous` was still running: then this is the next write of the same save. A save
 * that paused for g may pause so again, so three times its longest pause is waited for.
 */
export function startQuiet(
  now: number,
  quietMs: number,
  previous: Quiet | undefined,
  doubtMs: number,
): Quiet {
  const gap = previous === undefined ? 0 : now - previous.since;
  const paceMs = Math.max(quietMs, Math.min(longestPaceMs, Math.max(3 * gap, previous?.paceMs ?? 0)));
  return { since: now, paceMs, until: now + Math.max(paceMs, doubtMs) };
}

/**
 * Milliseconds to wait at least with content that looks like the first part of a save: nothing at all (truncated, not
 * yet written), the beginning of what was there before, or without the final line end that was there before. A pause
 * within a save can be longer than the quiet time; a save that really means this content only comes later.
 */
export function doubtMsOf(bytes: Uint8Array, before: Uint8Array | undefined, quietMs: number): number {
  if (bytes.length === 0) return Math.max(quietMs, longestPaceMs);
  const cutOff =
    before !== undefined && (isBeginningOf(bytes, before) || (endsLine(before) && !endsLine(bytes)));
  return cutOff ? Math.max(quietMs, Math.min(longestPaceMs, 10 * quietMs)) : 0;
}

function isBeginningOf(part: Uint8Array, whole: Uint8Array): boolean {
  return part.length < whole.length && Buffer.compare(part, whole.subarray(0, part.length)) === 0;
}

function endsLine(bytes: Uint8Array): boolean {
  return bytes.at(-1) === 0x0a;
}
