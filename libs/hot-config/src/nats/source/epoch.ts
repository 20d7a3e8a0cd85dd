import type { Position } from '../../contract/index.js';
import type { BucketInfo } from '../bucket.js';

/**
 * Tells the lives of a bucket apart. A stream's creation time names a life; a stream that was restored from a backup
 * keeps that time but has lost revisions, so it counts as a further life of it.
 */
export class EpochClock {
  private created: string | undefined;
  private restores = 0;
  private highest = 0;

  get epoch(): string {
    const created = this.created ?? 'unknown';
    return this.restores === 0 ? created : `${created}~${this.restores}`;
  }

  /** A revision that the bucket has shown in this life. */
  saw(position: Position): void {
    if (position.epoch === this.epoch) this.highest = Math.max(this.highest, position.revision);
  }

  /** What the leader says: a stream that was made at another time is a new life. */
  take({ created }: BucketInfo): void {
    // Who may no longer ask knows what was said before.
    if (created === this.created || (created === 'unknown' && this.created !== undefined)) return;
    this.created = created;
    this.restores = 0;
    this.highest = 0;
  }

  /** Whether the leader has fewer revisions than this life has shown. One that has just been elected may, for a moment. */
  hasLost({ lastSequence }: BucketInfo): boolean {
    return lastSequence !== undefined && lastSequence < this.highest;
  }

  /** The bucket came back from a backup: what follows belongs to a life of its own. */
  beginRestored(): void {
    this.restores++;
    this.highest = 0;
  }
}
