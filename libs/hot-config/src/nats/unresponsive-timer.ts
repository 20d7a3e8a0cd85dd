/**
 * How long a connected server may leave every request unanswered before another server is tried. The time doubles from one
 * server to the next, since perhaps none can answer; any answer makes it short again.
 */
export class UnresponsiveTimer {
  private since: number | undefined;
  private times = 0;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {}

  answered(): void {
    this.since = undefined;
    this.times = 0;
  }

  /** There is another connection: requests that an earlier connection left unanswered do not count. */
  restart(): void {
    this.since = undefined;
  }

  /** Returns the milliseconds since the first unanswered request once the time is over, and begins again; before that, undefined. */
  unanswered(): number | undefined {
    const now = performance.now();
    this.since ??= now;
    const lasted = now - this.since;
    if (lasted < Math.min(this.longestMs, this.firstMs * 2 ** Math.min(this.times, 20))) return undefined;
    this.since = undefined;
    this.times++;
    return lasted;
  }
}
