import type { HotConfigSnapshot } from '../../contract/index.js';
import type { KeyPipeline } from '../key/key-pipeline.js';
import type { ResourceInstance } from '../resources/resource-instance.js';
import type { ResourceSlot } from '../resources/resource-slot.js';
import type { View } from './pins.js';

export interface Viewed {
  readonly entries: ReadonlyMap<string, { readonly pipeline: KeyPipeline }>;
  readonly slots: () => readonly ResourceSlot[];
}

/** What is in force now. The same view object until something changes: each pinned request asks for it. */
export class LatestView {
  private latest: View | undefined;

  constructor(private readonly viewed: Viewed) {}

  view(): View {
    if (!this.latest || !this.isCurrent(this.latest)) this.latest = this.capture();
    return this.latest;
  }

  private isCurrent({ snapshots, instances }: View): boolean {
    for (const [key, { pipeline }] of this.viewed.entries) {
      if (pipeline.current.applied !== snapshots.get(key)) return false;
    }
    return this.viewed.slots().every((slot) => slot.current === instances.get(slot));
  }

  private capture(): View {
    const snapshots = new Map<string, HotConfigSnapshot<object>>();
    for (const [key, { pipeline }] of this.viewed.entries) {
      const { applied } = pipeline.current;
      if (applied) snapshots.set(key, applied);
    }
    const instances = new Map<ResourceSlot, ResourceInstance>();
    for (const slot of this.viewed.slots()) if (slot.current) instances.set(slot, slot.current);
    return { snapshots, instances };
  }
}
