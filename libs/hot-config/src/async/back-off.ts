import { setTimeout as sleep } from 'node:timers/promises';

/** Ends early, without an error, when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Pauses between tries. They double up to a ceiling, with jitter over the upper half so that a fleet does not return in step. */
export class BackOff {
  private count = 0;
  private begunAt: number | undefined;

  /** @param firstMinuteMs the ceiling during the first minute after the first pause; `longestMs` is the ceiling afterwards */
  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
    private readonly firstMinuteMs = longestMs,
  ) {}

  /** The next pause is short again. */
  reset(): void {
    this.count = 0;
    this.begunAt = undefined;
  }

  /** Milliseconds of the next pause. */
  next(): number {
    const now = performance.now();
    this.begunAt ??= now;
    const longest = now - this.begunAt < 60_000 ? this.firstMinuteMs : this.longestMs;
    const ceiling = Math.min(longest, this.firstMs * 2 ** Math.min(this.count++, 20));
    // At least half of the ceiling: a run of small random numbers must not make a hot loop.
    return ceiling * (0.5 + 0.5 * Math.random());
  }

  /** Waits for the next pause; ends early, without an error, when the signal is aborted. */
  async pause(signal: AbortSignal): Promise<void> {
    await pause(this.next(), signal);
  }
}
