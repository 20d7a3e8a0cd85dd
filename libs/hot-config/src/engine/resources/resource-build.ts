import { withDeadline } from '../../async/deadline.js';
import { childController } from '../../async/shared-controller.js';
import {
  HotConfigResourceError,
  type HotConfigSnapshot,
  HotConfigTimeoutError,
  type HotResourceContext,
} from '../../contract/index.js';
import { type Mask, maskedError, maskOf } from '../../redaction/index.js';
import { diffValues } from '../key/diff.js';
import { PreparedResources, type Replacement } from './prepared-resources.js';
import { ResourceInstance } from './resource-instance.js';
import type { ResourceSet, ResourceSetOptions } from './resource-set.js';
import { nameOfToken, type ResourceSlot } from './resource-slot.js';

/** The builds of one change: in parallel, but for resources that depend on each other. The first failure ends all of them. */
export class ResourceBuild {
  private readonly begun = new Map<ResourceSlot, Promise<ResourceInstance | undefined>>();
  private readonly ended: ReturnType<typeof childController>;

  /**
   * @param key the key that changes, or the first key of a resource that is built for the first time
   * @param next the new value of that key; undefined for a first build
   */
  constructor(
    private readonly set: Pick<ResourceSet, 'dependenciesOf' | 'keysOf'>,
    private readonly options: ResourceSetOptions,
    private readonly key: string,
    private readonly next: HotConfigSnapshot<object> | undefined,
  ) {
    this.ended = childController(options.stopped);
  }

  /** @throws HotConfigResourceError, or `stopped.reason`, after everything that was built is retired */
  async run(slots: readonly ResourceSlot[]): Promise<PreparedResources> {
    const { controller, detach } = this.ended;
    await Promise.all(slots.map((slot) => this.begin(slot)));
    detach();
    const replacements: Replacement[] = [];
    for (const [slot, built] of this.begun) {
      const next = await built;
      if (next) replacements.push({ slot, before: slot.current, next });
    }
    const prepared = new PreparedResources(replacements);
    if (!controller.signal.aborted) return prepared;
    prepared.discard();
    throw controller.signal.reason;
  }

  private begin(slot: ResourceSlot): Promise<ResourceInstance | undefined> {
    const begun = this.begun.get(slot) ?? this.build(slot).catch((cause: unknown) => this.fail(cause));
    this.begun.set(slot, begun);
    return begun;
  }

  /** The first failure is the reason; the other builds fail because of it. */
  private fail(cause: unknown): undefined {
    const { controller } = this.ended;
    if (!controller.signal.aborted) controller.abort(cause);
    return undefined;
  }

  /** Undefined when there is nothing to build: what the resource is built from has not changed, or is not there yet. */
  private async build(slot: ResourceSlot): Promise<ResourceInstance | undefined> {
    const { signal } = this.ended.controller;
    const dependencies = this.set.dependenciesOf(slot);
    const rebuilt = await Promise.all(dependencies.map((dependency) => this.begin(dependency)));
    if (signal.aborted) return undefined;
    const configs = slot.definition.keys.map((key) => this.snapshotOf(key));
    const instances = dependencies.map((dependency, i) => rebuilt[i] ?? dependency.current);
    if (!isComplete(configs) || !isComplete(instances)) return undefined;
    const mask = this.maskFor(slot);
    try {
      const selected = slot.definition.select(configs.map(({ value }) => value));
      const isRebuilt = rebuilt.some((instance) => instance !== undefined);
      if (!isRebuilt && this.isSame(slot, selected)) return undefined;
      return await this.make(slot, selected, instances, mask);
    } catch (cause) {
      throw signal.aborted ? cause : this.errorOf(slot, cause, mask);
    }
  }

  /** `equals` is asked about changes of the resource's own configs only: it may say that a value differs from itself. */
  private isSame({ current, definition }: ResourceSlot, selected: unknown): boolean {
    if (!current) return false;
    const isConcerned = this.next !== undefined && definition.keys.includes(this.key);
    return !isConcerned || definition.equals(current.selected, selected);
  }

