import {
  HotConfigUnavailableError,
  type HotConfigChange,
  type HotConfigDefinition,
  type HotConfigRejection,
  type HotConfigSnapshot,
  type HotConfigStatus,
  type LastKnownGoodStore,
  type SourceDocument,
} from '../contract/index.js';
import type { Variables } from '../document/index.js';
import { deepFreeze } from './freeze.js';
import { examine, type Candidate } from './candidate.js';
import { changeBetween } from './change.js';
import type { Report } from './events.js';
import type { Hook } from './hooks.js';
import { KeyHooks } from './key-hooks.js';
import {
  standingOf,
  transition,
  unknownKey,
  type KeyEvent,
  type KeyState,
  type Provenance,
} from './key-state.js';
import { LastKnownGood } from './last-known-good.js';
import { Listeners } from './listeners.js';
import { maskOf, maskedError } from '../redaction/index.js';
import type { ResourceSet, Turn } from './resource-set.js';
import { asRejection } from './verdict.js';

export interface PipelineOptions {
  readonly staleAfterMs: number;
  readonly hookTimeoutMs: number;
  readonly lastKnownGoodStore: LastKnownGoodStore | undefined;
  /** For `${NAME}` in the texts of documents; undefined: such a text stays as it is. */
  readonly variables?: Variables | undefined;
  readonly report: Report;
  /** What is built from this and other keys. */
  readonly resources: ResourceSet;
  /** Aborted when the engine stops and its hooks had their grace. */
  readonly stopped: AbortSignal;
}

/**
 * What a hook is taken to have seen when it is added: the current value, nothing at all (it is called at once), or the first
 * value that the application started with, for hooks found after the constructors have read it.
 */
export type HookSince = 'now' | 'nothing' | 'start';

/**
 * Everything that happens to one key: decode → validate → prepare → swap → notify. One document at a time; what is
 * offered meanwhile is conflated to the newest.
 */
export class KeyPipeline<T extends object = object> {
  private state: KeyState<T> = unknownKey;
  private first: Candidate<T> | undefined;
  /** What was served before, or was rolled back: a subscriber is told both sides of a change, and may quote them. */
  private replaced: HotConfigSnapshot<T> | undefined;
  private waiting: { document: SourceDocument; force: boolean } | undefined;
  private busy = false;
  private ended: Promise<void> = Promise.resolve();
  readonly lastKnownGood: LastKnownGood;
  private readonly hooks: KeyHooks<T>;
  private readonly swaps = new Listeners<HotConfigSnapshot<T>>((error) => this.reportListenerError(error));
  private readonly rejections = new Listeners<HotConfigRejection>((error) => this.reportListenerError(error));

  /** Resolves when what is served is the store's own, for the first time. */
  readonly synchronized: Promise<void>;
  private markSynchronized: () => void = () => undefined;

  constructor(
    readonly definition: HotConfigDefinition<T>,
    private readonly options: PipelineOptions,
  ) {
    this.lastKnownGood = new LastKnownGood(options.lastKnownGoodStore, options.report);
    this.hooks = new KeyHooks(definition, {
      timeoutMs: options.hookTimeoutMs,
      stopped: options.stopped,
      onFailure: (failure) => options.report({ type: 'hook-failed', key: definition.key, failure }),
      onEnded: (hook, ms) => options.report({ type: 'hook-ended', key: definition.key, hook, ms }),
    });
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
    const { attempted, pendingRestart, rejection, missing, behind, confirmedAt } = this.state;
    const { revision, epoch, digest, appliedAt } = this.snapshot;
    return {
      key: this.key,
      ...standingOf(this.state, new Date(), this.options.staleAfterMs),
      applied: { revision, epoch, digest, at: appliedAt },
      attempted: attempted && { revision: attempted.revision, epoch: attempted.epoch, at: attempted.at },
      pendingRestart,
      rejection,
      missing,
      behind,
      confirmedAt,
      source,
      hookFailures: this.hooks.failures,
      lastKnownGoodFailure: this.lastKnownGood.failure,
    };
  }

