import { AsyncLocalStorage } from 'node:async_hooks';
import type { HotConfigSnapshot } from '../contract/index.js';
import type { Generation, Lease } from './generation.js';
import type { ResourceCell } from './resource-cell.js';

/** What an application reads at one moment: one snapshot of each key, one instance of each resource. */
export interface View {
  readonly snapshots: ReadonlyMap<string, HotConfigSnapshot<object>>;
  readonly generations: ReadonlyMap<ResourceCell, Generation>;
}

/**
 * Holds a piece of work to one view. It ends with the work: what the work has left behind, a timer or a promise that nobody
 * awaited, reads what is current again, or it would be stale for ever.
 */
export class Pin {
  private holders = 0;
  private leases: Lease<unknown>[] = [];

  constructor(readonly view: View) {}

  get isOver(): boolean {
    return this.holders === 0;
  }

  /** Whether everything in its view can still be used; what nobody held may be disposed of between two pieces of work. */
  get isIntact(): boolean {
    return [...this.view.generations.values()].every((generation) => !generation.isOver);
  }

  /** Several pieces of work may share it; each leaves once. */
  enter(): void {
    if (this.holders++ > 0) return;
    // What the work may come to need is kept from being disposed of.
    for (const generation of this.view.generations.values()) {
      const lease = generation.lease();
      if (lease) this.leases.push(lease);
    }
  }

  leave(): void {
    if (--this.holders > 0) return;
    for (const lease of this.leases) lease.release();
    this.leases = [];
  }
}

/** Which view the running code reads. Without any pin a read costs one comparison more. */
export class Pins {
  private readonly storage = new AsyncLocalStorage<Pin | undefined>();
  private active = 0;

  /** The view that the running code is held to; undefined when it reads what is current. */
  get view(): View | undefined {
    return this.current?.view;
  }

  /** The pin that the running code is on, if it is not over. */
  get current(): Pin | undefined {
    if (this.active === 0) return undefined;
    const pin = this.storage.getStore();
    return pin?.isOver ? undefined : pin;
  }

  /** Runs the work, and all that it awaits or calls back, on the pin. The pin is left by calling the function. */
  enter<R>(pin: Pin, work: () => R): { readonly result: R; readonly leave: () => void } {
    this.active++;
    pin.enter();
    let entered = true;
    const leave = (): void => {
      if (!entered) return;
      entered = false;
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

  /** Runs work that concerns more than the caller's own request. */
  outside<R>(work: () => R): R {
    return this.active === 0 ? work() : this.storage.run(undefined, work);
  }
}