  /** An instance of a build that fails is retired like any other, whatever its `verify` is still doing. */
  private async make(
    slot: ResourceSlot,
    selected: unknown,
    dependencies: readonly ResourceInstance[],
    mask: Mask,
  ): Promise<ResourceInstance> {
    const { definition } = slot;
    const timeoutMs = definition.timeoutMs ?? this.options.timeoutMs;
    let made: ResourceInstance | undefined;
    let hasFailed = false;
    const work = async (signal: AbortSignal): Promise<ResourceInstance> => {
      const context = contextOf(slot, selected, dependencies, signal);
      const instance = await definition.create(selected, context);
      made = new ResourceInstance(instance, selected, dependencies, () => this.dispose(slot, instance, mask));
      if (hasFailed) void slot.retire(made);
      else await definition.verify?.(instance, { signal, previous: context.previous });
      return made;
    };
    const { key, revision } = this.cause;
    const late = (): Error =>
      new HotConfigTimeoutError(
        `it was not ready within ${timeoutMs} ms; raise timeoutMs, or honour context.signal in create`,
        { key, revision },
      );
    try {
      return await withDeadline(work, timeoutMs, this.ended.controller.signal, late);
    } catch (cause) {
      hasFailed = true;
      if (made) void slot.retire(made);
      throw cause;
    }
  }

  /** Never rejects: an instance that cannot be disposed of is reported and abandoned. */
  private async dispose(slot: ResourceSlot, instance: unknown, mask: Mask): Promise<void> {
    const { definition } = slot;
    const { disposeTimeoutMs, name } = definition;
    if (!definition.dispose) return;
    const late = (): Error => new HotConfigTimeoutError(`dispose did not end within ${disposeTimeoutMs} ms`);
    const work = (): unknown => definition.dispose?.(instance);
    // Not ended by a stop: that is when most instances are disposed of.
    await withDeadline(work, disposeTimeoutMs, new AbortController().signal, late).catch((cause: unknown) => {
      const reason = maskedError(cause, mask).message;
      this.options.report({ type: 'dispose-failed', resource: name, reason });
    });
  }

  /** A config as the builds of one change see it: the new value of the key that changes, else the applied one, if any. */
  private snapshotOf(key: string): HotConfigSnapshot<object> | undefined {
    return this.next?.key === key ? this.next : this.options.config(key)?.current.applied;
  }

  /** Masks the secrets of the configs that a resource is built from, with the change and without it. */
  private maskFor(slot: ResourceSlot): Mask {
    const masks = Array.from(this.set.keysOf(slot), (key) => {
      const config = this.options.config(key);
      return config && maskOf(config.definition, this.snapshotOf(key)?.value, config.current.applied?.value);
    });
    return (text) => masks.reduce((masked, mask) => mask?.(masked) ?? masked, text);
  }

  /** For messages: the change that asks for the builds. */
  private get cause(): { readonly key: string; readonly revision: number } {
    return { key: this.key, revision: this.snapshotOf(this.key)?.revision ?? 0 };
  }

  private errorOf(slot: ResourceSlot, thrown: unknown, mask: Mask): HotConfigResourceError {
    const { name } = slot.definition;
    const { key, revision } = this.cause;
    const cause = maskedError(thrown, mask);
    const stays = slot.current
      ? `The value and ${name} in use before stay in force`
      : 'No instance is in use';
    const message = `${name} could not be built for "${key}" revision ${revision}: ${cause.message}. ${stays}; correct the document, or what it points at: it is retried at the next reconcile.`;
    return new HotConfigResourceError(message, { key, revision, cause });
  }
}

function contextOf(
  slot: ResourceSlot,
  selected: unknown,
  dependencies: readonly ResourceInstance[],
  signal: AbortSignal,
): HotResourceContext<unknown> {
  const previous = slot.current?.selected;
  return {
    signal,
    previous,
    get diff() {
      // Its paths are not those of the documents, so nobody can tell what is sensitive: all of it may be.
      return diffValues(previous ?? (typeof selected === 'object' ? {} : undefined), selected, () => true);
    },
    resource<D>(token: unknown): D {
      const used = dependencies[slot.definition.uses.indexOf(token)];
      if (used) return used.instance as D;
      throw new TypeError(
        `${slot.definition.name} asks for ${nameOfToken(token)} without listing it in uses`,
      );
    },
  };
}

function isComplete<E>(list: (E | undefined)[]): list is E[] {
  return !list.includes(undefined);
}
