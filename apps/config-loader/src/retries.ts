/** First and longest pause, in milliseconds, before something that found no answer is tried again. */
const PAUSE = { first: 500, longest: 30_000 };

/** Tries keys again after pauses that double, with jitter, so that many of them do not return in step. */
export class Retries {
  private readonly failures = new Map<string, number>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private stopped = false;

  constructor(private readonly again: (key: string) => void) {}

  add(key: string): void {
    if (this.stopped || this.timers.has(key)) return;
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    const ceiling = Math.min(PAUSE.longest, PAUSE.first * 2 ** Math.min(failures, 20));
    const retry = (): void => {
      this.timers.delete(key);
      this.again(key);
    };
    this.timers.set(key, setTimeout(retry, ceiling * (0.5 + Math.random() / 2)));
  }

  /** There was an answer: what waits is not needed any more, and the next failure is a first one. */
  forget(key: string): void {
    this.failures.delete(key);
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
