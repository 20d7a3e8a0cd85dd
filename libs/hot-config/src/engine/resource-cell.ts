import type { HotResourceDefinition, HotResourceStatus } from '../contract/index.js';
import type { Generation, Lease } from './generation.js';

/** One hot resource: the instance in use, and those that it has replaced and that are not gone yet. */
export class ResourceCell {
  current: Generation | undefined;
  private readonly ending = new Map<Generation, Promise<void>>();

  constructor(readonly definition: HotResourceDefinition) {}

  /** A lease of `wanted` while it lives, else of what is in use now. Undefined while there is nothing. */
  lease(wanted?: Generation): Lease<unknown> | undefined {
    return wanted?.lease() ?? this.current?.lease();
  }

  status(): HotResourceStatus {
    const { current, ending } = this;
    const { name } = this.definition;
    return { name, builtAt: current?.builtAt, leases: current?.leaseCount ?? 0, draining: ending.size };
  }

  /** For an instance that nobody new is sent to. */
  retire(generation: Generation, drainMs = this.definition.drainMs): Promise<void> {
    const ended = generation.retire(drainMs).finally(() => this.ending.delete(generation));
    this.ending.set(generation, ended);
    return ended;
  }

  /** Retires everything. Leases get `drainMs` to end. */
  async end(drainMs: number): Promise<void> {
    const generations = new Set([...this.ending.keys(), ...(this.current ? [this.current] : [])]);
    await Promise.all(Array.from(generations, (generation) => this.retire(generation, drainMs)));
  }

  /** The disposals that nothing holds up any more. */
  underWay(): readonly Promise<void>[] {
    return [...this.ending].flatMap(([generation, ended]) => (generation.isHeld ? [] : [ended]));
  }
}
