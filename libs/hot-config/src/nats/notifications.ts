import type { Republish } from '@nats-io/jetstream';
import type { Msg, Subscription } from '@nats-io/transport-node';
import type { Bucket } from './bucket.js';
import { type BucketNames, headerOf, KV_OPERATION, NotifyHeader, notifySubject } from './wire.js';

/** The server's word, in the headers of a republished message, that a key of the bucket has changed. */
export interface Notification {
  readonly key: string;
  /** 0 when the message has no valid one. */
  readonly revision: number;
  readonly deleted: boolean;
}

/**
 * The one place where a message of the notify subject is checked. Undefined for a message that the server did not
 * republish from this bucket. Its body is never used: any user who may create a consumer can have any message delivered here.
 */
export function notificationOf(
  message: Msg,
  names: BucketNames,
  republish: Republish | undefined,
): Notification | undefined {
  const header = headerOf(message.headers);
  const subject = header(NotifyHeader.subject) ?? '';
  const key = names.keyOf(subject);
  if (key === undefined || header(NotifyHeader.stream) !== names.stream) return undefined;
  if (message.subject !== notifySubject(republish, subject)) return undefined;
  const revision = Number(header(NotifyHeader.revision));
  return {
    key,
    revision: Number.isSafeInteger(revision) && revision > 0 ? revision : 0,
    deleted: header(KV_OPERATION) !== undefined,
  };
}

export interface NotificationHandler {
  readonly received: (notification: Notification) => void;
  /** The server does not let this user subscribe, and has ended the subscription. */
  readonly forbidden: (error: Error) => void;
}

/** Subscribes to what the bucket republishes of `subject`: of one key, or of all. Undefined where it republishes nothing of it. */
export function subscribeToNotifications(
  { connection, names }: Bucket,
  republish: Republish | undefined,
  subject: string,
  { received, forbidden }: NotificationHandler,
): Subscription | undefined {
  const notify = notifySubject(republish, subject);
  if (notify === undefined) return undefined;
  return connection.subscribe(notify, {
    callback: (error, message) => {
      if (error) return forbidden(error);
      const notification = notificationOf(message, names, republish);
      if (notification) received(notification);
    },
  });
}
