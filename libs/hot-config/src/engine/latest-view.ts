import type { HotConfigSnapshot } from '../contract/index.js';
import type { Generation } from './generation.js';
import type { KeyPipeline } from './key-pipeline.js';
import type { View } from './pins.js';
import type { ResourceCell } from './resource-cell.js';

export interface Viewed {
  readonly entries: ReadonlyMap<string, { readonly pipeline: KeyPipeline }>;
  readonly cells: () => readonly ResourceCell[];
}

/** What is in force now. The same view until something changes: each pinned request asks for it. */
export class LatestView {
  private latest: View | undefined;

  constructor(private readonly viewed: Viewed) {}

  view(): View {
    if (!this.latest || !this.isCurrent(this.latest)) this.latest = this.captured();
    return this.latest;
  }

  private isCurrent({ snapshots, generations }: View): boolean {
    for (const [key, { pipeline }] of this.viewed.entries) {
      if (pipeline.current.applied !== snapshots.get(key)) return false;
    }
    for (const cell of this.viewed.cells()) {
      if (cell.current !== generations.get(cell)) return false;
    }
    return true;
  }

  private captured(): View {
    const snapshots = new Map<string, HotConfigSnapshot<object>>();
    for (const [key, { pipeline }] of this.viewed.entries) {
      const { applied } = pipeline.current;
      if (applied) snapshots.set(key, applied);
    }
    const generations = new Map<ResourceCell, Generation>();
    for (const cell of this.viewed.cells()) {
      if (cell.current) generations.set(cell, cell.current);
    }
    return { snapshots, generations };
  }
}
