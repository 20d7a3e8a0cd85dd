import {
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
  type PeerInfo,
  type Republish,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { faultOf, forbiddenSubject } from './errors.js';
import type { NatsConnectionOptions } from './options.js';
import { type BucketNames, headerOf, KV_OPERATION } from './wire.js';

/** The state of a bucket's stream, by the stream's leader. */
export interface BucketInfo {
  /** The stream's creation time; `unknown` when the user may not ask. */
  readonly created: string;
  /** False in a cluster that has lost its majority: then any replica answers, and its state may be outdated. */
  readonly hasLeader: boolean;
  /** Undefined without a leader, and when the user may not ask. */
  readonly lastSequence: number | undefined;
  readonly replicas: ReplicaState;
  readonly republish: Republish | undefined;
  readonly allowDirect: boolean;
}

/**
 * Which servers other than the leader may answer a direct get. `none`: no other. `level`: replicas, and by the leader's word
 * none lags. `lagging`: replicas of which some lag, or mirrors, which the leader does not know. `unknown`: the user may not ask.
 */
export type ReplicaState = 'none' | 'level' | 'lagging' | 'unknown';

/** The newest message under a key: a document, or the mark that it was deleted. */
export interface StoredMessage {
  readonly revision: number;
  readonly bytes: Uint8Array;
  readonly time: Date;
  readonly deleted: boolean;
  readonly header: (name: string) => string | undefined;
}

/** One bucket as seen over one connection. The bucket need not exist. */
export class Bucket {
  /** Reads and puts by the same options. */
  readonly js: JetStreamClient;

  private constructor(
    readonly connection: NatsConnection,
    readonly jsm: JetStreamManager,
    readonly names: BucketNames,
    /** Milliseconds that one request may take. */
    readonly timeoutMs: number,
  ) {
    this.js = jsm.jetstream();
  }

  /** Sends nothing. */
  static async over(
    connection: NatsConnection,
    names: BucketNames,
    { domain, apiPrefix }: NatsConnectionOptions,
    timeoutMs: number,
  ): Promise<Bucket> {
    const jsm = await jetstreamManager(connection, {
      // With checkAPI the client would need a permission that docs/wire-format.md does not list.
      checkAPI: false,
      timeout: timeoutMs,
      ...(domain === undefined ? {} : { domain }),
      ...(apiPrefix === undefined ? {} : { apiPrefix }),
    });
    return new Bucket(connection, jsm, names, timeoutMs);
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

  /** For a user who may not ask, the state of a bucket as the library creates it. */
  async inspect(): Promise<BucketInfo | undefined> {
    try {
      const info = await this.info();
      return info && bucketInfoOf(info);
    } catch (error) {
      if (!this.mayNotAsk(error)) throw error;
      return {
        created: 'unknown',
        hasLeader: true,
        lastSequence: undefined,
        replicas: 'unknown',
        republish: this.names.republish,
        allowDirect: true,
      };
    }
  }

  private mayNotAsk(error: unknown): boolean {
    // An account without an import of this request: nobody listens to the subject.
    if (faultOf(error) === 'no-responders') return !this.js.apiPrefix.startsWith('$JS.');
    // A forbidden inbox is another matter: then no request gets an answer.
    return forbiddenSubject(error)?.operation === 'publish';
  }

  /** Whether the leader has any message under a key, the mark of a deletion included. */
  async leaderHolds(key: string): Promise<boolean> {
    const subject = this.names.subject(key);
    const { state } = await this.jsm.streams.info(this.names.stream, { subjects_filter: subject });
    return (state.subjects?.[subject] ?? 0) > 0;
  }

  /** @param direct may be answered by a replica that lags; otherwise only the leader answers */
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

function bucketInfoOf({ created, state, config, cluster, alternates }: StreamInfo): BucketInfo {
  const { republish, allow_direct: allowDirect = false } = config;
  // A server on its own may leave out the description of a cluster.
  const hasLeader = cluster === undefined || Boolean(cluster.leader);
  return {
    created: String(created),
    hasLeader,
    lastSequence: hasLeader ? state.last_seq : undefined,
    replicas: replicaStateOf(cluster?.replicas ?? [], (alternates?.length ?? 0) > 1),
    republish,
    allowDirect,
  };
}

function replicaStateOf(replicas: readonly PeerInfo[], hasMirrors: boolean): ReplicaState {
  if (hasMirrors) return 'lagging';
  if (replicas.length === 0) return 'none';
  const isLevel = ({ current, offline, lag }: PeerInfo): boolean => current && !offline && !lag;
  return replicas.every(isLevel) ? 'level' : 'lagging';
}
