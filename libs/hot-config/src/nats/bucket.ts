import {
  jetstreamManager,
  type JetStreamManager,
  type JetStreamManagerOptions,
  type PeerInfo,
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
  /** False in a cluster that has lost its majority: then any replica answers, and may know less than others do. */
  readonly hasLeader: boolean;
  /** Undefined when no leader says it. */
  readonly lastSequence: number | undefined;
  readonly copies: Copies;
  readonly republish: Republish | undefined;
  readonly allowDirect: boolean;
}

/**
 * Who but the leader may answer a direct get. `level`: replicas, and none lags by the leader's word. `lagging`: some do, or
 * there are mirrors, of which the leader does not know. `unknown`: the user may not ask.
 */
export type Copies = 'none' | 'level' | 'lagging' | 'unknown';

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
  // Without checkAPI nothing is asked beyond what docs/wire-format.md grants.
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
        hasLeader: true,
        lastSequence: undefined,
        copies: 'unknown',
        republish: this.names.republish,
        allowDirect: true,
      };
    }
  }

  /** Whether the leader has anything under a key, the mark of a deletion included. True when the user may not ask. */
  async leaderHolds(key: string): Promise<boolean> {
    const subject = this.names.subject(key);
    const { state } = await this.jsm.streams.info(this.names.stream, { subjects_filter: subject });
    return (state.subjects?.[subject] ?? 0) > 0;
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

/** The last of a name is the server's: a client may have put the document with headers of the same name. '' is none. */
export function headerOf(headers: MsgHdrs | undefined): (name: string) => string | undefined {
  return (name) => headers?.last(name) || undefined;
}

function describe({ created, state, config, cluster, alternates }: StreamInfo): BucketInfo {
  const { republish, allow_direct: allowDirect = false } = config;
  // A server on its own may leave the whole description of a cluster out.
  const hasLeader = cluster === undefined || Boolean(cluster.leader);
  return {
    created: String(created),
    hasLeader,
    lastSequence: hasLeader ? state.last_seq : undefined,
    copies: copiesOf(cluster?.replicas ?? [], (alternates?.length ?? 0) > 1),
    republish: republish && { src: republish.src, dest: republish.dest },
    allowDirect,
  };
}

function copiesOf(replicas: readonly PeerInfo[], hasMirrors: boolean): Copies {
  if (hasMirrors) return 'lagging';
  if (replicas.length === 0) return 'none';
  const isLevel = ({ current, offline, lag }: PeerInfo): boolean => current && !offline && !lag;
  return replicas.every(isLevel) ? 'level' : 'lagging';
}
