import type { Copies } from '../bucket.js';

/**
 * Milliseconds for which the same must be seen before it is believed. Where there are replicas, each looks for a moment like a
 * bucket that has lost something: one that applies what it has received already, a leader that has just been elected.
 */
const CONFIRM_MS = 3_000;

/** One thing that looks as if a bucket was restored from a backup: believed only when it is seen again, and goes on. */
export class Suspicion {
  private readonly first = new Map<string, number>();

  /** Whether it is believed now. Call it for each sign. */
  confirms(key: string, copies: Copies): boolean {
    const now = performance.now();
    const since = this.first.get(key);
    if (since === undefined) this.first.set(key, now);
    return since !== undefined && (copies === 'none' || now - since >= CONFIRM_MS);
  }

  /** Something was seen that speaks against it. */
  refute(key: string): void {
    this.first.delete(key);
  }

  clear(): void {
    this.first.clear();
  }
}
