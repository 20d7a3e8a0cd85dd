import {
  HotConfigUnavailableError,
  type DocumentSource,
  type KnownPosition,
  type ReadOutcome,
  type SourceDocument,
} from '../contract/index.js';

export interface ReconcilerOptions {
  readonly source: DocumentSource;
  readonly key: string;
  readonly onFound: (document: SourceDocument, force: boolean) => void;
  readonly onMissing: (reason: string) => void;
  /** Called for each failed read; the reader repeats itself with back-off. */
  readonly onUnreachable: (error: HotConfigUnavailableError) => void;
}

/** First and longest pause, in milliseconds, between reads of a store that does not answer. */
const RETRY = { first: 250, longest: 10_000 };
/** A hint can overtake the replica that is read; its revision is asked for again this often, the pause doubling. */
const CHASE = { first: 10, times: 7 };

/**
 * Keeps one key in sync with the store. Whatever the sign that something may have changed, it does the same: read the
 * newest document and hand it on. One read at a time; a hint during a read causes exactly one more.
 */
export class KeyReconciler {
  private reading = false;
  private again = false;
  private force = false;
  private hinted = 0;
  private chased = 0;
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private begun = false;
  private stopped = false;
  private known: KnownPosition | undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly options: ReconcilerOptions) {}

  /**
   * Reads for the first time. `known`: the snapshot on disk. No sign is followed before this: a read that does not know what
   * was applied before a restart could go back behind it.
   */
  begin(known: KnownPosition | undefined): void {
    this.known = known;
    this.begun = true;
    this.wake();
  }

  /** Something may have changed. `revision`: the store is said to have at least this one. */
  hint(revision?: number): void {
    if (revision !== undefined && revision > this.hinted) {
      this.hinted = revision;
      this.chased = 0;
    }
    this.wake();
  }

  /**
   * Reads at once and hands the document on even if it was rejected before: as soon as the store answers. Resolves when the
   * read has ended.
   */
  async refresh(): Promise<void> {
    this.force = true;
    this.wake();
    await this.idle();
  }

  /** Resolves when no read is under way. */
  async idle(): Promise<void> {
    while (this.reading) await this.ended;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private wake(): void {
    if (!this.begun || this.stopped) return;
    clearTimeout(this.timer);
    this.again = true;
    if (this.reading) return;
    this.reading = true;
    this.ended = this.drain();
  }

  private async drain(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      const force = this.force;
      this.force = false;
      await this.read(force);
    }
    this.reading = false;
  }

  /** A source should not throw, nor answer what is no outcome; one that does all the same must not stop the key for ever. */
  private async read(force: boolean): Promise<void> {
    const { source, key } = this.options;
    try {
      this.take(await source.read(key, this.known), force);
    } catch (cause) {
      const reason = `${source.name} failed to read "${key}": ${String(cause)}.`;
      const message = `${reason} The applied value stays in force; the read is retried.`;
      const error = new HotConfigUnavailableError(message, { key, cause, reason });
      this.take({ outcome: 'unreachable', error }, force);
    }
  }

  private take(result: ReadOutcome, force: boolean): void {
    // A stop during the read: nobody wants the answer any more.
    if (this.stopped) return;
    switch (result.outcome) {
      case 'found': {
        const { revision, epoch, publishedAt } = result.document;
        if (this.known && this.known.epoch !== epoch) this.hinted = 0;
        this.known = { revision, epoch, publishedAt };
        this.failures = 0;
        this.options.onFound(result.document, force);
        if (revision < this.hinted) this.chase();
        return;
      }
      case 'missing':
        this.failures = 0;
        this.options.onMissing(result.reason);
        if (this.hinted > (this.known?.revision ?? 0)) this.chase();
        return;
      case 'unreachable': {
        this.force ||= force;
        this.options.onUnreachable(result.error);
        const ceiling = Math.min(RETRY.longest, RETRY.first * 2 ** this.failures++);
        this.readIn(ceiling * (0.5 + Math.random() / 2));
        return;
      }
      default:
        // Not shown: the answer may hold the document.
        throw new TypeError('the answer has an unknown outcome');
    }
  }

  /** Bounded: a forged or mistaken revision must not make a hot loop. */
  private chase(): void {
    if (this.chased >= CHASE.times) this.hinted = 0;
    else this.readIn(CHASE.first * 2 ** this.chased++);
  }

  private readIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), ms);
  }
}
