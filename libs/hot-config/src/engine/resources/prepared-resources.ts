import type { ResourceInstance } from './resource-instance.js';
import type { ResourceSlot } from './resource-slot.js';

export interface Replacement {
  readonly slot: ResourceSlot;
  readonly before: ResourceInstance | undefined;
  readonly next: ResourceInstance;
}

/** The resources of one change, built and not in use yet. They end by `discard`, or by `swap` and then `keep` or `undo`. */
export class PreparedResources {
  constructor(private readonly replacements: readonly Replacement[]) {}

  discard(): void {
    for (const { slot, next } of this.replacements) void slot.retire(next);
  }

  /** Puts all of them to use, in one step. */
  swap(): void {
    for (const { slot, next } of this.replacements) slot.current = next;
  }

  /** The change stays: the replaced instances are drained and disposed of. */
  keep(): void {
    for (const { slot, before } of this.replacements) if (before) void slot.retire(before);
  }

  /** The change is rolled back: the replaced instances are in use again. */
  undo(): void {
    for (const { slot, before } of this.replacements) slot.current = before;
    this.discard();
  }
}
