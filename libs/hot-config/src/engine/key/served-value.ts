import type {
  HotConfigChange,
  HotConfigDefinition,
  HotConfigRejection,
  HotConfigSnapshot,
  SourceDocument,
} from '../../contract/index.js';
import { maskedError, maskOf } from '../../redaction/index.js';
import type { Report } from '../events.js';
import { asRejection } from '../rejection-error.js';
import type { EvaluatedDocument } from './document-evaluation.js';
import { initialState, type KeyEvent, type KeyState, type Provenance, transition } from './key-state.js';
import { Listeners } from './listeners.js';

export interface ServedValueOptions<T extends object> {
  readonly definition: HotConfigDefinition<T>;
  readonly staleAfterMs: number;
  readonly report: Report;
}

/** The state of one key and its listeners. Whatever happens to the key is recorded here, and reported from here. */
export class ServedValue<T extends object> {
  private current: KeyState<T> = initialState;
  private firstDocument: EvaluatedDocument<T> | undefined;
  private replacedSnapshot: HotConfigSnapshot<T> | undefined;
  private readonly swaps = new Listeners<HotConfigSnapshot<T>>((error) => this.reportListenerError(error));
  private readonly rejections = new Listeners<HotConfigRejection>((error) => this.reportListenerError(error));
  private resolveSynchronized: () => void = () => undefined;
  /** Resolves when the served value is the store's, for the first time. */
  readonly synchronized = new Promise<void>((resolve) => (this.resolveSynchronized = resolve));

  constructor(private readonly options: ServedValueOptions<T>) {}

  get state(): KeyState<T> {
    return this.current;
  }

  /** The first document that was served: what the process started with. */
  get first(): EvaluatedDocument<T> | undefined {
    return this.firstDocument;
  }

  /** Served before the last swap, or rolled back. Listeners get both sides of a change, and may quote them in an error. */
  get replaced(): HotConfigSnapshot<T> | undefined {
    return this.replacedSnapshot;
  }

  /** Called synchronously after each swap and each roll back. */
  onSwap(listener: (snapshot: HotConfigSnapshot<T>) => void): () => void {
    return this.swaps.add(listener);
  }

  onRejection(listener: (rejection: HotConfigRejection) => void): () => void {
    return this.rejections.add(listener);
  }

  record(event: KeyEvent<T>): void {
    this.current = transition(this.current, event, this.options.staleAfterMs);
  }

  /** @param change undefined for the first value */
  swap(
    { snapshot, plain, pendingRestart }: EvaluatedDocument<T>,
    provenance: Provenance,
    change: HotConfigChange<T> | undefined,
  ): void {
    this.replacedSnapshot = this.current.applied;
    this.record({ type: 'swapped', snapshot, provenance, pendingRestart });
    this.firstDocument ??= { snapshot, plain, pendingRestart };
    this.options.report({ type: 'applied', snapshot, provenance, change, pendingRestart });
    this.swaps.emit(snapshot);
  }

  /** For a document with the very value that is served: only its position is new. */
  confirm({ snapshot, pendingRestart }: EvaluatedDocument<T>, provenance: Provenance): void {
    const { provenance: provenanceBefore, rejection } = this.current;
    this.record({ type: 'swapped', snapshot, provenance, pendingRestart });
    if (provenance !== 'store') return;
    this.markSynchronized();
    // Also after a rejection: the rejection must not be the last word in a log.
    if (provenanceBefore !== 'store' || rejection) this.options.report({ type: 'confirmed', snapshot });
  }

  rollBack(before: KeyState<T>, swapped: HotConfigSnapshot<T>): void {
    this.record({ type: 'rolled-back', before });
    this.replacedSnapshot = swapped;
    if (before.applied) this.swaps.emit(before.applied);
  }

  markSynchronized(): void {
    this.resolveSynchronized();
  }

  reject(document: SourceDocument, thrown: unknown): void {
    const { key, revision, epoch, origin, publishedAt } = document;
    const { applied, rejection: known } = this.current;
    const { stage, error, issues } = asRejection(thrown, maskOf(this.options.definition, applied?.value));
    const rejection = { key, revision, epoch, origin, publishedAt, stage, at: new Date(), error, issues };
    this.record({ type: 'rejected', rejection });
    // The timer tries the document again and again; one report per cause is enough.
    if (stage === 'prepare' && known?.error.message === error.message) return;
    this.options.report({ type: 'rejected', rejection, inForce: applied });
    this.rejections.emit(rejection);
  }

  recordMissing(reason: string): void {
    const isKnown = this.current.missing?.reason === reason;
    this.record({ type: 'missing', reason, at: new Date() });
    if (!isKnown) this.options.report({ type: 'missing', key: this.options.definition.key, reason });
  }

  /** Reports an error of a listener or subscriber, without the secrets of the config. */
  reportListenerError(cause: unknown): void {
    const { definition, report } = this.options;
    const error = maskedError(cause, maskOf(definition, this.current.applied?.value, this.replaced?.value));
    report({ type: 'listener-failed', key: definition.key, error });
  }
}
