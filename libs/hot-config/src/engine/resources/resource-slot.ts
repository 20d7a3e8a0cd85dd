import type { HotResourceDefinition, HotResourceStatus } from '../../contract/index.js';
import type { Lease, ResourceInstance } from './resource-instance.js';

/** One hot resource: the instance in use, and the replaced instances that are not disposed of yet. */
export class ResourceSlot {
  current: ResourceInstance | undefined;
  private readonly retiring = new Map<ResourceInstance, Promise<void>>();

  constructor(readonly definition: HotResourceDefinition) {}

  /** A lease of `wanted`, or of the instance in use when `wanted` is disposed of. Undefined while there is none. */
  lease(wanted?: ResourceInstance): Lease<unknown> | undefined {
    return wanted?.lease() ?? this.current?.lease();
  }

  status(): HotResourceStatus {
    const { current, retiring } = this;
    const { name } = this.definition;
    return { name, builtAt: current?.builtAt, leases: current?.leaseCount ?? 0, draining: retiring.size };
  }

  /** For an instance that is not in use any more. */
  retire(instance: ResourceInstance, drainMs = this.definition.drainMs): Promise<void> {
    const ended = instance.retire(drainMs).finally(() => this.retiring.delete(instance));
    this.retiring.set(instance, ended);
    return ended;
  }

  /** Retires everything. Leases get `drainMs` to end. */
  async end(drainMs: number): Promise<void> {
    const instances = new Set([...this.retiring.keys(), ...(this.current ? [this.current] : [])]);
    await Promise.all(Array.from(instances, (instance) => this.retire(instance, drainMs)));
  }

  /** The disposals that wait for no lease and no other instance. */
  disposals(): readonly Promise<void>[] {
    return [...this.retiring].flatMap(([instance, ended]) => (instance.isHeld ? [] : [ended]));
  }
}

/** An injection token as messages show it: of a class its name, not its source. */
export function nameOfToken(token: unknown): string {
  if (typeof token === 'symbol') return token.description ?? 'hot resource';
  return typeof token === 'function' ? token.name : String(token);
}
