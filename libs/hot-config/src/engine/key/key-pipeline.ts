import { LatestOnly } from '../../async/latest-only.js';
import {
  type HotConfigDefinition,
  type HotConfigSnapshot,
  type HotConfigStatus,
  HotConfigUnavailableError,
  type LastKnownGoodStore,
  type SourceDocument,
} from '../../contract/index.js';
import type { Variables } from '../../document/index.js';
import type { Report } from '../events.js';
import { KeyHooks } from '../hooks/key-hooks.js';
import type { ResourceSet } from '../resources/resource-set.js';
import { ChangeDescriber } from './change.js';
import { applyChange, type TransactionContext } from './change-transaction.js';
import { evaluateDocument } from './document-evaluation.js';
import { deepFreeze } from './freeze.js';
import { type KeyState, type Provenance, standingOf } from './key-state.js';
import { LastKnownGood } from './last-known-good.js';
import { ServedValue } from './served-value.js';

/** The same for all keys of an application. */
export interface KeyOptions {
  readonly lastKnownGoodStore: LastKnownGoodStore | undefined;
  /** For `${NAME}` in the texts of documents; undefined: such a text stays as it is. */
  readonly variables?: Variables | undefined;
  /** Milliseconds for one call of a hook or a schema. */
  readonly hookTimeoutMs: number;
  readonly report: Report;
}

export interface PipelineOptions extends KeyOptions {
  readonly staleAfterMs: number;
  /** The hot resources built from this and other keys. */
  readonly resources: ResourceSet;
  /** Aborted when the engine stops and its hooks had their grace. */
  readonly stopped: AbortSignal;
}

/** Everything that happens to one key: evaluate → change. One document at a time; documents offered meanwhile are conflated. */
export class KeyPipeline<T extends object = object> {
  readonly lastKnownGood: LastKnownGood;
  readonly served: ServedValue<T>;
  readonly hooks: KeyHooks<T>;
  readonly changes: ChangeDescriber<T>;
  private readonly context: TransactionContext<T>;
  private readonly offered = new LatestOnly<{ readonly document: SourceDocument; readonly force: boolean }>({
    work: ({ document, force }) => this.receive(document, force),
    merge: (waiting, next) => ({ ...next, force: waiting.force || next.force }),
  });

  constructor(
    readonly definition: HotConfigDefinition<T>,
    private readonly options: PipelineOptions,
  ) {
    const { hookTimeoutMs: timeoutMs, report, resources, stopped, variables } = options;
    this.lastKnownGood = new LastKnownGood(options.lastKnownGoodStore, report);
    const served = new ServedValue(definition, options.staleAfterMs, report);
    const changes = new ChangeDescriber(definition);
    const hooks = new KeyHooks({ definition, served, changes, timeoutMs, stopped, report });
    [this.served, this.changes, this.hooks] = [served, changes, hooks];
    this.context = { definition, variables, timeoutMs, stopped, served, changes, hooks, resources };
  }

  get key(): string {
    return this.definition.key;
  }

  get current(): KeyState<T> {
    return this.served.state;
  }

  /** The applied snapshot. Throws before the first one. */
  get snapshot(): HotConfigSnapshot<T> {
    const { applied } = this.current;
    if (applied) return applied;
    throw new HotConfigUnavailableError(
      `"${this.key}" has no value yet. Wait for HotConfigService.ready(), or read it after the module has started.`,
      { key: this.key },
    );
  }

  /** Throws before the first value. */
  status(source: HotConfigStatus['source']): HotConfigStatus {
    const { attempted, pendingRestart, rejection, missing, behind, confirmedAt } = this.current;
    const { revision, epoch, digest, appliedAt } = this.snapshot;
    return {
      key: this.key,
      ...standingOf(this.current, new Date(), this.options.staleAfterMs),
      applied: { revision, epoch, digest, at: appliedAt },
      attempted: attempted && { revision: attempted.revision, epoch: attempted.epoch, at: attempted.at },
      ...{ pendingRestart, rejection, missing, behind, confirmedAt, source },
      hookFailures: this.hooks.failures,
      lastKnownGoodFailure: this.lastKnownGood.failure,
    };
  }

  /** Tries a document as soon as the one before it is done. `force` tries a rejected document again. */
  offer(document: SourceDocument, force = false): void {
    // Now, not when the document is tried: until then the store may have fallen silent, or lost the key.
    this.served.recordFound(document.revision);
    this.recordReported(document);
    this.offered.offer({ document, force });
  }

  /**
   * Applies a fallback of the start policy, unless the store's own value was there first.
   *
   * @param confirmedAt when the store had this document, for one that came from it
   * @throws RejectionError
   */
  async applyFallback(
    document: SourceDocument,
    provenance: 'last-known-good' | 'defaults',
    confirmedAt?: Date,
  ): Promise<void> {
    await this.change(document, provenance);
    if (confirmedAt && this.current.provenance === provenance)
      this.served.record({ type: 'remembered', at: confirmedAt });
  }

  /** Applies a value without a document or a schema: for refs of unit tests. */
  preset(value: T, revision: number): void {
    const { key } = this;
    const at = new Date();
    const position = { key, revision, epoch: 'preset', digest: `preset-${revision}`, origin: 'preset' };
    const frozen = deepFreeze(value) as HotConfigSnapshot<T>['value'];
    const snapshot = { ...position, value: frozen, publishedAt: undefined, appliedAt: at };
    this.served.record({ type: 'confirmed', at });
    this.served.swap({ snapshot, plain: {}, pendingRestart: [] }, 'store', undefined);
  }

  /** Resolves when no document waits and every hook has ended. */
  async settled(): Promise<void> {
    do {
      await this.offered.idle();
      await this.hooks.idle();
    } while (this.offered.isBusy);
  }

  /** Resolves when the key is settled and its last known good is on disk. */
  async idle(): Promise<void> {
    do {
      await this.settled();
      await this.lastKnownGood.idle();
    } while (this.offered.isBusy);
  }

  private recordReported(document: SourceDocument): void {
    const at = document.publishedAt ?? new Date();
    this.served.record({ type: 'reported', position: document, at });
  }

  private async receive(document: SourceDocument, force: boolean): Promise<void> {
    const { stopped } = this.options;
    if (stopped.aborted) return;
    // Once more: the swap of the document before may have made that one the newest for a moment.
    this.recordReported(document);
    if (!force && this.wasAttempted(document)) return;
    const { bytes, revision, epoch } = document;
    this.served.record({ type: 'attempted', attempt: { bytes, revision, epoch, at: new Date() } });
    try {
      await this.change(document, 'store');
      if (!stopped.aborted) this.lastKnownGood.save(document, this.snapshot.digest);
    } catch (cause) {
      if (!stopped.aborted) this.served.reject(document, cause);
    }
  }

  /** The bytes are compared too: a bucket that was re-created unnoticed has other content at the same position. */
  private wasAttempted(document: SourceDocument): boolean {
    const { attempted } = this.current;
    return (
      attempted?.revision === document.revision &&
      attempted.epoch === document.epoch &&
      Buffer.compare(attempted.bytes, document.bytes) === 0
    );
  }

  private async change(document: SourceDocument, provenance: Provenance): Promise<void> {
    const lock = await this.options.resources.lock(this.key);
    try {
      // The store's value may have come while a fallback waited.
      if (provenance !== 'store' && this.current.applied) return;
      const evaluated = await evaluateDocument(document, this.context);
      await applyChange(evaluated, provenance, lock, this.context);
    } finally {
      lock.release();
    }
  }
}
