/** One holder at a time for each key. Several keys are acquired in sorted order, so nobody waits in a circle. */
export class KeyLocks {
  private readonly tails = new Map<string, Promise<void>>();

  /** Resolves with the function that releases the keys, when the caller holds all of them. */
  async acquire(keys: Iterable<string>): Promise<() => void> {
    const releases: (() => void)[] = [];
    for (const key of [...new Set(keys)].sort()) releases.push(await this.acquireOne(key));
    return () => {
      for (const release of releases) release();
    };
  }

  /** Resolves when nobody holds a key or waits for one. */
  async idle(): Promise<void> {
    while (this.tails.size > 0) await Promise.all(this.tails.values());
  }

  private async acquireOne(key: string): Promise<() => void> {
    const before = this.tails.get(key);
    let release: () => void = () => undefined;
    const tail = new Promise<void>((resolve) => (release = resolve));
    this.tails.set(key, tail);
    await before;
    return () => {
      if (this.tails.get(key) === tail) this.tails.delete(key);
      release();
    };
  }
}
