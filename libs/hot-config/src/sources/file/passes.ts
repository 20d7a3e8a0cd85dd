/**
 * Runs a piece of work as often as it is asked for, one at a time: whatever is asked for while it runs is answered by
 * one more run, since what the running one has looked at already may have changed.
 */
export class Passes {
  private asked = false;
  private running: Promise<void> | undefined;
  private stopped = false;

  /** `work` must not reject. */
  constructor(private readonly work: () => Promise<void>) {}

  ask(): void {
    this.asked = true;
    if (!this.stopped) this.running ??= this.run();
  }

  /** Resolves when the run under way is over; no other begins. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.asked && !this.stopped) {
      this.asked = false;
      await this.work();
    }
    this.running = undefined;
  }
}
