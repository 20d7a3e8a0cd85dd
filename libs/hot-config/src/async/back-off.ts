import { setTimeout as sleep } from 'node:timers/promises';

/** Ends early, without an error, when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Pauses that double up to a ceiling, with jitter over the upper half so that a fleet does not return in step. */
export class BackOff {
  private count = 0;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {}

  reset(): void {
    this.count = 0;
  }

  /** Milliseconds of the next pause. */
  next(): number {
    const ceiling = Math.min(this.longestMs, this.firstMs * 2 ** Math.min(this.count++, 20));
    // Half of it at least: a run of small random numbers must not make a hot loop.
    return ceiling * (0.5 + 0.5 * Math.random());
  }

  /** Waits for the next pause; ends early, without an error, when the signal is aborted. */
  async pause(signal: AbortSignal): Promise<void> {
    await pause(this.next(), signal);
  }
}
