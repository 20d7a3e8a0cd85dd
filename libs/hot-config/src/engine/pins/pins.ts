import { AsyncLocalStorage } from 'node:async_hooks';
import type { HotConfigSnapshot } from '../../contract/index.js';
import type { KeyPipeline } from '../key/key-pipeline.js';
import type { Lease, ResourceInstance } from '../resources/resource-instance.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { ResourceSlot } from '../resources/resource-slot.js';

/** What an application reads at one moment: one snapshot of each key, one instance of each resource. */
export interface View {
  readonly snapshots: ReadonlyMap<string, HotConfigSnapshot<object>>;
  readonly instances: ReadonlyMap<ResourceSlot, ResourceInstance>;
}

/** What is in force now. The same view object until something changes: each pinned request asks for it. */
export class LatestView {
  private latest: View | undefined;

  constructor(
    private readonly entries: ReadonlyMap<string, { readonly pipeline: KeyPipeline }>,
    private readonly resources: ResourceSet,
  ) {}

  view(): View {
    if (!this.latest || !this.isCurrent(this.latest)) this.latest = this.capture();
    return this.latest;
  }

  private isCurrent({ snapshots, instances }: View): boolean {
    for (const [key, { pipeline }] of this.entries) {
      if (pipeline.current.applied !== snapshots.get(key)) return false;
    }
    return this.resources.all().every((slot) => slot.current === instances.get(slot));
  }

  private capture(): View {
    const snapshots = new Map<string, HotConfigSnapshot<object>>();
    for (const [key, { pipeline }] of this.entries) {
      const { applied } = pipeline.current;
      if (applied) snapshots.set(key, applied);
    }
    const instances = new Map<ResourceSlot, ResourceInstance>();
    for (const slot of this.resources.all()) if (slot.current) instances.set(slot, slot.current);
    return { snapshots, instances };
  }
}

/**
 * Holds a piece of work to one view. The pin ends with the work: a timer or an unawaited promise that the work has left behind
 * reads what is current again, or it would read an old value for ever.
 */
export class Pin {
  private holders = 0;
  private leases: Lease<unknown>[] = [];

  constructor(readonly view: View) {}

  /** Whether no work is held to this view any more. */
  get hasEnded(): boolean {
    return this.holders === 0;
  }

  /** Whether every instance of the view can still be used: between two pieces of work an instance may be disposed of. */
  get isIntact(): boolean {
    return [...this.view.instances.values()].every((instance) => !instance.isDisposed);
  }

  /** Several pieces of work may share a pin; each leaves once. */
  enter(): void {
    if (this.holders++ > 0) return;
    // The work may come to need any instance of the view.
    for (const instance of this.view.instances.values()) {
      const lease = instance.lease();
      if (lease) this.leases.push(lease);
    }
  }

  leave(): void {
    if (--this.holders > 0) return;
    for (const lease of this.leases) lease.release();
    this.leases = [];
  }
}

/** Which view the running code reads. While no pin is in use, a read costs one comparison more. */
export class Pins {
  private readonly storage = new AsyncLocalStorage<Pin | undefined>();
  private active = 0;

  /** The view that the running code is held to; undefined while it reads what is current. */
  get view(): View | undefined {
    return this.current?.view;
  }

  /** The pin that holds the running code. */
  get current(): Pin | undefined {
    if (this.active === 0) return undefined;
    const pin = this.storage.getStore();
    return pin?.hasEnded ? undefined : pin;
  }

  /** Runs the work, with everything that it awaits or calls back, held to the pin until `leave` is called. */
  enter<R>(pin: Pin, work: () => R): { readonly result: R; readonly leave: () => void } {
    this.active++;
    pin.enter();
    let isEntered = true;
    const leave = (): void => {
      if (!isEntered) return;
      isEntered = false;
      this.active--;
      pin.leave();
    };
    try {
      return { result: this.storage.run(pin, work), leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Runs work that is not held to the caller's pin: it concerns more than the caller's own request. */
  outside<R>(work: () => R): R {
    return this.active === 0 ? work() : this.storage.run(undefined, work);
  }
}
