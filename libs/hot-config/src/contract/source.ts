import type { KnownPosition, SourceDocument } from './document.js';
import type { HotConfigUnavailableError } from './errors.js';

/** Absent and unreachable are different answers. The source does not decide whether a document is valid. */
export type ReadOutcome =
  | { readonly outcome: 'found'; readonly document: SourceDocument }
  /** The store answered: it has no such document. Never an empty document. */
  | { readonly outcome: 'missing'; readonly reason: string }
  /** The store did not answer, or only with a document older than `known`. */
  | { readonly outcome: 'unreachable'; readonly error: HotConfigUnavailableError };

export type LinkState =
  { readonly up: true } | { readonly up: false; readonly error: HotConfigUnavailableError };

/** The listener of a source. Each call returns at once and never throws. */
export interface SourceObserver {
  /**
   * Something may have changed; the listener will read and compare. Without a key: anything may have.
   * `revision` says that the store has at least this revision of the key.
   */
  hint(key?: string, revision?: number): void;
  /**
   * The link to the store came up or went down. Reported on change, and once after start. `up: true` also means what a hint
   * without a key does: anything may have changed while the link was down.
   */
  link(state: LinkState): void;
  /** The result of `notes` may have changed. Not needed when the link comes up. */
  noted?(): void;
}

/**
 * Reports the documents of one store, without judging them.
 *
 * Level-triggered: hints may be lost, late, doubled or false; `read` is the truth. Constructing a source opens nothing.
 * `start` returns once the source has begun to connect, without waiting for the store to be reachable.
 */
export interface DocumentSource {
  /** For messages: `bucket "configs" at nats://127.0.0.1:4222`. Holds no credentials. */
  readonly name: string;
  /** Milliseconds between two reads of a key without any hint. */
  readonly reconcileMs: number;
  /** Milliseconds without a confirming read after which a value counts as stale. */
  readonly staleAfterMs: number;
  /**
   * May be called again after `stop`; it then begins anew. A start that rejects leaves nothing open, and does not change a
   * start before it.
   *
   * @throws HotConfigSetupError while it is started already: a source has one listener
   */
  start(observer: SourceObserver): Promise<void>;
  /** Hints for this key are wanted from now on, until `stop`. Idempotent; may be called before `start`. */
  watch(key: string): void;
  /**
   * Reads the newest document. With `known`, never reports an older document of the same epoch as found: an answer of a
   * lagging replica is `unreachable`, a document with a lower revision comes only with another epoch. Its `publishedAt` helps
   * to tell the two apart where nothing else does.
   */
  read(key: string, known: KnownPosition | undefined): Promise<ReadOutcome>;
  /** True: nobody will add a missing document or correct a rejected one, so no start waits for that. Undefined: somebody may. */
  readonly isComplete?: boolean;
  /** What limits this source though it works, for the keys that are watched: one sentence each, such as a missing permission for hints. */
  notes?(): readonly string[];
  /** Files and the like that look like documents and are none, by their names: for a log at debug level. */
  ignored?(): readonly string[];
  /** Closes every handle that `start` opened. Idempotent; pending reads settle as unreachable. */
  stop(): Promise<void>;
}

/** A source that can list its documents. */
export interface ListingSource extends DocumentSource {
  /**
   * Every key of the source, readable or not.
   *
   * @throws HotConfigUnavailableError when the store cannot be read
   */
  keys(): Promise<readonly string[]>;
}
