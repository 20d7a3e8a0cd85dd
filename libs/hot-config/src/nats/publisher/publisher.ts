import type {
  DocumentContentType,
  HotConfigError,
  HotConfigUnavailableError,
  LinkState,
  ReadOutcome,
} from '../../contract/index.js';
import type { NatsConnectionOptions } from '../options.js';

export interface NatsPublisherOptions extends NatsConnectionOptions {
  /** Created when it is missing. Default: `configs` */
  readonly bucket?: string | undefined;
  /** Put before the document's key in the bucket. */
  readonly keyPrefix?: string | undefined;
  /** Revisions of each key that a bucket created by this publisher keeps, 1 to 64. Default: 20 */
  readonly history?: number | undefined;
  /** Copies that a bucket created by this publisher has in a cluster: 1, 3 or 5. Default: 1; use 3 in production. */
  readonly replicas?: number | undefined;
  /** Largest document in bytes, headers included, for a bucket created by this publisher. Default: the server's limit. */
  readonly maxValueBytes?: number | undefined;
  /** Whether the bucket is to tell services of changes by republishing them. Default: true */
  readonly republish?: boolean | undefined;
}

export interface DocumentToPublish {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly contentType: DocumentContentType;
  /** The file, relative. */
  readonly origin: string;
  /** Of the parsed value: decides whether anything changed. */
  readonly digest: string;
  readonly author?: string;
  readonly reason?: string;
}

/** `publishedAt` is by our own clock for what was put just now, since the store's answer tells no time; else by the store's. */
export type PublishOutcome =
  | { readonly outcome: 'published' | 'unchanged'; readonly revision: number; readonly publishedAt: Date }
  /** The store answered that it does not accept this document; the same one again gets the same answer. */
  | { readonly outcome: 'rejected'; readonly error: HotConfigError }
  /** Nobody answered, so it may or may not be stored. Publishing it again is safe. */
  | { readonly outcome: 'unreachable'; readonly error: HotConfigUnavailableError };

export type RemoveOutcome =
  | { readonly outcome: 'removed' | 'missing' }
  | { readonly outcome: 'rejected'; readonly error: HotConfigError }
  | { readonly outcome: 'unreachable'; readonly error: HotConfigUnavailableError };

export interface PublishedDocument {
  readonly revision: number;
  /** Undefined when what is stored is not a document. */
  readonly digest: string | undefined;
  readonly origin: string;
  /** By the store's clock. */
  readonly publishedAt: Date;
}

/** Who listens to a publisher. Both calls return at once and never throw. */
export interface PublisherObserver {
  /** Somebody else changed this key. Without a key: compare everything, the bucket was lost. */
  hint(key?: string): void;
  /** Reported on change, and once after start. Up: compare everything, the bucket was out of sight until now. */
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
   * Resolves when the link is up, at once if it is. It waits as long as that takes, since it never gives up to connect: pass a
   * signal to end the wait, and `link` to the start to be told what keeps the link down.
   *
   * @throws HotConfigUnavailableError when it is stopped, or not started; the reason of the signal when that is aborted
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
  /** Lets what is being published end, for three seconds at most, then closes every handle. Idempotent. */
  stop(): Promise<void>;
}
