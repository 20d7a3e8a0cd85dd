import type { Position } from '../../contract/index.js';
import type { BucketInfo } from '../bucket.js';

/**
 * Names the epochs of a bucket. The stream's creation time names an epoch; a stream that was restored from a backup keeps
 * that time but has lost revisions, so it counts as a further epoch of that time.
 */
export class EpochClock {
  private created: string | undefined;
  private restores = 0;
  private highest = 0;

  get epoch(): string {
    const created = this.created ?? 'unknown';
    return this.restores === 0 ? created : `${created}~${this.restores}`;
  }

  /** The bucket has shown this revision. Ignored for a position of another epoch. */
  recordRevision(position: Position): void {
    if (position.epoch === this.epoch) this.highest = Math.max(this.highest, position.revision);
  }

  /** The leader's state: a stream with another creation time begins a new epoch. */
  recordInfo({ created }: BucketInfo): void {
    // A user who may no longer ask keeps the last answer.
    if (created === this.created || (created === 'unknown' && this.created !== undefined)) return;
    this.created = created;
    this.restores = 0;
    this.highest = 0;
  }

  /** Whether the leader has fewer revisions than this epoch has shown. For a moment, so has a leader that was just elected. */
  hasLost({ lastSequence }: BucketInfo): boolean {
    return lastSequence !== undefined && lastSequence < this.highest;
  }

  /** The bucket was restored from a backup, which begins a new epoch. */
  beginRestored(): void {
    this.restores++;
    this.highest = 0;
  }
}
