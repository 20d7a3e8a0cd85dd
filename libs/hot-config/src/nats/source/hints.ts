import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { secretsOf } from '../addresses.js';
import { headerOf, type BucketInfo } from '../bucket.js';
import { ClientSockets } from '../client-sockets.js';
import { explain } from '../errors.js';
import { KV_OPERATION, notifySubject, NotifyHeader, type BucketNames } from '../wire.js';
import { WatchHint } from './watch-hint.js';
import type { NatsSourceOptions } from '../options.js';

export interface HintsOptions {
  readonly names: BucketNames;
  readonly connection: NatsSourceOptions;
  readonly hint: (key: string, revision: number | undefined) => void;
  /** `notes` has something else to say. */
  readonly noted: () => void;
}

interface Armed {
  readonly connection: NatsConnection;
  /** What the hint depends on; another one means that it must be recreated. */
  readonly on: string;
  readonly end: () => void;
}

/** One subscription per watched key, on what the bucket republishes; a KV watch where it republishes nothing. */
export class Hints {
  private readonly keys = new Set<string>();
  private readonly armed = new Map<string, Armed>();
  private readonly refused = new Map<string, string>();
  private ground: { connection: NatsConnection; info: BucketInfo | undefined; epoch: string } | undefined;

  constructor(private readonly options: HintsOptions) {}

  watch(key: string): void {
    if (this.keys.has(key)) return;
    this.keys.add(key);
    this.armKey(key);
  }

  /** Called after each inspection. What stands already and fits is left alone. */
  arm(connection: NatsConnection, info: BucketInfo | undefined, epoch: string): void {
    this.ground = { connection, info, epoch };
    for (const key of this.keys) this.armKey(key);
  }

  disarm(): void {
    this.ground = undefined;
    for (const { end } of this.armed.values()) end();
    this.armed.clear();
  }

  /** One sentence for each key whose hints the server refuses: it is read by the timer only. */
  notes(): readonly string[] {
    return [...this.refused.values()];
  }

  private armKey(key: string): void {
    if (!this.ground) return;
    const { connection, info, epoch } = this.ground;
    // Nothing can be asked of it any more; over the next one every key is asked for again.
    if (connection.isClosed() || connection.isDraining()) return;
    const { names } = this.options;
    // Before the bucket is made, hints are expected where the publisher will make it send them.
    const subject = notifySubject(info ? info.republish : names.republish, names.subject(key));
    const on = subject ?? `watch of ${epoch}`;
    const before = this.armed.get(key);
    if (before?.on === on && before.connection === connection) return;
    before?.end();
    const end = subject ? this.subscribe(connection, key, subject) : this.watchKey(connection, key);
    this.armed.set(key, { connection, on, end });
  }

  private subscribe(connection: NatsConnection, key: string, subject: string): () => void {
    const subscription: Subscription = connection.subscribe(subject, {
      callback: ClientSockets.outside((error, message) => {
        if (error) this.forbid(key, error);
        else this.take(key, subject, message);
      }),
    });
    const end = (): void => subscription.unsubscribe();
    // A refusal comes before the answer to a flush, and takes the subscription off the list.
    connection.flush().then(
      () => this.armed.get(key)?.end === end && this.accept(key),
      () => undefined,
    );
    return end;
  }

  /** The body is never looked at: anybody who may make a consumer can have anything delivered to this subject. */
  private take(key: string, subject: string, message: Msg): void {
    const { names, hint } = this.options;
    const header = headerOf(message.headers);
    if (message.subject !== subject || header(NotifyHeader.stream) !== names.stream) return;
    if (header(NotifyHeader.subject) !== names.subject(key)) return;
    const revision = Number(header(NotifyHeader.revision));
    // The mark of a deletion gives no document of that revision: waiting for one would be in vain.
    const awaited = header(KV_OPERATION) === undefined && Number.isSafeInteger(revision) && revision > 0;
    hint(key, awaited ? revision : undefined);
  }

  private watchKey(connection: NatsConnection, key: string): () => void {
    const { names, connection: options, hint } = this.options;
    const watch = new WatchHint({
      names,
      connection,
      options,
      key,
      hint: (revision) => hint(key, revision),
      failed: (error) => this.refuse(key, error),
      works: () => this.accept(key),
    });
    watch.start();
    return () => watch.stop();
  }

  /** The server has ended the subscription; the next inspection tries again, so that a permission granted later is used. */
  private forbid(key: string, error: unknown): void {
    this.armed.delete(key);
    this.refuse(key, error);
  }

  private accept(key: string): void {
    if (this.refused.delete(key)) this.options.noted();
  }

  private refuse(key: string, error: unknown): void {
    const { names, connection, noted } = this.options;
    const server = this.ground?.connection.getServer() ?? 'the server';
    const why = explain(error, { server, bucket: names.bucket, secrets: secretsOf(connection) });
    const note = `Changes of "${key}" are found only by the periodic read. ${why}`;
    if (this.refused.get(key) === note) return;
    this.refused.set(key, note);
    noted();
  }
}
