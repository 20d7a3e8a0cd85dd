import { jetstream, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  HotConfigUnavailableError,
  HotConfigValidationError,
  type HotConfigError,
  type LinkState,
  type ReadOutcome,
} from '../../contract/index.js';
import { secretsOf } from '../addresses.js';
import { Bucket, jetStreamOptions } from '../bucket.js';
import { NatsLink } from '../connection.js';
import { explain } from '../errors.js';
import { unlessAborted } from '../../async/unless-aborted.js';
import { Reader } from '../source/reader.js';
import type { BucketNames } from '../wire.js';
import { setUpBucket } from './bucket-setup.js';
import { ForeignChanges } from './foreign-changes.js';
import type {
  DocumentToPublish,
  NatsPublisherOptions,
  PublishedDocument,
  PublisherObserver,
  PublishOutcome,
  RemoveOutcome,
} from './publisher.js';
import { putDocument, removeDocument, type PutContext, type Seen } from './put.js';
import { listStored } from './stored.js';

/** Milliseconds that puts on their way get to end when the publisher stops. */
const GRACE_MS = 3_000;
/** Milliseconds after which a read asks for the bucket's state though nothing looks wrong. */
const INSPECT_EVERY_MS = 30_000;

/** One start of a publisher: its connection, what it knows of the bucket, and the puts on their way. */
export class PublisherSession {
  private readonly link: NatsLink;
  private readonly foreign: ForeignChanges;
  private readonly reader: Reader;
  private readonly seen = new Map<string, Seen>();
  private readonly underway = new Set<Promise<unknown>>();
  /** Those who wait until the link is up. */
  private readonly waiting = new Set<() => void>();
  private bucket: Bucket | undefined;
  private info: StreamInfo | undefined;
  private epoch: string | undefined;
  private making: Promise<void> | undefined;
  private notes: readonly string[] = [];
  private hintNote: string | undefined;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly options: NatsPublisherOptions,
    private readonly names: BucketNames,
    private readonly observer: Partial<PublisherObserver>,
  ) {
    this.link = new NatsLink(options, names.bucket, {
      prepare: (connection) => this.prepare(connection),
      link: (state) => this.onLink(state),
    });
    this.reader = new Reader({
      names,
      inspectEveryMs: INSPECT_EVERY_MS,
      signal: this.link.signal,
      unavailable: (error, key) => this.link.unavailable(error, key),
      onInspected: (_, epoch) => this.onInspected(epoch),
    });
    this.foreign = new ForeignChanges(
      names,
      (key) => observer.hint?.(key),
      (error) =>
        (this.hintNote = `Changes by others are not noticed at once. ${explain(error, { server: this.link.server, bucket: names.bucket, secrets: secretsOf(options) })}`),
    );
  }

  start(): void {
    this.link.start();
  }

  /** Resolves when the link is up. */
  async connected(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.link.connection) return;
    let wake = (): void => undefined;
    const up = new Promise<void>((resolve) => this.waiting.add((wake = resolve)));
    try {
      const upOrStopped = unlessAborted(up, this.link.signal);
      await (signal ? unlessAborted(upOrStopped, signal) : upOrStopped);
    } finally {
      this.waiting.delete(wake);
      // Lets go of the stop, too, when it was the signal that ended the wait.
      wake();
    }
  }

  async publish(document: DocumentToPublish): Promise<PublishOutcome> {
    const { key, digest } = document;
    const seen = this.seen.get(key);
    this.seen.delete(key);
    const result = await this.guarded(key, (context) =>
      this.foreign.ours(key, putDocument(context, document, seen)),
    );
    if ('revision' in result) {
      this.seen.set(key, { revision: result.revision, digest });
      this.reader.saw(key, result.revision);
    }
    return result;
  }

  async remove(key: string): Promise<RemoveOutcome> {
    this.seen.delete(key);
    return this.guarded(key, (context) => removeDocument(context, key));
  }

  async read(key: string): Promise<ReadOutcome> {
    const problem = this.names.keyProblem(key);
    if (problem) return { outcome: 'missing', reason: problem };
    try {
      const outcome = await this.reader.read(this.reachable(), key, undefined);
      this.link.noteOutcome(outcome);
      return outcome;
    } catch (error) {
      return { outcome: 'unreachable', error: this.link.unavailable(error, key) };
    }
  }

  async current(): Promise<ReadonlyMap<string, PublishedDocument>> {
    try {
      const found = await listStored(this.reachable(), this.direct);
      this.link.noteOutcome({ outcome: 'found' });
      if (found) return found;
      await this.remake();
      return new Map();
    } catch (error) {
      this.link.noteOutcome({ outcome: 'unreachable', error });
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

  /** A new life: what was lost with the old one is to be put again, so everything is to be compared. */
  private onInspected(epoch: string): void {
    const begun = this.epoch !== undefined && this.epoch !== epoch;
    this.epoch = epoch;
    if (!begun) return;
    this.foreign.forget();
    this.observer.hint?.();
  }

  private onLink(state: LinkState): void {
    this.observer.link?.(state);
    if (state.up) for (const wake of this.waiting) wake();
  }

  /** Many keys find the bucket gone at the same time; it is made once. */
  private remake(): Promise<void> {
    this.making ??= this.make(this.reachable()).finally(() => (this.making = undefined));
    return this.making;
  }

  private async make(bucket: Bucket): Promise<void> {
    const { info, notes } = await setUpBucket(bucket, this.options);
    this.info = info;
    this.notes = notes;
    this.hintNote = undefined;
    const { republish } = info.config;
    this.foreign.follow(bucket.connection, republish && { src: republish.src, dest: republish.dest });
    await this.reader.inspect(bucket);
  }

  private reachable(): Bucket {
    if (this.stopped)
      throw new HotConfigUnavailableError(`The publisher to the bucket "${this.names.bucket}" is stopping.`);
    if (!this.bucket || !this.link.connection) throw this.link.reason;
    return this.bucket;
  }

  /** Refuses what can never be put, and says at once when the store is out of reach. */
  private async guarded<T extends { readonly outcome: string }>(
    key: string,
    put: (context: PutContext) => Promise<T>,
  ): Promise<
    | T
    | { outcome: 'rejected'; error: HotConfigError }
    | { outcome: 'unreachable'; error: HotConfigUnavailableError }
  > {
    const problem = this.names.keyProblem(key);
    if (problem) {
      const message = `"${key}" was not published: ${problem}.`;
      const issues = [{ path: '', message: problem }];
      return { outcome: 'rejected', error: new HotConfigValidationError(message, issues, { key }) };
    }
    let task: Promise<T> | undefined;
    try {
      task = put(this.context());
      this.underway.add(task);
      const result = await task;
      this.link.noteOutcome(result);
      return result;
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
      created: String(this.info?.created),
      largest: largest > 0 ? largest : undefined,
      signal: this.link.signal,
      server: this.link.server,
      remake: () => this.remake(),
      unavailable: (error, key) => this.link.unavailable(error, key),
    };
  }
}
