/** The right to use an instance until it is given back. */
export interface Lease<T> {
  readonly instance: T;
  /** Giving back twice does nothing. */
  readonly release: () => void;
}

/** One instance of a hot resource, from its build to its disposal. */
export class Generation<T = unknown, S = unknown> {
  readonly builtAt = new Date();
  private leases = 0;
  private dependents = 0;
  private ended: Promise<void> | undefined;
  private over = false;
  private deadline = Infinity;
  private isLate = false;
  private timer: NodeJS.Timeout | undefined;
  private wake: () => void = () => undefined;

  constructor(
    readonly instance: T,
    readonly selected: S,
    /** The instances that this one was built on; they outlive it. */
    private readonly foundations: readonly Generation[],
    private readonly dispose: () => Promise<void>,
  ) {
    for (const foundation of foundations) foundation.dependents++;
  }

  /** Its time is over: it is being disposed of, or was. */
  get isOver(): boolean {
    return this.over;
  }

  get leaseCount(): number {
    return this.leases;
  }

  /** By a lease, or by what was built on it. */
  get isHeld(): boolean {
    return this.leases > 0 || this.dependents > 0;
  }

  /** Undefined when it is too late: what is being disposed of is handed to nobody. */
  lease(): Lease<T> | undefined {
    if (this.over) return undefined;
    this.leases++;
    let held = true;
    return {
      instance: this.instance,
      release: () => {
        if (!held) return;
        held = false;
        this.leases--;
        this.wake();
      },
    };
  }

  /**
   * Nobody new is sent here. Disposed of when what was built on it is gone and its last lease has ended, or `drainMs` is
   * over. Called again, the shorter time counts. Resolves when it is disposed of.
   */
  retire(drainMs: number): Promise<void> {
    const deadline = performance.now() + drainMs;
    if (!this.over && deadline < this.deadline) {
      this.deadline = deadline;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.isLate = true;
        this.wake();
      }, drainMs);
    }
    return (this.ended ??= this.drain());
  }

  private async drain(): Promise<void> {
    while (this.dependents > 0 || (this.leases > 0 && !this.isLate)) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    this.over = true;
    clearTimeout(this.timer);
    await this.dispose();
    for (const foundation of this.foundations) foundation.release();
  }

  private release(): void {
    this.dependents--;
    this.wake();
  }
}
