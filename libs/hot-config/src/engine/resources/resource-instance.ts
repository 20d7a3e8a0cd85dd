/** The right to use an instance until the lease is released. */
export interface Lease<T> {
  readonly instance: T;
  /** A second call does nothing. */
  readonly release: () => void;
}

/** One instance of a hot resource, from its build to its disposal. */
export class ResourceInstance<T = unknown, S = unknown> {
  readonly builtAt = new Date();
  private leases = 0;
  private dependents = 0;
  private retired: Promise<void> | undefined;
  private disposalBegan = false;
  private drainUntil = Infinity;
  private isDrainOver = false;
  private timer: NodeJS.Timeout | undefined;
  private wake: () => void = () => undefined;

  /**
   * @param selected the part of the configs that it was built from
   * @param dependencies the instances that it was built on; they outlive it
   * @param dispose must not reject
   */
  constructor(
    readonly instance: T,
    readonly selected: S,
    private readonly dependencies: readonly ResourceInstance[],
    private readonly dispose: () => Promise<void>,
  ) {
    for (const dependency of dependencies) dependency.dependents++;
  }

  /** True once disposal has begun. */
  get isDisposed(): boolean {
    return this.disposalBegan;
  }

  get leaseCount(): number {
    return this.leases;
  }

  /** Whether a lease, or an instance that was built on this one, keeps it from being disposed of. */
  get isHeld(): boolean {
    return this.leases > 0 || this.dependents > 0;
  }

  /** Undefined once disposal has begun. */
  lease(): Lease<T> | undefined {
    if (this.disposalBegan) return undefined;
    this.leases++;
    let isHeld = true;
    return {
      instance: this.instance,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.leases--;
        this.wake();
      },
    };
  }

  /**
   * For an instance that takes no new leases. It is disposed of when the instances built on it are gone and its last lease has
   * ended, or `drainMs` is over. Of several calls the shortest time counts. Resolves when it is disposed of.
   */
  retire(drainMs: number): Promise<void> {
    const until = performance.now() + drainMs;
    if (!this.disposalBegan && until < this.drainUntil) {
      this.drainUntil = until;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.isDrainOver = true;
        this.wake();
      }, drainMs);
    }
    return (this.retired ??= this.drain());
  }

  private async drain(): Promise<void> {
    while (this.dependents > 0 || (this.leases > 0 && !this.isDrainOver)) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    this.disposalBegan = true;
    clearTimeout(this.timer);
    await this.dispose();
    for (const dependency of this.dependencies) dependency.releaseDependent();
  }

  private releaseDependent(): void {
    this.dependents--;
    this.wake();
  }
}
