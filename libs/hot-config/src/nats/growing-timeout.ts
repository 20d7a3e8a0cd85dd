/**
 * A timeout that is twice as long after each try that nobody answered in time: on a slow network, or with a slow server,
 * each try with the same timeout would end the same way.
 */
export class GrowingTimeout {
  private current: number;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {
    this.current = firstMs;
  }

  /** Milliseconds that the next try gets. */
  get ms(): number {
    return this.current;
  }

  /** @param usedMs the timeout of that try; of several tries at once only the first to end doubles it */
  timedOut(usedMs: number): void {
    if (usedMs >= this.current) this.current = Math.min(this.longestMs, 2 * this.current);
  }

  /** The next try gets the first timeout again if that would have been enough for this answer. */
  answeredAfter(ms: number): void {
    if (ms < this.firstMs) this.current = this.firstMs;
  }
}