  /** Takes a document up as soon as the one before it is done with. `force` tries a refused one again. */
  offer(document: SourceDocument, force = false): void {
    // Now, not when it is this document's turn: meanwhile the store may have fallen silent, or lost the key.
    this.advance({ type: 'confirmed', at: new Date() });
    this.waiting = { document, force: force || this.waiting?.force === true };
    this.noteReported(document);
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

  /**
   * Applies what the start policy falls back to, unless the store's own value was there first. Throws `RejectionError`.
   *
   * @param confirmedAt when the store had this document, for one that came from it
   */
  async applyFallback(
    document: SourceDocument,
    provenance: 'last-known-good' | 'defaults',
    confirmedAt?: Date,
  ): Promise<void> {
    await this.inTurn(async (turn) => {
      if (this.state.applied) return;
      await this.change(await this.examine(document), provenance, turn);
      if (confirmedAt) this.advance({ type: 'remembered', at: confirmedAt });
    });
  }

  /** Takes a value as it is, without a document or a schema: for refs of unit tests. */
  preset(value: T, revision: number): void {
    const at = new Date();
    const { key } = this;
    const place = { key, revision, epoch: 'preset', digest: `preset-${revision}`, origin: 'preset' };
    const frozen = deepFreeze(value) as HotConfigSnapshot<T>['value'];
    const snapshot = { ...place, value: frozen, publishedAt: undefined, appliedAt: at };
    this.advance({ type: 'confirmed', at });
    this.swap({ snapshot, plain: {}, pendingRestart: [] }, 'store', this.changeTo(snapshot));
    this.hooks.notify(snapshot);
  }

  /** Called at once after each swap, in order. A listener that throws is reported and harms nobody. */
  onSwap(listener: (snapshot: HotConfigSnapshot<T>) => void): () => void {
    return this.swaps.add(listener);
  }

  onRejection(listener: (rejection: HotConfigRejection) => void): () => void {
    return this.rejections.add(listener);
  }

  addPrepareHook(hook: Hook<T>): () => void {
    return this.hooks.addPrepare(hook);
  }

  /** Called after the swap and waited for; throwing rolls the change back. It cannot roll back what it missed before. */
  addCriticalHook(hook: Hook<T>, since: HookSince = 'now'): () => void {
    return this.hooks.addCritical(hook, this.seenSince(since), this.state.applied);
  }

  addNotifyHook(hook: Hook<T>, since: HookSince = 'now'): () => void {
    return this.hooks.addNotify(hook, this.seenSince(since), this.state.applied);
  }

  private seenSince(since: HookSince): HotConfigSnapshot<T> | undefined {
    return { now: this.state.applied, nothing: undefined, start: this.first?.snapshot }[since];
  }

  /** Reports what a listener or subscriber has thrown, without what is sensitive in the config. */
  reportListenerError(cause: unknown): void {
    const { applied } = this.state;
    const error = maskedError(cause, maskOf(this.definition, applied?.value, this.replaced?.value));
    this.options.report({ type: 'listener-failed', key: this.key, error });
  }

  /** Resolves when nothing waits and every hook has ended. */
  async settled(): Promise<void> {
    do {
      while (this.busy) await this.ended;
      await this.hooks.idle();
    } while (this.busy);
  }

  /** Resolves when it is settled and the snapshot is on disk. */
  async idle(): Promise<void> {
    do {
      await this.settled();
      await this.lastKnownGood.idle();
    } while (this.busy);
  }

  private async drain(): Promise<void> {
    while (this.waiting && !this.options.stopped.aborted) {
      const { document, force } = this.waiting;
      this.waiting = undefined;
      // Once more: the swap before may have made what was served the newest for a moment.
      this.noteReported(document);
      if (force || !this.wasAttempted(document)) await this.attempt(document);
    }
    this.busy = false;
  }

  private noteReported(document: SourceDocument): void {
    this.advance({ type: 'reported', position: document, at: document.publishedAt ?? new Date() });
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
      await this.inTurn(async (turn) => this.change(await this.examine(document), 'store', turn));
      if (!this.options.stopped.aborted) this.lastKnownGood.save(document, this.snapshot.digest);
    } catch (cause) {
      if (this.options.stopped.aborted) return;
      this.reject(document, cause);
    }
  }

  private async inTurn(work: (turn: Turn) => Promise<void>): Promise<void> {
    const turn = await this.options.resources.turn(this.key);
    try {
      await work(turn);
    } finally {
      turn.end();
    }
  }

  private examine(document: SourceDocument): Promise<Candidate<T>> {
    const { definition, first, options, state } = this;
    const { applied, pendingRestart } = state;
    const { variables, hookTimeoutMs: timeoutMs, stopped } = options;
    return examine(document, { definition, first, applied, pendingRestart, variables, timeoutMs, stopped });
  }

