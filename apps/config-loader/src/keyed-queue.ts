/** 500 files saved together must not become 500 requests in flight. */
const MOST_AT_ONCE = 16;

/** Works on keys, on each at most once at a time. A key that is added during its work is worked on once more afterwards. */
export class KeyedQueue {
  private readonly waiting = new Set<string>();
  private readonly inWork = new Map<string, Promise<void>>();
  private closed = false;

  constructor(private readonly work: (key: string) => Promise<void>) {}

  add(key: string): void {
    if (this.closed) return;
    this.waiting.add(key);
    this.fill();
  }

  /** Accepts no more keys. Work that has begun goes on. */
  close(): void {
    this.closed = true;
    this.waiting.clear();
  }

  async idle(): Promise<void> {
    while (this.inWork.size > 0) await Promise.all(this.inWork.values());
  }

  private fill(): void {
    for (const key of this.waiting) {
      if (this.inWork.size >= MOST_AT_ONCE) return;
      if (this.inWork.has(key)) continue;
      this.waiting.delete(key);
      const done = this.work(key).finally(() => {
        this.inWork.delete(key);
        this.fill();
      });
      this.inWork.set(key, done);
    }
  }
}
