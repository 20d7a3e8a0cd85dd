import type { HotConfigDefinition } from '../contract/index.js';
import { KeyPipeline, noResources, sharedController, type EngineEvent } from '../engine/index.js';
import { LiveHotConfigRef, type HotConfigRef } from '../nest/index.js';

/** A ref of a unit test, with the value in the test's hands. */
export interface HotConfigRefDouble<T extends object> extends HotConfigRef<T> {
  /** Swaps to another value, as a change of the store would. Resolves when the hooks have run; rejects when one failed. */
  set(value: T): Promise<void>;
}

/** A ref without a module, for unit tests. The value is taken as it is: no schema, no store. It is frozen, as in production. */
export function createHotConfigRef<T extends object>(value: T, key = 'test'): HotConfigRefDouble<T> {
  return new DetachedRef(value, key);
}

class DetachedRef<T extends object> extends LiveHotConfigRef<T> implements HotConfigRefDouble<T> {
  private revision = 0;

  constructor(
    value: T,
    key: string,
    private readonly failures: unknown[] = [],
    /** Nothing ends such a ref. */
    closed = sharedController().signal,
    private readonly detached = new KeyPipeline<T>(undeclared(key), {
      staleAfterMs: Number.MAX_SAFE_INTEGER,
      hookTimeoutMs: 10_000,
      snapshots: undefined,
      resources: noResources(closed),
      stopped: closed,
      report: (event) => failures.push(...failureOf(event)),
    }),
  ) {
    super(detached, {
      status: () =>
        detached.status({ name: 'test', up: true, since: new Date(), reason: undefined, notes: [] }),
      pins: undefined,
      // Only what this ref holds could be read, and a swap in between is the test's own wish.
      pinned: (work) => work(),
      closed,
    });
    this.preset(value);
  }

  async set(value: T): Promise<void> {
    this.preset(value);
    await this.detached.idle();
    const failure = this.failures.shift();
    if (failure instanceof Error) throw failure;
    if (failure !== undefined)
      throw new Error('A hook or subscriber threw something that is not an Error', { cause: failure });
  }

  private preset(value: T): void {
    this.revision += 1;
    this.detached.preset(value, this.revision);
  }
}

function failureOf(event: EngineEvent): readonly unknown[] {
  if (event.type === 'hook-failed') return [event.failure.error];
  return event.type === 'listener-failed' ? [event.error] : [];
}

function undeclared<T extends object>(key: string): HotConfigDefinition<T> {
  return {
    key,
    defaults: {},
    validate: () => Promise.reject(new Error('a ref without a module reads no documents')),
    isSensitive: () => false,
    conceal: (text) => text,
    needsRestart: () => false,
  };
}
