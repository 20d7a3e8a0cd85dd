import { jetstream, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  HotConfigError,
  HotConfigSetupError,
  HotConfigUnavailableError,
  type LinkState,
  type ReadOutcome,
} from '../contract/index.js';
import { Bucket, jetStreamOptions } from '../sources/nats/bucket.js';
import { NatsLink } from '../sources/nats/connection.js';
import { explain } from '../sources/nats/errors.js';
import { checkConnectionOptions, DEFAULT_BUCKET } from '../sources/nats/options.js';
import { BucketNames, contentTypeOf, DocumentHeader } from '../sources/nats/wire.js';
import { setUpBucket } from './bucket-setup.js';
import { ForeignChanges } from './foreign-changes.js';
import type {
  DocumentToPublish,
  NatsPublisherOptions,
  PublishedDocument,
  Publisher,
  PublisherObserver,
  PublishOutcome,
  RemoveOutcome,
} from './publisher.js';
import { putDocument, removeDocument, type PutContext, type Seen } from './put.js';
import { listStored } from './stored.js';

/** Milliseconds that puts on their way get to end when the publisher stops. */
const GRACE_MS = 3_000;

/**
 * Publishes documents into a NATS key-value bucket. Opens nothing until it is started.
 *
 * @throws HotConfigSetupError when the options cannot work
 */
export function natsPublisher(options: NatsPublisherOptions = {}): Publisher {
  return new BucketPublisher(options);
}

