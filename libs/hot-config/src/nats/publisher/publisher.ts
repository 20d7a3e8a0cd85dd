import type {
  DocumentContentType,
  HotConfigError,
  HotConfigUnavailableError,
  LinkState,
  ReadOutcome,
} from '../../contract/index.js';
import type { NatsBucketOptions } from '../options.js';

export interface NatsPublisherOptions extends NatsBucketOptions {
  /** Revisions of each key that a bucket created by this publisher keeps, 1 to 64. Default: 20 */
  readonly history?: number | undefined;
  /** Copies that a bucket created by this publisher has in a cluster: 1, 3 or 5. Default: 1; use 3 in production. */
  readonly replicas?: number | undefined;
  /** Largest document in bytes, headers included, for a bucket created by this publisher. Default: the server's limit. */
  readonly maxValueBytes?: number | undefined;
  /** Whether the bucket republishes each document as a hint for the services. Default: true */
  readonly republish?: boolean | undefined;
}

export interface DocumentToPublish {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly contentType: DocumentContentType;
  /** The file, relative. */
  readonly origin: string;
  /** Of the parsed value. A document with the digest of the stored one is not put. */
  readonly digest: string;
  readonly author?: string;
  readonly reason?: string;
}

/** A document that was put, or that the bucket held already. `epoch`: the bucket's epoch that was known at that time. */
export interface StoredOutcome {
  readonly outcome: 'published' | 'unchanged';
  readonly revision: number;
  readonly epoch: string;
  readonly publishedAt: Date;
}

export type FailedOutcome =
  /** The store answered that it does not accept this document; the same one again gets the same answer. */
  | { readonly outcome: 'rejected'; readonly error: HotConfigError }
  /** Nobody answered, so it may or may not be stored. Publishing it again is safe. */
  | { readonly outcome: 'unreachable'; readonly error: HotConfigUnavailableError };

/** `publishedAt` of a document that was put just now is by the publisher's clock, since the acknowledgement has no time; else by the store's. */
export type PublishOutcome = StoredOutcome | FailedOutcome;

export type RemoveOutcome = { readonly outcome: 'removed' | 'missing' } | FailedOutcome;

export interface PublishedDocument {
  readonly revision: number;
  /** Undefined when what is stored is not a document. */
  readonly digest: string | undefined;
  readonly origin: string;
  /** By the store's clock. */
  readonly publishedAt: Date;
}

/** The listener of a publisher. Both calls return at once and never throw. */
export interface PublisherObserver {
  /** Another client has changed this key. Without a key: compare everything, since the bucket was lost. */
  hint(key?: string): void;
  /** Reported on change, and once after start. Up: compare everything, since changes may have been missed. */
  link(state: LinkState): void;
}

/** Puts documents into a bucket by compare-and-set: two publishers at once lose no write and put nothing twice. */
export interface Publisher {
  /** For messages. Holds no credentials. */
  readonly name: string;
  /**
   * Returns once it has begun to connect. The link is up once the bucket exists. May be called again after `stop`; it then
   * begins anew.
   *
   * @throws HotConfigSetupError while it is started already
   */
  start(observer?: Partial<PublisherObserver>): Promise<void>;
  /**
   * Resolves when the link is up, however long that takes, since the publisher never gives up connecting. Pass a signal to end
   * the wait; the `link` of the observer is called with the reason why the link is down.
   *
   * @throws HotConfigUnavailableError when the publisher is stopped or not started; the signal's reason when the signal is aborted
   */
  connected(signal?: AbortSignal): Promise<void>;
  /** Puts the document unless the bucket holds the same value. Never rejects. */
  publish(document: DocumentToPublish): Promise<PublishOutcome>;
  /** Marks the key as deleted, keeping its history. Never rejects. */
  remove(key: string): Promise<RemoveOutcome>;
  read(key: string): Promise<ReadOutcome>;
  /**
   * All live keys. Recreates a bucket that is gone, empty.
   *
   * @throws HotConfigUnavailableError when the bucket cannot be read
   */
  current(): Promise<ReadonlyMap<string, PublishedDocument>>;
  /** How the bucket differs from the options, one sentence each. */
  bucketNotes(): readonly string[];
  /** Waits up to 3 s for puts in flight, then closes every handle. Idempotent. */
  stop(): Promise<void>;
}
