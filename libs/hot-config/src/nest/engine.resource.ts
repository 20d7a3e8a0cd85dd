import { inspect } from 'node:util';
import { HotConfigUnavailableError } from '../contract/index.js';
import type { Lease, Pins, ResourceSlot } from '../engine/index.js';
import { HotResource, type HotResourceLease } from './hot-resource.js';

/** The resource of an engine: a thin view on its slot. */
export class EngineHotResource<T> extends HotResource<T> {
  constructor(
    private readonly slot: ResourceSlot,
    private readonly pins: Pins,
  ) {
    super();
  }

  async use<R>(work: (instance: T) => R | Promise<R>): Promise<R> {
    const lease = this.acquire();
    try {
      return await work(lease.instance);
    } finally {
      lease.release();
    }
  }

  lease(): HotResourceLease<T> {
    const { instance, release } = this.acquire();
    return { instance, release, [Symbol.dispose]: release };
  }

  get current(): T {
    const lease = this.acquire();
    lease.release();
    return lease.instance;
  }

  /** For a resource that is logged: what it was built from, and the instance, may hold secrets. */
  toJSON(): { readonly resource: string } {
    return { resource: this.slot.definition.name };
  }

  [inspect.custom](): { readonly resource: string } {
    return this.toJSON();
  }

  private acquire(): Lease<T> {
    const lease = this.slot.lease(this.pins.view?.instances.get(this.slot));
    if (lease) return lease as Lease<T>;
    throw new HotConfigUnavailableError(
      `${this.slot.definition.name} is not available: it has not been built yet, or the application has closed it. Use it only between startup and shutdown.`,
    );
  }
}
