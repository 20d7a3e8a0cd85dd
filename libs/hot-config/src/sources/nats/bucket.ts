import {
  jetstreamManager,
  type JetStreamManager,
  type JetStreamManagerOptions,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { faultOf, forbiddenSubject } from './errors.js';
import { DEFAULT_REQUEST_TIMEOUT_MS, type NatsConnectionOptions } from './options.js';
import { KV_OPERATION, type BucketNames, type Republish } from './wire.js';

/** What the leader of a bucket's stream says of it. */
export interface BucketInfo {
  /** The stream's creation time; `unknown` when the user may not ask. */
  readonly created: string;
  readonly lastSequence: number | undefined;
  readonly republish: Republish | undefined;
  readonly allowDirect: boolean;
}

/** The newest message under a key: a document, or the mark that it was deleted. */
export interface StoredMessage {
  readonly revision: number;
  readonly bytes: Uint8Array;
  readonly time: Date;
  readonly deleted: boolean;
  readonly header: (name: string) => string | undefined;
}

export function jetStreamOptions(options: NatsConnectionOptions): JetStreamManagerOptions {
  const { domain, apiPrefix, requestTimeoutMs: timeout = DEFAULT_REQUEST_TIMEOUT_MS } = options;
  // Without checkAPI nothing is asked beyond what wire.md grants.
  return {
    checkAPI: false,
    timeout,
    ...(domain === undefined ? {} : { domain }),
    ...(apiPrefix === undefined ? {} : { apiPrefix }),
  };
}

/** One bucket as seen over one connection. Makes no promise that it exists. */
export class Bucket {
  private constructor(
    readonly connection: NatsConnection,
    readonly jsm: JetStreamManager,
    readonly names: BucketNames,
  ) {}

  static async over(
    connection: NatsConnection,
    names: BucketNames,
    options: NatsConnectionOptions,
  ): Promise<Bucket> {
    return new Bucket(connection, await jetstreamManager(connection, jetStreamOptions(options)), names);
  }

  /** Undefined when JetStream answers that there is no such bucket. Throws when nobody answers. */
  async info(): Promise<StreamInfo | undefined> {
    try {
      return await this.jsm.streams.info(this.names.stream);
    } catch (error) {
      if (faultOf(error) === 'bucket-missing') return undefined;
      throw error;
    }
  }

  /** A user who may not ask gets what a bucket of ours is like. */
  async inspect(): Promise<BucketInfo | undefined> {
    try {
      const info = await this.info();
      return info && describe(info);
    } catch (error) {
      // A forbidden inbox is another matter: then no answer comes to anything.
      if (forbiddenSubject(error)?.operation !== 'publish') throw error;
      return {
        created: 'unknown',
        lastSequence: undefined,
        republish: this.names.republish,
        allowDirect: true,
      };
    }
  }

  /** A direct get may be answered by a replica that lags; only the leader answers the other kind. */
  async newest(key: string, direct: boolean): Promise<StoredMessage | undefined> {
    const query = { last_by_subj: this.names.subject(key) };
    const { stream } = this.names;
    const message = direct
      ? await this.jsm.direct.getMessage(stream, query)
      : await this.jsm.streams.getMessage(stream, query);
    if (!message) return undefined;
    const header = headerOf(message.header);
    const operation = header(KV_OPERATION);
    return {
      revision: message.seq,
      bytes: message.data,
      time: message.time,
      deleted: operation === 'DEL' || operation === 'PURGE' || header('Nats-Marker-Reason') !== undefined,
      header,
    };
  }
}

/** `MsgHdrs.get` says '' for a header that is not there. */
export function headerOf(headers: MsgHdrs | undefined): (name: string) => string | undefined {
  return (name) => headers?.get(name) || undefined;
}

function describe({ created, state, config }: StreamInfo): BucketInfo {
  const { republish, allow_direct: allowDirect = false } = config;
  return {
    created: String(created),
    lastSequence: state.last_seq,
    republish: republish && { src: republish.src, dest: republish.dest },
    allowDirect,
  };
}