  /**
   * From a valid candidate to the served value, or not at all: everything is prepared, then the value and what was built
   * from it change in one step. Throws `RejectionError`, or why the engine stops.
   */
  private async change(candidate: Candidate<T>, provenance: Provenance, turn: Turn): Promise<void> {
    const { applied } = this.state;
    try {
      await this.carryOut(candidate, provenance, turn);
    } catch (cause) {
      if (this.options.stopped.aborted) throw cause;
      const { plain, snapshot } = candidate;
      throw asRejection(cause, maskOf(this.definition, plain, snapshot.value, applied?.value));
    }
  }

  private async carryOut(candidate: Candidate<T>, provenance: Provenance, turn: Turn): Promise<void> {
    const { state: before, options } = this;
    if (before.applied?.value === candidate.snapshot.value)
      return this.swap(candidate, provenance, undefined);
    // Before anything is swapped: a value that cannot be compared is a refusal like any other.
    const change = this.changeTo(candidate.snapshot);
    await this.hooks.prepare(before.applied, candidate.snapshot);
    const prepared = await options.resources.prepare(candidate.snapshot, turn);
    if (options.stopped.aborted) return prepared.discard();
    const snapshot = Object.freeze({ ...candidate.snapshot, appliedAt: new Date() });
    const jury = this.hooks.jury();
    const swapped = prepared.swap();
    this.swap({ ...candidate, snapshot }, provenance, change);
    const agreed = new Set<Hook<T>>();
    try {
      if (before.applied) await this.hooks.confirm(jury, before.applied, snapshot, agreed);
    } catch (cause) {
      swapped.undo();
      await this.rollBack(before, snapshot, agreed);
      throw cause;
    }
    swapped.keep();
    if (provenance === 'store') this.markSynchronized();
    this.hooks.notify(snapshot);
  }

  private async rollBack(
    before: KeyState<T>,
    snapshot: HotConfigSnapshot<T>,
    agreed: ReadonlySet<Hook<T>>,
  ): Promise<void> {
    this.advance({ type: 'rolled-back', before });
    this.replaced = snapshot;
    if (!before.applied) return;
    this.swaps.tell(before.applied);
    await this.hooks.rollBack(agreed, snapshot, before.applied);
  }

  /** Undefined for the first value. */
  private changeTo(snapshot: HotConfigSnapshot<T>): HotConfigChange<T> | undefined {
    const { definition, options, state } = this;
    const isSensitive = definition.isSensitive.bind(definition);
    return state.applied && changeBetween(state.applied, snapshot, isSensitive, options.stopped);
  }

  private swap(
    { snapshot, plain, pendingRestart }: Candidate<T>,
    provenance: Provenance,
    change: HotConfigChange<T> | undefined,
  ): void {
    const before = this.state.applied;
    // Also what was refused meanwhile is settled then: the last word in a log must not be the refusal.
    const confirms = provenance === 'store' && (this.state.provenance !== 'store' || this.state.rejection);
    this.advance({ type: 'swapped', snapshot, provenance, pendingRestart });
    this.first ??= { snapshot, plain, pendingRestart };
    if (before?.value === snapshot.value) {
      if (provenance === 'store') this.markSynchronized();
      if (confirms) this.options.report({ type: 'confirmed', snapshot });
      return;
    }
    this.replaced = before;
    this.options.report({ type: 'applied', snapshot, provenance, change, pendingRestart });
    this.swaps.tell(snapshot);
  }

  private reject(document: SourceDocument, cause: unknown): void {
    const { key, revision, epoch, origin, publishedAt } = document;
    const { stage, error, issues } = asRejection(cause, maskOf(this.definition, this.state.applied?.value));
    const rejection = { key, revision, epoch, origin, publishedAt, stage, at: new Date(), error, issues };
    const known = this.state.rejection;
    this.advance({ type: 'rejected', rejection });
    // The timer tries it again and again; one report per cause is enough.
    if (stage === 'prepare' && known?.error.message === error.message) return;
    this.options.report({ type: 'rejected', rejection, inForce: this.state.applied });
    this.rejections.tell(rejection);
  }

  private advance(event: KeyEvent<T>): void {
    this.state = transition(this.state, event, this.options.staleAfterMs);
  }
}
