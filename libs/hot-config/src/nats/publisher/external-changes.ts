import type { Republish } from '@nats-io/jetstream';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Bucket } from '../bucket.js';
import { type Notification, subscribeToNotifications } from '../notifications.js';
import { notifySubject } from '../wire.js';

export interface ExternalChangesHandler {
  readonly changed: (key: string) => void;
  /** The server does not let this user subscribe; the next connection tries again. */
  readonly forbidden: (error: Error) => void;
}

/** Reports changes that another client made. Like every hint, a report may be lost or false. */
export class ExternalChanges {
  private subscription: Subscription | undefined;
  private basis: { connection: NatsConnection; subject: string | undefined } | undefined;
  private readonly ownPuts = new Map<string, Promise<number | undefined>>();
  private readonly ownRevisions = new Map<string, number>();

  constructor(private readonly handler: ExternalChangesHandler) {}

  follow(bucket: Bucket, republish: Republish | undefined): void {
    const { connection, names } = bucket;
    const subject = notifySubject(republish, names.allSubjects);
    if (this.basis?.connection === connection && this.basis.subject === subject) return;
    this.end();
    this.basis = { connection, subject };
    this.subscription = subscribeToNotifications(bucket, republish, names.allSubjects, {
      received: (notification) => void this.receive(notification),
      forbidden: (error) => {
        this.subscription = this.basis = undefined;
        this.handler.forbidden(error);
      },
    });
  }

  /** The notification of a put can arrive before its acknowledgement: so the notification waits for it. */
  async ownPut<T extends object>(key: string, put: Promise<T & { revision?: number }>): Promise<T> {
    const revision = put.then(
      (outcome) => outcome.revision,
      () => undefined,
    );
    this.ownPuts.set(key, revision);
    const acknowledged = await revision;
    if (acknowledged !== undefined)
      this.ownRevisions.set(key, Math.max(acknowledged, this.ownRevisions.get(key) ?? 0));
    if (this.ownPuts.get(key) === revision) this.ownPuts.delete(key);
    return put;
  }

  /** A new epoch has begun: revisions start again. */
  forgetRevisions(): void {
    this.ownRevisions.clear();
  }

  end(): void {
    this.subscription?.unsubscribe();
    this.subscription = this.basis = undefined;
  }

  private async receive({ key, revision }: Notification): Promise<void> {
    await this.ownPuts.get(key);
    if (revision > (this.ownRevisions.get(key) ?? 0)) this.handler.changed(key);
  }
}