class BucketPublisher implements Publisher {
  readonly name: string;
  private readonly names: BucketNames;
  private readonly link: NatsLink;
  private readonly foreign: ForeignChanges;
  private readonly seen = new Map<string, Seen>();
  private readonly underway = new Set<Promise<unknown>>();
  private observer: PublisherObserver | undefined;
  private bucket: Bucket | undefined;
  private info: StreamInfo | undefined;
  private making: Promise<void> | undefined;
  private notes: readonly string[] = [];
  private hintNote: string | undefined;
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: NatsPublisherOptions) {
    checkConnectionOptions(options);
    checkBucketOptions(options);
    this.names = new BucketNames(options.bucket ?? DEFAULT_BUCKET, options.keyPrefix ?? '');
    this.link = new NatsLink(options, this.names.bucket, {
      prepare: (connection) => this.prepare(connection),
      link: (state) => this.onLink(state),
    });
    this.name = `bucket "${this.names.bucket}" at ${this.link.server}`;
    this.foreign = new ForeignChanges(
      this.names,
      (key) => this.observer?.hint(key),
      (error) =>
        (this.hintNote = `Changes by others are not noticed at once. ${explain(error, { server: this.link.server, bucket: this.names.bucket })}`),
    );
  }

  start(observer: PublisherObserver): Promise<void> {
    this.observer ??= observer;
    this.link.start();
    return Promise.resolve();
  }

  async publish(document: DocumentToPublish): Promise<PublishOutcome> {
    const { key, digest } = document;
    const seen = this.seen.get(key);
    this.seen.delete(key);
    const result = await this.guarded(key, (context) =>
      this.foreign.ours(key, putDocument(context, document, seen)),
    );
    if ('revision' in result) this.seen.set(key, { revision: result.revision, digest });
    return result;
  }

  async remove(key: string): Promise<RemoveOutcome> {
    this.seen.delete(key);
    return this.guarded(key, (context) => removeDocument(context, key));
  }

  async read(key: string): Promise<ReadOutcome> {
    const problem = this.names.keyProblem(key);
    if (problem) return { outcome: 'missing', reason: `the bucket can have no such key: ${problem}` };
    try {
      const bucket = this.reachable();
      const stored = await bucket.newest(key, this.direct);
      if (!stored)
        return {
          outcome: 'missing',
          reason: `the bucket "${this.names.bucket}" has no key "${this.names.kvKey(key)}"`,
        };
      const { revision, bytes, time: publishedAt, header, deleted } = stored;
      if (deleted) return { outcome: 'missing', reason: `the key "${this.names.kvKey(key)}" was deleted` };
      const contentType = contentTypeOf(header(DocumentHeader.contentType));
      const origin = header(DocumentHeader.origin) ?? this.names.describe(key);
      const epoch = String(this.info?.created ?? 'unknown');
      return {
        outcome: 'found',
        document: { key, bytes, revision, epoch, contentType, origin, publishedAt },
      };
    } catch (error) {
      return { outcome: 'unreachable', error: this.link.unavailable(error, key) };
    }
  }

  async current(): Promise<ReadonlyMap<string, PublishedDocument>> {
    try {
      const found = await listStored(this.reachable(), this.direct);
      if (found) return found;
      await this.remake();
      return new Map();
    } catch (error) {
      throw this.link.unavailable(error);
    }
  }

  bucketNotes(): readonly string[] {
    return this.hintNote === undefined ? this.notes : [...this.notes, this.hintNote];
  }

  stop(): Promise<void> {
    return (this.stopped ??= this.close());
  }

  private get direct(): boolean {
    return this.info?.config.allow_direct ?? true;
  }

  private async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, GRACE_MS)));
    await Promise.race([Promise.allSettled(this.underway), late]);
    clearTimeout(timer);
    this.foreign.end();
    await this.link.stop();
  }

  private async prepare(connection: NatsConnection): Promise<void> {
    const bucket = await Bucket.over(connection, this.names, this.options);
    await this.make(bucket);
    this.bucket = bucket;
  }

  private onLink(state: LinkState): void {
    this.observer?.link(state);
    if (state.up) this.observer?.hint();
  }

  /** Many keys find the bucket gone at the same time; it is made once, and everything is to be compared again. */
  private remake(): Promise<void> {
    this.making ??= this.make(this.reachable())
      .then(() => this.observer?.hint())
      .finally(() => (this.making = undefined));
    return this.making;
  }

  private async make(bucket: Bucket): Promise<void> {
    const { info, notes, created } = await setUpBucket(bucket, this.options);
    if (created || info.created !== this.info?.created) this.foreign.forget();
    this.info = info;
    this.notes = notes;
    this.hintNote = undefined;
    const { republish } = info.config;
    this.foreign.follow(bucket.connection, republish && { src: republish.src, dest: republish.dest });
  }

  private reachable(): Bucket {
    if (this.stopped) throw new HotConfigUnavailableError(`The publisher to ${this.name} is stopping.`);
    if (!this.bucket || !this.link.connection) throw this.link.reason;
    return this.bucket;
  }

  /** Refuses what can never be put, and says at once when the store is out of reach. */
  private async guarded<T>(
    key: string,
    put: (context: PutContext) => Promise<T>,
  ): Promise<
    | T
    | { outcome: 'refused'; error: HotConfigError }
    | { outcome: 'unreachable'; error: HotConfigUnavailableError }
  > {
    const problem = this.names.keyProblem(key);
    if (problem) {
      const message = `"${key}" was not published: the bucket can have no such key. ${problem}`;
      return { outcome: 'refused', error: new HotConfigError('VALIDATION', message, { key }) };
    }
    let task: Promise<T> | undefined;
    try {
      task = put(this.context());
      this.underway.add(task);
      return await task;
    } catch (error) {
      return { outcome: 'unreachable', error: this.link.unavailable(error, key) };
    } finally {
      if (task) this.underway.delete(task);
    }
  }

  private context(): PutContext {
    const bucket = this.reachable();
    const largest = this.info?.config.max_msg_size ?? -1;
    return {
      bucket,
      js: jetstream(bucket.connection, jetStreamOptions(this.options)),
      direct: this.direct,
      largest: largest > 0 ? largest : undefined,
      signal: this.link.signal,
      server: this.link.server,
      remake: () => this.remake(),
      unavailable: (error, key) => this.link.unavailable(error, key),
    };
  }
}

function checkBucketOptions({ history = 20, replicas = 1, maxValueBytes }: NatsPublisherOptions): void {
  if (!Number.isInteger(history) || history < 1 || history > 64) {
    throw new HotConfigSetupError(
      'history must be a whole number from 1 to 64: a NATS bucket keeps no more.',
    );
  }
  if (![1, 2, 3, 4, 5].includes(replicas)) throw new HotConfigSetupError('replicas must be 1, 3 or 5.');
  if (maxValueBytes !== undefined && !(Number.isInteger(maxValueBytes) && maxValueBytes > 0)) {
    throw new HotConfigSetupError('maxValueBytes must be a whole number above 0.');
  }
}
