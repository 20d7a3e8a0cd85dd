import type { ReplicaState } from '../bucket.js';

/**
 * Milliseconds for which the sign must last. With replicas, a healthy bucket can look restored for a moment: while a replica
 * still applies what it has received, or just after a leader was elected.
 */
const CONFIRM_MS = 3_000;

/** Decides whether signs that a bucket was restored from a backup are believed: only when a sign is seen again, and lasts. */
export class RestoreDetector {
  private readonly firstSeen = new Map<string, number>();

  /** Records a sign. Returns whether it is believed now. */
  recordSign(key: string, replicas: ReplicaState): boolean {
    const now = performance.now();
    const since = this.firstSeen.get(key);
    if (since === undefined) this.firstSeen.set(key, now);
    return since !== undefined && (replicas === 'none' || now - since >= CONFIRM_MS);
  }

  /** An answer speaks against it. */
  refute(key: string): void {
    this.firstSeen.delete(key);
  }
}
