import { BackOff } from '../async/back-off.js';
import { LatestOnly } from '../async/latest-only.js';
import {
  type DocumentSource,
  HotConfigUnavailableError,
  type KnownPosition,
  type ReadOutcome,
  type SourceDocument,
} from '../contract/index.js';

export interface ReconcilerOptions {
  readonly source: DocumentSource;
  readonly key: string;
  readonly onFound: (document: SourceDocument, force: boolean) => void;
  readonly onMissing: (reason: string) => void;
  /** Called for each failed read; the reconciler reads again, with back-off. */
  readonly onUnreachable: (error: HotConfigUnavailableError) => void;
}

/** First and longest pause, in milliseconds, between reads of a store that does not answer. */
const RETRY = { firstMs: 250, longestMs: 10_000 };
/** Pauses between reads when a hint has overtaken the replica that is read; after so many reads the hint counts as false. */
const CATCH_UP = { firstMs: 10, longestMs: 1_280, times: 8 };

/**
 * Refreshes of one document that are not slowed down; then the pauses between them. A subscriber may refresh at each rejection, and
 * the timer retries a document that a hook has rejected, perhaps each second.
 */
const REFRESH = { free: 3, firstMs: 100, longestMs: 10_000 };

/**
 * Keeps one key in sync with the store. Whatever the sign that something may have changed, it does the same: read the
 * newest document and hand it on. One read at a time; a hint during a read causes exactly one more.
 */
export class KeyReconciler {
  private readonly reads = new LatestOnly<void>({ work: () => this.read() });
  private readonly retry = new BackOff(RETRY.firstMs, RETRY.longestMs);
  private readonly lagPause = new BackOff(CATCH_UP.firstMs, CATCH_UP.longestMs);
  private catchUpReads = 0;
  /** The next document is tried even if it was rejected before. */
  private force = false;
  private readonly refreshes = new RefreshPace();
  /** The newest revision that a hint has promised. */
  private promised = 0;
  private timer: NodeJS.Timeout | undefined;
  private hasBegun = false;
  private stopped = false;
  private known: KnownPosition | undefined;

  constructor(private readonly options: ReconcilerOptions) {}

  /**
   * Reads for the first time; hints are ignored before. `known`: the last known good on disk. A read that does not know which
   * document was applied before a restart could go back behind it.
   */
  begin(known: KnownPosition | undefined): void {
    this.known = known;
    this.hasBegun = true;
    this.readNow();
  }

  /** Something may have changed. `revision`: the store is said to have at least this one. */
  hint(revision?: number): void {
    if (revision !== undefined && revision > this.promised) {
      this.promised = revision;
      this.resetCatchUp();
    }
    this.readNow();
  }

  /**
   * Reads now, and hands the document on even if it was rejected before: as soon as the store answers. Resolves when the
   * read has ended.
   */
  async refresh(): Promise<void> {
    this.force = true;
    this.readNow();
    await this.idle();
  }

  /** Resolves when no read is under way. */
  idle(): Promise<void> {
    return this.reads.idle();
  }

  stop(): void {
    this.stopped = true;
    this.reads.stop();
    clearTimeout(this.timer);
  }

  private readNow(): void {
    if (!this.hasBegun || this.stopped) return;
    clearTimeout(this.timer);
    this.reads.offer();
  }

  private readIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.readNow(), ms);
  }

  /** A source should not throw or answer nonsense; a source that does must not stop the key for ever. */
  private async read(): Promise<void> {
    const { source, key } = this.options;
    const force = this.force;
    this.force = false;
    try {
      this.receive(await source.read(key, this.known), force);
    } catch (cause) {
      const reason = `${source.name} failed to read "${key}": ${String(cause)}.`;
      const message = `${reason} The applied value stays in force; the read is retried.`;
      const error = new HotConfigUnavailableError(message, { key, cause, reason });
      this.receive({ outcome: 'unreachable', error }, force);
    }
  }

  private receive(result: ReadOutcome, force: boolean): void {
    // A stop during the read.
    if (this.stopped) return;
    switch (result.outcome) {
      case 'found': {
        const { revision, epoch, publishedAt } = result.document;
        if (this.known && this.known.epoch !== epoch) this.promised = 0;
        this.known = { revision, epoch, publishedAt };
        this.retry.reset();
        this.handOn(result.document, force);
        if (revision < this.promised) this.readUntilPromised();
        return;
      }
      case 'missing':
        this.retry.reset();
        this.options.onMissing(result.reason);
        if (this.promised > (this.known?.revision ?? 0)) this.readUntilPromised();
        return;
      case 'unreachable':
        this.force ||= force;
        this.options.onUnreachable(result.error);
        this.readIn(this.retry.next());
        return;
      default:
        // Not shown: the answer may hold the document.
        throw new TypeError('the answer has an unknown outcome');
    }
  }

  private handOn(document: SourceDocument, force: boolean): void {
    const waitMs = force ? this.refreshes.waitMs(document) : 0;
    this.options.onFound(document, force && waitMs === 0);
    if (waitMs === 0) return;
    this.force = true;
    this.readIn(waitMs);
  }

  /** Bounded: a forged or mistaken revision must not make a hot loop. */
  private readUntilPromised(): void {
    this.catchUpReads += 1;
    if (this.catchUpReads > CATCH_UP.times) this.promised = 0;
    else this.readIn(this.lagPause.next());
  }

  private resetCatchUp(): void {
    this.catchUpReads = 0;
    this.lagPause.reset();
  }
}

/** Slows down refreshes that try the same document again and again. */
class RefreshPace {
  private readonly backOff = new BackOff(REFRESH.firstMs, REFRESH.longestMs);
  private last: { readonly revision: number; readonly epoch: string; readonly at: number } | undefined;
  private times = 0;
  private notBefore = 0;

  /** Milliseconds until a refresh may try this document; 0: it is tried now. */
  waitMs({ revision, epoch }: SourceDocument): number {
    const { last } = this;
    const at = Date.now();
    // A clock that is set back makes the age negative, and proves nothing: the document is tried now.
    const isRecent = last !== undefined && at >= last.at && at - last.at < REFRESH.longestMs;
    const isSame = isRecent && last.revision === revision && last.epoch === epoch;
    if (isSame && at < this.notBefore) return this.notBefore - at;
    if (!isSame) this.backOff.reset();
    this.times = isSame ? this.times + 1 : 1;
    this.last = { revision, epoch, at };
    this.notBefore = this.times < REFRESH.free ? 0 : at + this.backOff.next();
    return 0;
  }
}
