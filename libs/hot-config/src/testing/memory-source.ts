import {
  type DocumentContentType,
  HotConfigUnavailableError,
  type KnownPosition,
  type ListingSource,
  type ReadOutcome,
  type SourceDocument,
  type SourceObserver,
  sourceStartedTwice,
} from '../contract/index.js';

const unavailable = (what: string): HotConfigUnavailableError => {
  const reason = `The memory source ${what}`;
  return new HotConfigUnavailableError(`${reason}; the value applied before stays in force.`, { reason });
};

/** A source that a test drives by hand. It behaves like a bucket: revisions count over all keys, and epochs change. */
export class MemorySource implements ListingSource {
  readonly name = 'memory';
  readonly reconcileMs = 3_600_000;
  readonly staleAfterMs = 7_200_000;
  readonly isComplete: boolean;
  private readonly documents = new Map<string, SourceDocument>();
  private observer: SourceObserver | undefined;
  private revision = 0;
  private epochNumber = 1;
  private reachable = true;
  private stopped = false;

  /** @param options isComplete: a missing document will not come and a rejected one will not be corrected, so no start waits */
  constructor(
    documents: Readonly<Record<string, object | string>> = {},
    { isComplete = false }: { readonly isComplete?: boolean } = {},
  ) {
    this.isComplete = isComplete;
    for (const [key, document] of Object.entries(documents)) this.put(key, document);
  }

  /** An object is stored as JSON, a string byte for byte. Returns the revision. */
  put(key: string, document: object | string, contentType?: DocumentContentType): number {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    const kind = contentType ?? (typeof document === 'string' ? undefined : 'application/json');
    this.revision += 1;
    this.documents.set(key, {
      key,
      bytes: Buffer.from(text),
      contentType: kind,
      revision: this.revision,
      epoch: `memory-${this.epochNumber}`,
      origin: `memory/${key}`,
      publishedAt: new Date(),
    });
    if (this.reachable) this.observer?.hint(key, this.revision);
    return this.revision;
  }

  remove(key: string): void {
    this.documents.delete(key);
    if (this.reachable) this.observer?.hint(key);
  }

  /** Drops every document and starts again at revision 1, as a bucket does that is deleted and recreated. */
  newEpoch(): void {
    this.documents.clear();
    this.revision = 0;
    this.epochNumber += 1;
    if (this.reachable) this.observer?.hint();
  }

  disconnect(reason = 'was disconnected'): void {
    this.reachable = false;
    this.observer?.link({ up: false, error: unavailable(reason) });
  }

  reconnect(): void {
    this.reachable = true;
    this.observer?.link({ up: true });
  }

  start(observer: SourceObserver): Promise<void> {
    if (this.observer) return Promise.reject(sourceStartedTwice('memory source'));
    this.stopped = false;
    this.observer = observer;
    observer.link(this.reachable ? { up: true } : { up: false, error: unavailable('was disconnected') });
    return Promise.resolve();
  }

  watch(): void {
    // Hints are emitted for all keys, so there is nothing to subscribe to.
  }

  read(key: string, _known: KnownPosition | undefined): Promise<ReadOutcome> {
    if (this.stopped) return Promise.resolve({ outcome: 'unreachable', error: unavailable('is stopped') });
    if (!this.reachable) {
      return Promise.resolve({ outcome: 'unreachable', error: unavailable('is disconnected') });
    }
    const document = this.documents.get(key);
    return Promise.resolve(
      document
        ? { outcome: 'found', document }
        : { outcome: 'missing', reason: `nothing was put under "${key}"` },
    );
  }

  keys(): Promise<readonly string[]> {
    return Promise.resolve([...this.documents.keys()]);
  }

  stop(): Promise<void> {
    this.stopped = true;
    this.observer = undefined;
    return Promise.resolve();
  }
}
