import type { StreamInfo } from '@nats-io/jetstream';
import { withDeadline } from '../../async/deadline.js';
import { unlessAborted } from '../../async/unless-aborted.js';
import {
  HotConfigUnavailableError,
  HotConfigValidationError,
  type LinkState,
  type ReadOutcome,
} from '../../contract/index.js';
import { secretsOf } from '../addresses.js';
import type { Bucket } from '../bucket.js';
import { BucketSession, type Unreachable } from '../bucket-session.js';
import { explain } from '../errors.js';
import type { BucketNames } from '../wire.js';
import { setUpBucket } from './bucket-setup.js';
import { ExternalChanges } from './external-changes.js';
import type {
  DocumentToPublish,
  FailedOutcome,
  NatsPublisherOptions,
  PublishedDocument,
  PublisherObserver,
  PublishOutcome,
  RemoveOutcome,
} from './publisher.js';
import { type LastPut, type PutContext, putDocument, removeDocument } from './put.js';
import { listStored } from './stored.js';

/** Milliseconds that puts in flight get to end when the publisher stops. */
const GRACE_MS = 3_000;
/** Milliseconds after which a read asks for the bucket's state though nothing looks wrong. */
const INSPECT_EVERY_MS = 30_000;

/** One start of a publisher: it creates its bucket, puts documents, and reports changes by others. */
export class PublisherSession {
  private readonly bucketSession: BucketSession;
  private readonly externalChanges: ExternalChanges;
  private readonly lastPuts = new Map<string, LastPut>();
  private readonly inFlight = new Set<Promise<unknown>>();
  /** Resolvers of the calls that wait until the link is up. */
  private readonly waiting = new Set<() => void>();
  private info: StreamInfo | undefined;
  private creating: Promise<void> | undefined;
  private notes: readonly string[] = [];
  private hintNote: string | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly options: NatsPublisherOptions,
    private readonly names: BucketNames,
    private readonly observer: Partial<PublisherObserver>,
  ) {
    this.bucketSession = new BucketSession(options, names, INSPECT_EVERY_MS, {
      prepare: (bucket) => this.setUp(bucket),
      link: (state) => this.onLink(state),
      epochBegun: () => this.onEpochBegun(),
    });
    this.externalChanges = new ExternalChanges({
      changed: (key) => observer.hint?.(key),
      forbidden: (error) => {
        const { server } = this.bucketSession.link;
        const why = explain(error, { server, bucket: names.bucket, secrets: secretsOf(options) });
        this.hintNote = `Changes by others are not noticed at once. ${why}`;
      },
    });
  }

  start(): void {
    this.bucketSession.start();
  }

  /** Resolves when the link is up. */
  async connected(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { link } = this.bucketSession;
    if (link.connection) return;
    let wake = (): void => undefined;
    const up = new Promise<void>((resolve) => this.waiting.add((wake = resolve)));
    try {
      // Not AbortSignal.any: on Node 20 a long-lived signal keeps every signal that was derived from it.
      const upOrStopped = unlessAborted(up, link.signal);
      await (signal ? unlessAborted(upOrStopped, signal) : upOrStopped);
    } finally {
      this.waiting.delete(wake);
      // Ends the wait for the stop too, when the caller's signal came first.
      wake();
    }
  }

  async publish(document: DocumentToPublish): Promise<PublishOutcome> {
    const { key, digest } = document;
    const last = this.lastPuts.get(key);
    this.lastPuts.delete(key);
    const result = await this.put(key, (context) =>
      this.externalChanges.ownPut(key, putDocument(context, document, last)),
    );
    if (!('revision' in result)) return result;
    this.lastPuts.set(key, { revision: result.revision, digest });
    this.bucketSession.reader.recordRevision(key, result.revision);
    return { ...result, epoch: this.bucketSession.epoch };
  }

  async remove(key: string): Promise<RemoveOutcome> {
    this.lastPuts.delete(key);
    return this.put(key, (context) => removeDocument(context, key));
  }

  read(key: string): Promise<ReadOutcome> {
    return this.stopped ? Promise.resolve(this.stopping(key)) : this.bucketSession.read(key, undefined);
  }

  async current(): Promise<ReadonlyMap<string, PublishedDocument>> {
    if (this.stopped) throw this.stopping().error;
    const result = await this.bucketSession.request(undefined, async (bucket) => {
      const documents = await listStored(bucket, this.isDirect);
      if (!documents) await this.recreate(bucket);
      return { outcome: 'found', documents: documents ?? new Map<string, never>() };
    });
    if ('documents' in result) return result.documents;
    throw result.error;
  }

  bucketNotes(): readonly string[] {
    return this.hintNote === undefined ? this.notes : [...this.notes, this.hintNote];
  }

  stop(): Promise<void> {
    return (this.stopped ??= this.close());
  }

  private get isDirect(): boolean {
    return this.info?.config.allow_direct ?? true;
  }

  private async close(): Promise<void> {
    const late = (): Error => new Error('puts are still in flight');
    await withDeadline(
      () => Promise.allSettled(this.inFlight),
      GRACE_MS,
      this.bucketSession.link.signal,
      late,
    ).catch(() => undefined);
    this.externalChanges.end();
    await this.bucketSession.stop();
  }

  private onLink(state: LinkState): void {
    this.observer.link?.(state);
    if (state.up) for (const wake of this.waiting) wake();
  }

  /** Documents of the old epoch may be lost and have to be published again, so everything is compared. */
  private onEpochBegun(): void {
    this.externalChanges.forgetRevisions();
    this.observer.hint?.();
  }

  /** Many keys find the bucket gone at the same time; it is created once. */
  private recreate(bucket: Bucket): Promise<void> {
    this.creating ??= this.setUp(bucket).finally(() => (this.creating = undefined));
    return this.creating;
  }

  private async setUp(bucket: Bucket): Promise<void> {
    const { info, notes } = await setUpBucket(bucket, this.options);
    this.info = info;
    this.notes = notes;
    this.hintNote = undefined;
    this.externalChanges.follow(bucket, info.config.republish);
    await this.bucketSession.reader.inspect(bucket);
  }

  /** Rejects a key that no bucket can have, before anything is sent. */
  private async put<T extends { readonly outcome: string }>(
    key: string,
    change: (context: PutContext) => Promise<T>,
  ): Promise<T | FailedOutcome> {
    const problem = this.names.keyProblem(key);
    if (problem) {
      const message = `"${key}" was not published: ${problem}.`;
      const issues = [{ path: '', message: problem }];
      return { outcome: 'rejected', error: new HotConfigValidationError(message, issues, { key }) };
    }
    if (this.stopped) return this.stopping(key);
    const result = this.bucketSession.request(key, (bucket) => change(this.contextOf(bucket)));
    this.inFlight.add(result);
    return result.finally(() => this.inFlight.delete(result));
  }

  private contextOf(bucket: Bucket): PutContext {
    const { link } = this.bucketSession;
    const largest = this.info?.config.max_msg_size ?? -1;
    return {
      bucket,
      direct: this.isDirect,
      created: String(this.info?.created),
      largest: largest > 0 ? largest : undefined,
      signal: link.signal,
      server: link.server,
      recreate: () => this.recreate(bucket),
      unavailable: (error, key) => link.unavailable(error, key),
    };
  }

  private stopping(key?: string): Unreachable {
    const message = `The publisher to the bucket "${this.names.bucket}" is stopping.`;
    return { outcome: 'unreachable', error: new HotConfigUnavailableError(message, { key }) };
  }
}
