import type { NatsConnection } from '@nats-io/transport-node';
import {
  HotConfigUnavailableError,
  type KnownPosition,
  type ReadOutcome,
  type SourceObserver,
} from '../../contract/index.js';
import { Bucket, type BucketInfo } from '../bucket.js';
import { NatsLink } from '../connection.js';
import { Hints } from './hints.js';
import type { NatsSourceOptions } from '../options.js';
import { Reader } from './reader.js';
import type { BucketNames } from '../wire.js';

/** One start of a source: its connection, its hints, and what it has seen of the bucket. */
export class SourceSession {
  private readonly link: NatsLink;
  private readonly hints: Hints;
  private readonly reader: Reader;
  private bucket: Bucket | undefined;
  private epoch: string | undefined;

  /** @param inspectEveryMs milliseconds after which a read asks for the bucket's state though nothing looks wrong */
  constructor(
    private readonly options: NatsSourceOptions,
    private readonly names: BucketNames,
    inspectEveryMs: number,
    private readonly observer: SourceObserver,
  ) {
    this.link = new NatsLink(options, names.bucket, {
      prepare: (connection) => this.prepare(connection),
      link: (state) => observer.link(state),
    });
    this.hints = new Hints({
      names,
      connection: options,
      hint: (key, revision) => observer.hint(key, revision),
      noted: () => observer.noted?.(),
    });
    this.reader = new Reader({
      names,
      inspectEveryMs,
      signal: this.link.signal,
      unavailable: (error, key) => this.link.unavailable(error, key),
      onInspected: (info, epoch) => this.onInspected(info, epoch),
    });
  }

  start(): void {
    this.link.start();
  }

  watch(key: string): void {
    this.hints.watch(key);
  }

  async read(key: string, known: KnownPosition | undefined): Promise<ReadOutcome> {
    const { bucket } = this;
    if (!bucket || !this.link.connection) return { outcome: 'unreachable', error: this.down(key) };
    const outcome = await this.reader.read(bucket, key, known);
    this.link.noteOutcome(outcome);
    return outcome;
  }

  notes(): readonly string[] {
    return this.hints.notes();
  }

  async stop(): Promise<void> {
    this.hints.disarm();
    this.bucket = undefined;
    await this.link.stop();
  }

  /** First the state of the bucket, so that no read mistakes a new one for the old; then hints; then the link is up. */
  private async prepare(connection: NatsConnection): Promise<void> {
    const bucket = await Bucket.over(connection, this.names, this.options);
    this.bucket = bucket;
    await this.reader.inspect(bucket);
    // A hint that comes from here on is followed by a read; what came before is covered by the one at link up.
    await connection.flush();
  }

  private onInspected(info: BucketInfo | undefined, epoch: string): void {
    const { bucket } = this;
    if (!bucket) return;
    this.hints.arm(bucket.connection, info, epoch);
    const begun = this.epoch !== undefined && this.epoch !== epoch;
    this.epoch = epoch;
    if (begun) this.observer.hint();
  }

  private down(key: string): HotConfigUnavailableError {
    const { message, cause, reason } = this.link.reason;
    return new HotConfigUnavailableError(message, { key, cause, reason });
  }
}
