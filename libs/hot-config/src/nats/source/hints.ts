import type { Republish } from '@nats-io/jetstream';
import type { Bucket, BucketInfo } from '../bucket.js';
import { explain } from '../errors.js';
import { type Notification, subscribeToNotifications } from '../notifications.js';
import { type BucketNames, notifySubject } from '../wire.js';
import { startWatchHint } from './watch-hint.js';

export interface HintsHandler {
  /** `revision`: the one to wait for. Undefined when there may be none, after a deletion for instance. */
  readonly hint: (key: string, revision: number | undefined) => void;
  /** The result of `notes` has changed. */
  readonly noted: () => void;
}

interface ActiveHint {
  readonly connection: Bucket['connection'];
  /** The notify subject, or the epoch of a KV watch. With another one the hint must be recreated. */
  readonly basis: string;
  readonly end: () => void;
}

/** One subscription for each watched key, to its notify subject; a KV watch if the bucket republishes nothing. */
export class Hints {
  private readonly keys = new Set<string>();
  private readonly active = new Map<string, ActiveHint>();
  private readonly notesByKey = new Map<string, string>();
  private inspected: { bucket: Bucket; info: BucketInfo | undefined; epoch: string } | undefined;

  constructor(
    private readonly names: BucketNames,
    private readonly secrets: readonly string[],
    private readonly handler: HintsHandler,
  ) {}

  watch(key: string): void {
    if (this.keys.has(key)) return;
    this.keys.add(key);
    this.ensure(key);
  }

  /** Called after each inspection. A hint that still fits the bucket is left alone. */
  follow(bucket: Bucket, info: BucketInfo | undefined, epoch: string): void {
    this.inspected = { bucket, info, epoch };
    for (const key of this.keys) this.ensure(key);
  }

  /** Ends every hint and forgets the keys. */
  end(): void {
    this.inspected = undefined;
    for (const { end } of this.active.values()) end();
    for (const state of [this.keys, this.active, this.notesByKey]) state.clear();
  }

  /** One sentence for each key whose changes are found only by the periodic read, with the reason. */
  notes(): readonly string[] {
    return [...this.notesByKey.values()];
  }

  private ensure(key: string): void {
    if (!this.inspected) return;
    const { bucket, info, epoch } = this.inspected;
    const { connection } = bucket;
    // It takes no subscription any more; over the next connection every key gets one.
    if (connection.isClosed() || connection.isDraining()) return;
    const { names } = this;
    // While there is no bucket, hints are expected where the publisher will make the bucket send them.
    const republish = info ? info.republish : names.republish;
    const basis = notifySubject(republish, names.subject(key)) ?? `watch in epoch ${epoch}`;
    const before = this.active.get(key);
    if (before?.basis === basis && before.connection === connection) return;
    before?.end();
    const end = this.subscribe(bucket, key, republish) ?? this.startWatch(bucket, key);
    this.active.set(key, { connection, basis, end });
  }

  private subscribe(bucket: Bucket, key: string, republish: Republish | undefined): (() => void) | undefined {
    const subscription = subscribeToNotifications(bucket, republish, bucket.names.subject(key), {
      received: (notification) => this.receive(key, notification),
      forbidden: (error) => {
        // The next inspection tries again, so that a permission granted later is used.
        this.active.delete(key);
        this.recordFailure(key, error);
      },
    });
    if (!subscription) return undefined;
    const end = (): void => subscription.unsubscribe();
    // If the server forbids the subscription, it says so before it answers the flush.
    bucket.connection.flush().then(
      () => this.active.get(key)?.end === end && this.recordSuccess(key),
      () => undefined,
    );
    return end;
  }

  private receive(key: string, notification: Notification): void {
    if (notification.key !== key) return;
    const { revision, deleted } = notification;
    // The mark of a deletion is no document: waiting for a document of its revision would be in vain.
    this.handler.hint(key, deleted || revision === 0 ? undefined : revision);
  }

  private startWatch(bucket: Bucket, key: string): () => void {
    return startWatchHint(bucket, key, {
      hint: (revision) => this.handler.hint(key, revision),
      failed: (error) => this.recordFailure(key, error),
      works: () => this.recordSuccess(key),
    });
  }

  private recordSuccess(key: string): void {
    if (this.notesByKey.delete(key)) this.handler.noted();
  }

  private recordFailure(key: string, error: unknown): void {
    const server = this.inspected?.bucket.connection.getServer() ?? 'the server';
    const why = explain(error, { server, bucket: this.names.bucket, secrets: this.secrets });
    const note = `Changes of "${key}" are found only by the periodic read. ${why}`;
    if (this.notesByKey.get(key) === note) return;
    this.notesByKey.set(key, note);
    this.handler.noted();
  }
}
