import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { headerOf } from '../bucket.js';
import { ClientSockets } from '../client-sockets.js';
import { notifySubject, NotifyHeader, type BucketNames, type Republish } from '../wire.js';

/** Tells of changes that somebody else made. Like every hint it may be lost or false. */
export class ForeignChanges {
  private subscription: Subscription | undefined;
  private on: { connection: NatsConnection; subject: string } | undefined;
  private readonly publishing = new Map<string, Promise<number | undefined>>();
  private readonly own = new Map<string, number>();

  constructor(
    private readonly names: BucketNames,
    private readonly changed: (key: string) => void,
    private readonly refused: (error: Error) => void,
  ) {}

  follow(connection: NatsConnection, republish: Republish | undefined): void {
    const subject = notifySubject(republish, this.names.allSubjects);
    if (this.on?.connection === connection && this.on.subject === subject) return;
    this.end();
    if (subject === undefined) return;
    this.on = { connection, subject };
    this.subscription = connection.subscribe(subject, {
      callback: ClientSockets.outside((error, message) => {
        if (error) this.forbid(error);
        else void this.take(republish, message);
      }),
    });
  }

  /** The message about a put can come before its acknowledgement: so it waits for it. */
  async ours<T extends object>(key: string, put: Promise<T & { revision?: number }>): Promise<T> {
    const revision = put.then(
      (outcome) => outcome.revision,
      () => undefined,
    );
    this.publishing.set(key, revision);
    const done = await revision;
    if (done !== undefined) this.own.set(key, Math.max(done, this.own.get(key) ?? 0));
    if (this.publishing.get(key) === revision) this.publishing.delete(key);
    return put;
  }

  /** Revisions start again in a new bucket. */
  forget(): void {
    this.own.clear();
  }

  end(): void {
    this.subscription?.unsubscribe();
    this.subscription = undefined;
    this.on = undefined;
  }

  /** The server has ended the subscription; the next connection tries again. */
  private forbid(error: Error): void {
    this.on = undefined;
    this.subscription = undefined;
    this.refused(error);
  }

  private async take(republish: Republish | undefined, message: Msg): Promise<void> {
    const header = headerOf(message.headers);
    const subject = header(NotifyHeader.subject) ?? '';
    const key = this.names.keyOf(subject);
    if (key === undefined || header(NotifyHeader.stream) !== this.names.stream) return;
    if (notifySubject(republish, subject) !== message.subject) return;
    await this.publishing.get(key);
    if (Number(header(NotifyHeader.revision)) > (this.own.get(key) ?? 0)) this.changed(key);
  }
}
