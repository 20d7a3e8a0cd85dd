import type { NatsConnection } from '@nats-io/transport-node';
import {
  HotConfigUnavailableError,
  type KnownPosition,
  type LinkState,
  type ReadOutcome,
} from '../contract/index.js';
import { Bucket, type BucketInfo } from './bucket.js';
import { NatsLink } from './connection.js';
import { faultOf } from './errors.js';
import { GrowingTimeout } from './growing-timeout.js';
import { DEFAULT_REQUEST_TIMEOUT_MS, type NatsConnectionOptions } from './options.js';
import { Reader } from './source/reader.js';
import type { BucketNames } from './wire.js';

export interface BucketSessionUser {
  /** Called after each connect and reconnect, before the link counts as up. Throwing keeps the link down; it is retried. */
  prepare(bucket: Bucket): Promise<void>;
  link(state: LinkState): void;
  /** Called after each inspection. `info` is undefined while there is no bucket. */
  inspected?(bucket: Bucket, info: BucketInfo | undefined, epoch: string): void;
  /** The bucket was recreated, or restored from a backup: every key is to be compared again. */
  epochBegun(): void;
}

export interface Unreachable {
  readonly outcome: 'unreachable';
  readonly error: HotConfigUnavailableError;
}

/** One start of a source or a publisher: its link to NATS, and what it has read from its bucket. */
export class BucketSession {
  readonly link: NatsLink;
  readonly reader: Reader;
  private readonly requestTimeout: GrowingTimeout;
  private bucket: Bucket | undefined;
  private inspectedEpoch: string | undefined;

  /** @param inspectEveryMs milliseconds after which a read asks for the bucket's state though nothing looks wrong */
  constructor(
    private readonly options: NatsConnectionOptions,
    private readonly names: BucketNames,
    inspectEveryMs: number,
    private readonly user: BucketSessionUser,
  ) {
    const { requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = options;
    this.requestTimeout = new GrowingTimeout(requestTimeoutMs, 5 * requestTimeoutMs);
    this.link = new NatsLink(options, names.bucket, {
      prepare: (connection) => this.prepare(connection),
      link: (state) => user.link(state),
    });
    this.reader = new Reader({
      names,
      inspectEveryMs,
      signal: this.link.signal,
      unavailable: (error, key) => this.link.unavailable(error, key),
      onInspected: (info, epoch) => this.onInspected(info, epoch),
    });
  }

  /** The epoch of the bucket that the last inspection found. */
  get epoch(): string {
    return this.inspectedEpoch ?? 'unknown';
  }

  start(): void {
    this.link.start();
  }

  async stop(): Promise<void> {
    this.bucket = undefined;
    await this.link.stop();
  }

  read(key: string, known: KnownPosition | undefined): Promise<ReadOutcome> {
    const problem = this.names.keyProblem(key);
    if (problem) return Promise.resolve({ outcome: 'missing', reason: problem });
    return this.request(key, (bucket) => this.reader.read(bucket, key, known));
  }

  /** Runs requests to the bucket. Never rejects: an error is an outcome, and so is a link that is down. */
  async request<T extends { readonly outcome: string; readonly error?: unknown }>(
    key: string | undefined,
    send: (bucket: Bucket) => Promise<T>,
  ): Promise<T | Unreachable> {
    if (!this.bucket || !this.link.connection) return { outcome: 'unreachable', error: this.down(key) };
    const begun = performance.now();
    const { ms } = this.requestTimeout;
    let result: T | Unreachable;
    try {
      result = await send(await this.withTimeout(this.bucket, ms));
    } catch (error) {
      result = { outcome: 'unreachable', error: this.link.unavailable(error, key) };
    }
    this.link.recordOutcome(result);
    if (result.outcome === 'unreachable') this.recordTimeout((result.error as Error).cause, ms);
    // A rejection may be the library's own, without a request.
    else if (result.outcome !== 'rejected') this.requestTimeout.answeredAfter(performance.now() - begun);
    return result;
  }

  private async prepare(connection: NatsConnection): Promise<void> {
    const bucket = await Bucket.over(connection, this.names, this.options, this.requestTimeout.ms);
    this.bucket = bucket;
    try {
      await this.user.prepare(bucket);
    } catch (error) {
      this.recordTimeout(error, bucket.timeoutMs);
      throw error;
    }
  }

  /** The same bucket, with the timeout that the next request gets. */
  private async withTimeout(bucket: Bucket, ms: number): Promise<Bucket> {
    if (bucket.timeoutMs === ms) return bucket;
    const changed = await Bucket.over(bucket.connection, this.names, this.options, ms);
    if (this.bucket === bucket) this.bucket = changed;
    return changed;
  }

  private recordTimeout(error: unknown, usedMs: number): void {
    if (faultOf(error) === 'timeout') this.requestTimeout.timedOut(usedMs);
  }

  private onInspected(info: BucketInfo | undefined, epoch: string): void {
    if (!this.bucket) return;
    this.user.inspected?.(this.bucket, info, epoch);
    const hasBegun = this.inspectedEpoch !== undefined && this.inspectedEpoch !== epoch;
    this.inspectedEpoch = epoch;
    if (hasBegun) this.user.epochBegun();
  }

  private down(key: string | undefined): HotConfigUnavailableError {
    const { message, cause, reason } = this.link.reason;
    return new HotConfigUnavailableError(message, { key, cause, reason });
  }
}
