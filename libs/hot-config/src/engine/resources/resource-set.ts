import { KeyLocks } from '../../async/key-locks.js';
import {
  type HotConfigDefinition,
  HotConfigSetupError,
  type HotConfigSnapshot,
  type HotResourceDefinition,
} from '../../contract/index.js';
import type { Report } from '../events.js';
import { PreparedResources } from './prepared-resources.js';
import { ResourceBuild } from './resource-build.js';
import { nameOfToken, ResourceSlot } from './resource-slot.js';

/** What a resource needs of a registered config. */
export interface ResourceConfig {
  readonly current: { readonly applied: HotConfigSnapshot<object> | undefined };
  readonly definition: Pick<HotConfigDefinition, 'isSensitive' | 'holdsSensitive'>;
}

export interface ResourceSetOptions {
  /** Undefined for a key that is not registered. */
  readonly config: (key: string) => ResourceConfig | undefined;
  /** Milliseconds for a build that sets no time of its own. */
  readonly timeoutMs: number;
  readonly report: Report;
  /** Aborted when the engine stops. */
  readonly stopped: AbortSignal;
}

/** The right to change one key together with every resource that is built from it, directly or through other resources. */
export interface ChangeLock {
  readonly slots: readonly ResourceSlot[];
  readonly release: () => void;
}

/** All hot resources of one engine. */
export class ResourceSet {
  private readonly slots = new Map<unknown, ResourceSlot>();
  private readonly locks = new KeyLocks();

  constructor(private readonly options: ResourceSetOptions) {}

  /**
   * The same definition may be added often. Best before its configs come up: then their start policy covers the first build.
   *
   * @throws HotConfigSetupError for a second definition of one token, and for a circle of dependencies
   */
  add(definition: HotResourceDefinition): ResourceSlot {
    const known = this.slots.get(definition.token);
    if (known && known.definition !== definition) {
      throw new HotConfigSetupError(
        `Two different hot resources are provided as ${definition.name}. Declare it once and list that declaration everywhere, or give each a token of its own.`,
      );
    }
    if (known) return known;
    const slot = new ResourceSlot(definition);
    this.slots.set(definition.token, slot);
    try {
      this.rejectCircle(slot, []);
    } catch (error) {
      this.slots.delete(definition.token);
      throw error;
    }
    return slot;
  }

  all(): readonly ResourceSlot[] {
    return [...this.slots.values()];
  }

  /**
   * Waits until nobody else changes this key, nor another key of a resource that is built from both: such a resource would be
   * built from a mix of old and new.
   */
  async lock(key: string): Promise<ChangeLock> {
    // A resource that is added during the wait is built after this change: its keys are not locked.
    const slots = this.all().filter((slot) => this.keysOf(slot).has(key));
    const release = await this.locks.acquire([key, ...slots.flatMap((slot) => [...this.keysOf(slot)])]);
    // A resource whose first build failed was removed. Another waiter may have added it again: a new slot of the same definition.
    const definitions = new Set(slots.map(({ definition }) => definition));
    const isConcerned = (slot: ResourceSlot): boolean =>
      slots.includes(slot) || (slot.current !== undefined && definitions.has(slot.definition));
    return { slots: this.all().filter(isConcerned), release };
  }

  /** Builds what a new value asks for. Throws HotConfigResourceError, after everything that was built is retired. */
  prepare(next: HotConfigSnapshot<object>, { slots }: ChangeLock): Promise<PreparedResources> {
    return this.build(slots, next.key, next);
  }

  /** Adds a resource whose configs have their values, and builds it. A resource whose build fails is removed again. */
  async bringUp(definition: HotResourceDefinition): Promise<ResourceSlot> {
    const added = this.add(definition);
    if (added.current) return added;
    let release = (): void => undefined;
    try {
      const keys = [...this.keysOf(added)];
      release = await this.locks.acquire(keys);
      // The holder of the lock before may have failed to build it, and have removed it.
      const slot = this.add(definition);
      if (!slot.current) (await this.build([slot], keys[0] ?? '', undefined)).swap();
      return slot;
    } catch (error) {
      if (this.slots.get(definition.token)?.definition === definition) this.slots.delete(definition.token);
      throw error;
    } finally {
      release();
    }
  }

  /** Resolves when no change is under way. */
  settled(): Promise<void> {
    return this.locks.idle();
  }

  /** Resolves when every replaced instance that nobody holds is disposed of. */
  async idle(): Promise<void> {
    for (;;) {
      const disposals = this.all().flatMap((slot) => slot.disposals());
      if (disposals.length === 0) return;
      await Promise.all(disposals);
    }
  }

  /** Disposes of everything, dependents before their dependencies. Leases get `drainMs` to end. */
  async end(drainMs: number): Promise<void> {
    await Promise.all(this.all().map((slot) => slot.end(drainMs)));
  }

  private async build(
    slots: readonly ResourceSlot[],
    key: string,
    next: HotConfigSnapshot<object> | undefined,
  ): Promise<PreparedResources> {
    if (slots.length === 0) return new PreparedResources([]);
    return new ResourceBuild(this, this.options, key, next).run(slots);
  }

  /** The keys that a resource is built from, directly or through other resources. */
  keysOf(slot: ResourceSlot): ReadonlySet<string> {
    const below = this.dependenciesOf(slot).flatMap((dependency) => [...this.keysOf(dependency)]);
    return new Set([...slot.definition.keys, ...below]);
  }

  /** The resource that closes a circle is the last to be added. */
  private rejectCircle(slot: ResourceSlot, path: readonly ResourceSlot[]): void {
    if (path[0] === slot) {
      const names = [...path, slot].map(({ definition }) => definition.name).join(' → ');
      throw new HotConfigSetupError(`Circular dependency between hot resources: ${names}.`);
    }
    for (const token of slot.definition.uses) {
      const dependency = this.slots.get(token);
      if (dependency) this.rejectCircle(dependency, [...path, slot]);
    }
  }

  /** @throws HotConfigSetupError for a dependency that is not provided */
  dependenciesOf(slot: ResourceSlot): readonly ResourceSlot[] {
    return slot.definition.uses.map((token) => {
      const dependency = this.slots.get(token);
      if (dependency) return dependency;
      throw new HotConfigSetupError(
        `${slot.definition.name} lists ${nameOfToken(token)} in "uses", but no hot resource is provided under that token. Provide it with hotResource in an imported module.`,
      );
    });
  }
}

/** For a pipeline without an engine. */
export function noResources(stopped: AbortSignal): ResourceSet {
  return new ResourceSet({ config: () => undefined, timeoutMs: 0, report: () => undefined, stopped });
}
