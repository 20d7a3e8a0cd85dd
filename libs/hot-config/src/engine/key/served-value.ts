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

type Listener<E> = (event: E) => void;

/** The state of one key and its listeners. Whatever happens to the key is recorded here, and reported from here. */
export class ServedValue<T extends object> {
  private current: KeyState<T> = initialState;
  private readonly swapListeners = new Set<Listener<HotConfigSnapshot<T>>>();
  private readonly rejectionListeners = new Set<Listener<HotConfigRejection>>();
  private resolveSynchronized: () => void = () => undefined;
  /** Resolves when the served value is the store's, for the first time. */
  readonly synchronized = new Promise<void>((resolve) => (this.resolveSynchronized = resolve));

  constructor(
    private readonly definition: HotConfigDefinition<T>,
    private readonly staleAfterMs: number,
    private readonly report: Report,
  ) {}

  get state(): KeyState<T> {
    return this.current;
  }

  /** Called synchronously after each swap and each roll back. A listener that throws is reported and affects nobody else. */
  onSwap(listener: Listener<HotConfigSnapshot<T>>): () => void {
    this.swapListeners.add(listener);
    return () => void this.swapListeners.delete(listener);
  }

  onRejection(listener: Listener<HotConfigRejection>): () => void {
    this.rejectionListeners.add(listener);
    return () => void this.rejectionListeners.delete(listener);
  }

  record(event: KeyEvent<T>): void {
    this.current = transition(this.current, event, this.staleAfterMs);
  }

  /** @param change undefined for the first value */
  swap(
    evaluated: EvaluatedDocument<T>,
    provenance: Provenance,
    change: HotConfigChange<T> | undefined,
  ): void {
    const { snapshot, pendingRestart } = evaluated;
    this.record({ type: 'swapped', evaluated, provenance });
    this.report({ type: 'applied', snapshot, provenance, change, pendingRestart });
    this.emit(this.swapListeners, snapshot);
  }

  /** For a document with the very value that is served: only its position is new. */
  confirm(evaluated: EvaluatedDocument<T>, provenance: Provenance): void {
    const { provenance: provenanceBefore, rejection } = this.current;
    this.record({ type: 'swapped', evaluated, provenance });
    if (provenance !== 'store') return;
    this.markSynchronized();
    // Also after a rejection: the rejection must not be the last word in a log.
    if (provenanceBefore !== 'store' || rejection)
      this.report({ type: 'confirmed', snapshot: evaluated.snapshot });
  }

  rollBack(before: KeyState<T>): void {
    this.record({ type: 'rolled-back', before });
    if (before.applied) this.emit(this.swapListeners, before.applied);
  }

  markSynchronized(): void {
    this.resolveSynchronized();
  }

  reject(document: SourceDocument, thrown: unknown): void {
    const { key, revision, epoch, origin, publishedAt } = document;
    const { applied, rejection: known } = this.current;
    const { stage, error, issues } = asRejection(thrown, maskOf(this.definition, applied?.value));
    const rejection = { key, revision, epoch, origin, publishedAt, stage, at: new Date(), error, issues };
    this.record({ type: 'rejected', rejection });
    // The timer tries the document again and again; one report per cause is enough.
    if (stage === 'prepare' && known?.error.message === error.message) return;
    this.report({ type: 'rejected', rejection, inForce: applied });
    this.emit(this.rejectionListeners, rejection);
  }

  /** The store has no such document; the applied value stays. */
  recordMissing(reason: string): void {
    const isKnown = this.current.missing?.reason === reason;
    this.record({ type: 'missing', reason, at: new Date() });
    if (!isKnown) this.report({ type: 'missing', key: this.definition.key, reason });
  }

  /** The store has a document; whether it is good is not known yet. */
  recordFound(revision: number): void {
    const { missing } = this.current;
    this.record({ type: 'confirmed', at: new Date() });
    // The line about a missing document must not be the last word in a log.
    if (missing) this.report({ type: 'found', key: this.definition.key, revision });
  }

  /** Reports an error of a listener or subscriber, without the secrets of the config. */
  reportListenerError(cause: unknown): void {
    const { applied, replaced } = this.current;
    const error = maskedError(cause, maskOf(this.definition, applied?.value, replaced?.value));
    this.report({ type: 'listener-failed', key: this.definition.key, error });
  }

  /** In the order in which the listeners were added. */
  private emit<E>(listeners: ReadonlySet<Listener<E>>, event: E): void {
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.reportListenerError(error);
      }
    }
  }
}
