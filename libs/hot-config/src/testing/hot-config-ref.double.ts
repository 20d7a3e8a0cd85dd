import type { HotConfigDefinition, SourceDocument } from '../contract/index.js';
import { type EngineEvent, KeyPipeline, noResources, sharedController } from '../engine/index.js';
import { DocumentHotConfigRef, type HotConfigRef } from '../nest/index.js';

/** A ref for unit tests, whose value the test sets. */
export interface HotConfigRefDouble<T extends object> extends HotConfigRef<T> {
  /**
   * Sets another value, as a change in the store would. Resolves when the value is applied and the hooks have run.
   *
   * @throws the first error of a hook or a subscriber; HotConfigVetoError when a critical hook has thrown, and then the value before
   * is in force again
   */
  set(value: T): Promise<void>;
}

/** A ref without a module, for unit tests. The value is used as it is: no schema, no store. It is frozen, as in production. */
export function createHotConfigRef<T extends object>(value: T, key = 'test'): HotConfigRefDouble<T> {
  return new DetachedRef(value, key);
}

class DetachedRef<T extends object> extends DocumentHotConfigRef<T> implements HotConfigRefDouble<T> {
  private revision = 1;

  constructor(
    value: T,
    key: string,
    private readonly failures: Error[] = [],
    private readonly values = new Map<unknown, T>(),
    /** Never aborted. */
    closed = sharedController().signal,
    private readonly detached = new KeyPipeline<T>(undeclared(key, values), {
      staleAfterMs: Number.MAX_SAFE_INTEGER,
      hookTimeoutMs: 10_000,
      lastKnownGoodStore: undefined,
      resources: noResources(closed),
      stopped: closed,
      report: (event) => failures.push(...failureOf(event)),
    }),
  ) {
    super(detached, {
      status: () =>
        detached.status({ name: 'test', up: true, since: new Date(), reason: undefined, notes: [] }),
      pins: undefined,
      // There is no other config to be consistent with, and a swap in between is what the test asked for.
      pinned: (work) => work(),
      closed,
    });
    detached.preset(value, this.revision);
  }

  async set(value: T): Promise<void> {
    const before = this.failures.length;
    this.revision += 1;
    this.values.set(this.revision, value);
    this.detached.offer(documentOf(this.key, this.revision));
    await this.detached.idle();
    const [failure] = this.failures.slice(before);
    if (failure) throw failure;
  }
}

function failureOf(event: EngineEvent): readonly Error[] {
  if (event.type === 'hook-failed') return [event.failure.error];
  if (event.type === 'rejected') return [event.rejection.error];
  return event.type === 'listener-failed' ? [event.error] : [];
}

/** The document names the revision of its value, so that a change goes the same way as in production. */
function documentOf(key: string, revision: number): SourceDocument {
  const bytes = Buffer.from(JSON.stringify({ revision }));
  const place = { key, revision, epoch: 'preset', origin: 'preset', publishedAt: undefined };
  return { ...place, bytes, contentType: 'application/json' };
}

function undeclared<T extends object>(key: string, values: ReadonlyMap<unknown, T>): HotConfigDefinition<T> {
  return {
    key,
    defaults: {},
    validate: ({ revision }) => Promise.resolve({ accepted: true, value: values.get(revision) as T }),
    isSensitive: () => false,
    holdsSensitive: () => false,
    needsRestart: () => false,
  };
}
