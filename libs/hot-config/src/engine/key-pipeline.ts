import {
  HotConfigError,
  HotConfigSnapshotError,
  HotConfigUnavailableError,
  type HotConfigDefinition,
  type HotConfigRejection,
  type HotConfigSnapshot,
  type HotConfigStatus,
  type SnapshotStore,
  type SourceDocument,
} from '../contract/index.js';
import { deepFreeze } from './freeze.js';
import { changeBetween } from './change.js';
import type { Report } from './events.js';
import { NotifyRunner, prepareAll, type Hook, type HookSetting } from './hooks.js';
import {
  standingOf,
  transition,
  unknownKey,
  type KeyEvent,
  type KeyState,
  type Provenance,
} from './key-state.js';
import { decode, Refusal, validate } from './verdict.js';

export interface PipelineOptions {
  readonly staleAfterMs: number;
  readonly hookTimeoutMs: number;
  readonly snapshots: SnapshotStore | undefined;
  readonly report: Report;
  /** Aborted when the engine stops and its hooks had their grace. */
  readonly stopped: AbortSignal;
}

/**
 * Everything that happens to one key: decode → validate → prepare → swap → notify. One document at a time; what is
 * offered meanwhile is conflated to the newest.
 */
export class KeyPipeline<T extends object = object> {
  private state: KeyState<T> = unknownKey;
  private first: HotConfigSnapshot<T> | undefined;
  private waiting: { document: SourceDocument; force: boolean } | undefined;
  private busy = false;
  private ended: Promise<void> = Promise.resolve();
  private saving: Promise<void> = Promise.resolve();
  private saveFailed = false;
  private readonly prepareHooks = new Set<Hook<T>>();
  private readonly notifyRunners = new Set<NotifyRunner<T>>();
  private readonly listeners = new Set<(snapshot: HotConfigSnapshot<T>) => void>();
  private readonly rejectionListeners = new Set<(rejection: HotConfigRejection) => void>();

  /** Resolves when what is served is the store's own, for the first time. */
  readonly synchronized: Promise<void>;
  private markSynchronized: () => void = () => undefined;

  constructor(
    readonly definition: HotConfigDefinition<T>,
    private readonly options: PipelineOptions,
  ) {
    this.synchronized = new Promise((resolve) => (this.markSynchronized = resolve));
  }

  get key(): string {
    return this.definition.key;
  }

  get current(): KeyState<T> {
    return this.state;
  }

  /** The applied snapshot. Throws before the first one. */
  get snapshot(): HotConfigSnapshot<T> {
    if (this.state.applied) return this.state.applied;
    throw new HotConfigUnavailableError(
      `"${this.key}" has no value yet. Wait for HotConfigService.ready(), or read it after the module has started.`,
      { key: this.key },
    );
  }

  /** Throws before the first value. */
  status(source: HotConfigStatus['source']): HotConfigStatus {
    const { attempted, rejection, missing, confirmedAt } = this.state;
    const { revision, epoch, digest, appliedAt } = this.snapshot;
    const failures = Array.from(this.notifyRunners, (runner) => runner.failure);
    return {
      key: this.key,
      ...standingOf(this.state, new Date(), this.options.staleAfterMs),
      applied: { revision, epoch, digest, at: appliedAt },
      attempted: attempted && { revision: attempted.revision, epoch: attempted.epoch, at: attempted.at },
      rejection,
      missing,
      confirmedAt,
      source,
      hookFailures: failures.filter((failure) => failure !== undefined),
    };
  }

  /** Takes a document up as soon as the one before it is done with. `force` tries a refused one again. */
  offer(document: SourceDocument, force = false): void {
    this.waiting = { document, force: force || this.waiting?.force === true };
    if (this.busy) return;
    this.busy = true;
    this.ended = this.drain();
  }

  /** The store has no such document; what is applied stays. */
  reportMissing(reason: string): void {
    const known = this.state.missing?.reason === reason;
    this.advance({ type: 'missing', reason, at: new Date() });
    if (!known) this.options.report({ type: 'missing', key: this.key, reason });
  }

