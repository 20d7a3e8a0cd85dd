export interface LatestOnlyOptions<T> {
  /** Called with the newest value that was offered. Must not reject. */
  readonly work: (value: T) => Promise<void>;
  /** What a value that still waits and a newer one come to. Default: the newer one. */
  readonly merge?: (waiting: T, next: T) => T;
}

/**
 * Runs one piece of work at a time, on the newest value. Values offered while the work runs are conflated: the next run gets the
 * last of them. What was offered before a run ends is never forgotten.
 */
export class LatestOnly<T> {
  private waiting: { readonly value: T } | undefined;
  private busy = false;
  private ended: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly options: LatestOnlyOptions<T>) {}

  /** Whether a run is under way. */
  get isBusy(): boolean {
    return this.busy;
  }

  /** Starts a run at once if none is under way; else the value waits for the next. */
  offer(value: T): void {
    if (this.stopped) return;
    const { merge = (_, next) => next } = this.options;
    this.waiting = { value: this.waiting ? merge(this.waiting.value, value) : value };
    if (this.busy) return;
    this.begin();
  }

  /** Resolves when no run is under way and no value waits. */
  async idle(): Promise<void> {
    while (this.busy) await this.ended;
  }

  /** No other run begins, and a value that waits is dropped. The run under way is not interrupted. */
  stop(): void {
    this.stopped = true;
    this.waiting = undefined;
  }

  private begin(): void {
    this.busy = true;
    this.ended = this.drain();
  }

  private async drain(): Promise<void> {
    try {
      while (this.waiting) {
        const { value } = this.waiting;
        this.waiting = undefined;
        await this.options.work(value);
      }
    } finally {
      this.busy = false;
      // Only if the work broke its promise and rejected.
      if (this.waiting) this.begin();
    }
  }
}
