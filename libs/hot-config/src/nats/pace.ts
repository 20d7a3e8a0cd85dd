/**
 * The pauses between the attempts of one outage: short at first, then up to half as long as it has lasted, with jitter so that
 * a fleet does not return in step.
 */
export class OutagePace {
  private since: number | undefined;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {}

  next(): number {
    const now = performance.now();
    this.since ??= now;
    const ceiling = Math.min(this.longestMs, Math.max(this.firstMs, (now - this.since) / 2));
    return ceiling * (0.5 + Math.random() / 2);
  }

  /** The outage is over; the next one begins with short pauses again. */
  over(): void {
    this.since = undefined;
  }
}

/**
 * How long a server that is connected, but gives no answers, is borne with before another is tried. Doubles from one to the
 * next, since it can be that none has an answer; any answer restarts it.
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

  /** Another connection: what went unanswered before is not held against it. */
  restart(): void {
    this.since = undefined;
  }

  /** The milliseconds that it has lasted when it is at an end, which begins it again; else undefined. */
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
