/**
 * Runs a piece of work as often as it is asked for, one at a time: whatever is asked for while it runs is answered by
 * one more run, since what the running one has looked at already may have changed.
 */
export class Passes {
  private asked = false;
  private since: number | undefined;
  private stopped = false;

  /** `work` must not reject. */
  constructor(private readonly work: () => Promise<void>) {}

  /** Milliseconds that the run under way has taken so far; 0 when there is none. */
  get lasting(): number {
    return this.since === undefined ? 0 : performance.now() - this.since;
  }

  ask(): void {
    this.asked = true;
    if (this.since === undefined) void this.run();
  }

  /** No other run begins. The one under way is not waited for: a file system that hangs would hold up the whole process. */
  stop(): void {
    this.stopped = true;
  }

  private async run(): Promise<void> {
    while (this.asked && !this.stopped) {
      this.asked = false;
      this.since = performance.now();
      await this.work();
    }
    this.since = undefined;
  }
}
