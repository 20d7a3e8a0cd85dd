/** First and longest pause, in milliseconds, before a key without an answer is tried again. */
const PAUSE = { first: 500, longest: 30_000 };

/** Tries keys again after pauses that double. Jitter keeps many keys from returning at the same moment. */
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

  /** The key has an answer: its retry is cancelled, and its next failure counts as the first. */
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
