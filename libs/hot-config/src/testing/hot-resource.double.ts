import { HotResource, type HotResourceLease } from '../nest/index.js';

/**
 * A hot resource without a config, for unit tests: always this instance, which is neither verified nor disposed of.
 *
 *     overrideProvider(PG_POOL).useValue(createHotResource(fake))
 */
export function createHotResource<T>(instance: T): HotResource<T> {
  return new FixedResource(instance);
}

class FixedResource<T> extends HotResource<T> {
  constructor(readonly current: T) {
    super();
  }

  async use<R>(work: (instance: T) => R | Promise<R>): Promise<R> {
    return await work(this.current);
  }

  lease(): HotResourceLease<T> {
    const release = (): void => undefined;
    return { instance: this.current, release, [Symbol.dispose]: release };
  }
}