  /** Applies what the start policy falls back to, unless the store's own value was there first. Throws `Refusal`. */
  async applyFallback(document: SourceDocument, provenance: 'snapshot' | 'defaults'): Promise<void> {
    const { value, digest } = await this.accept(document);
    if (!this.state.applied) this.swap(this.snapshotOf(document, value, digest), provenance);
  }

  /** Takes a value as it is, without a document or a schema: for refs of unit tests. */
  preset(value: T, revision: number): void {
    const at = new Date();
    const { key } = this;
    const place = { key, revision, epoch: 'preset', digest: `preset-${revision}`, origin: 'preset' };
    const frozen = deepFreeze(value) as HotConfigSnapshot<T>['value'];
    this.advance({ type: 'confirmed', at });
    this.swap({ ...place, value: frozen, publishedAt: undefined, appliedAt: at }, 'store');
  }

  /** Called at once after each swap, in order. A listener that throws is reported and harms nobody. */
  onSwap(listener: (snapshot: HotConfigSnapshot<T>) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  onRejection(listener: (rejection: HotConfigRejection) => void): () => void {
    this.rejectionListeners.add(listener);
    return () => void this.rejectionListeners.delete(listener);
  }

  addPrepareHook(hook: Hook<T>): () => void {
    this.prepareHooks.add(hook);
    return () => void this.prepareHooks.delete(hook);
  }

  /**
   * `since` says what the hook is taken to have seen: the current value, nothing at all (it is called at once), or the
   * first value that the application started with, for hooks found after the constructors have read it.
   */
  addNotifyHook(hook: Hook<T>, since: 'now' | 'nothing' | 'start' = 'now'): () => void {
    const seen = { now: this.state.applied, nothing: undefined, start: this.first }[since];
    const runner = new NotifyRunner(hook, seen, this.hookSetting(), (failure) =>
      this.options.report({ type: 'hook-failed', key: this.key, failure }),
    );
    this.notifyRunners.add(runner);
    if (this.state.applied) runner.notify(this.state.applied);
    return () => void this.notifyRunners.delete(runner);
  }

  /** Resolves when nothing waits, every hook has ended and the snapshot is on disk. */
  async idle(): Promise<void> {
    do {
      while (this.busy) await this.ended;
      await Promise.all(Array.from(this.notifyRunners, (runner) => runner.idle()));
      await this.saving;
    } while (this.busy);
  }

  private async drain(): Promise<void> {
    while (this.waiting && !this.options.stopped.aborted) {
      const { document, force } = this.waiting;
      this.waiting = undefined;
      this.advance({ type: 'confirmed', at: new Date() });
      if (force || !this.wasAttempted(document)) await this.attempt(document);
    }
    this.busy = false;
  }

  /** Within one position the content cannot differ, unless the bucket was made anew behind our back: so compare it. */
  private wasAttempted(document: SourceDocument): boolean {
    const { attempted } = this.state;
    return (
      attempted?.revision === document.revision &&
      attempted.epoch === document.epoch &&
      Buffer.compare(attempted.bytes, document.bytes) === 0
    );
  }

  private async attempt(document: SourceDocument): Promise<void> {
    const { bytes, revision, epoch } = document;
    this.advance({ type: 'attempted', attempt: { bytes, revision, epoch, at: new Date() } });
    try {
      const { value, digest } = await this.accept(document);
      const snapshot = this.snapshotOf(document, value, digest);
      if (value !== this.state.applied?.value) await this.prepare(snapshot);
      if (this.options.stopped.aborted) return;
      this.swap(snapshot, 'store');
      this.save(document, digest);
    } catch (cause) {
      if (this.options.stopped.aborted) return;
      this.reject(document, cause);
    }
  }

  /** The same digest as applied gives the very same value: nothing is validated, no hook runs, the revision advances. */
  private async accept(document: SourceDocument): Promise<{ value: T; digest: string }> {
    const { value: plain, digest } = decode(document);
    const { applied } = this.state;
    if (applied?.digest === digest) return { value: applied.value as T, digest };
    const { hookTimeoutMs, stopped } = this.options;
    const value = await validate(this.definition, document, plain, hookTimeoutMs, stopped);
    return { value: deepFreeze(value), digest };
  }

  private async prepare(candidate: HotConfigSnapshot<T>): Promise<void> {
    try {
      await prepareAll(this.prepareHooks, this.state.applied, candidate, this.hookSetting());
    } catch (cause) {
      throw cause instanceof HotConfigError ? new Refusal('prepare', cause) : cause;
    }
  }

  private swap(snapshot: HotConfigSnapshot<T>, provenance: Provenance): void {
    const before = this.state.applied;
    const confirmsFallback = provenance === 'store' && this.state.provenance !== 'store';
    this.advance({ type: 'swapped', snapshot, provenance });
    this.first ??= snapshot;
    if (provenance === 'store') this.markSynchronized();
    if (before?.value === snapshot.value) {
      if (confirmsFallback) this.options.report({ type: 'confirmed', snapshot });
      return;
    }
    const change =
      before && changeBetween(before, snapshot, this.hookSetting().isSensitive, this.options.stopped);
    this.options.report({ type: 'applied', snapshot, provenance, change });
    this.tell(this.listeners, snapshot);
    for (const runner of this.notifyRunners) runner.notify(snapshot);
  }

  private reject(document: SourceDocument, cause: unknown): void {
    const refusal =
      cause instanceof Refusal
        ? cause
        : new Refusal(
            'validate',
            new HotConfigError('VALIDATION', 'The document could not be tried.', { cause }),
          );
    const { key, revision, epoch, origin, publishedAt } = document;
    const { stage, error, issues } = refusal;
    const rejection = { key, revision, epoch, origin, publishedAt, stage, at: new Date(), error, issues };
    this.advance({ type: 'rejected', rejection });
    this.options.report({ type: 'rejected', rejection, inForce: this.state.applied });
    this.tell(this.rejectionListeners, rejection);
  }

  private tell<E>(listeners: ReadonlySet<(event: E) => void>, event: E): void {
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.options.report({ type: 'listener-failed', key: this.key, error });
      }
    }
  }

  private advance(event: KeyEvent<T>): void {
    this.state = transition(this.state, event, this.options.staleAfterMs);
  }

  private snapshotOf(document: SourceDocument, value: T, digest: string): HotConfigSnapshot<T> {
    const { key, revision, epoch, origin, publishedAt } = document;
    const same = this.state.applied?.value === value ? this.state.applied.appliedAt : undefined;
    return Object.freeze({
      key,
      value: value as HotConfigSnapshot<T>['value'],
      revision,
      epoch,
      digest,
      origin,
      publishedAt,
      appliedAt: same ?? new Date(),
    });
  }

  /** Not waited for: a slow disk must not delay a change. The store keeps the order of the saves of one key. */
  private save(document: SourceDocument, digest: string): void {
    const { snapshots, report } = this.options;
    if (!snapshots) return;
    const { key, bytes, contentType, revision, epoch, origin, publishedAt } = document;
    const stored = {
      key,
      bytes,
      contentType,
      revision,
      epoch,
      digest,
      origin,
      publishedAt,
      savedAt: new Date(),
    };
    const saved = snapshots.save(stored).then(
      () => void (this.saveFailed = false),
      (cause: unknown) => {
        const message = `The last known good of "${key}" could not be saved to ${snapshots.name}; a restart without the store would not have it.`;
        const error =
          cause instanceof HotConfigSnapshotError
            ? cause
            : new HotConfigSnapshotError(message, { key, cause });
        if (!this.saveFailed) report({ type: 'snapshot-failed', key, error });
        this.saveFailed = true;
      },
    );
    this.saving = Promise.all([this.saving, saved]).then(() => undefined);
  }

  private hookSetting(): HookSetting {
    return {
      timeoutMs: this.options.hookTimeoutMs,
      isSensitive: (value, path) => this.definition.isSensitive(value, path),
      stopped: this.options.stopped,
    };
  }
}
