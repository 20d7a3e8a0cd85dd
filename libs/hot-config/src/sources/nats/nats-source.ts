import type { NatsConnection } from '@nats-io/transport-node';
import {
  checkMilliseconds,
  HotConfigUnavailableError,
  type DocumentSource,
  type KnownPosition,
  type LinkState,
  type ReadOutcome,
  type SourceObserver,
} from '../../contract/index.js';
import { Bucket, type BucketInfo } from './bucket.js';
import { NatsLink } from './connection.js';
import { Hints } from './hints.js';
import { checkConnectionOptions, DEFAULT_BUCKET, type NatsSourceOptions } from './options.js';
import { Reader } from './reader.js';
import { BucketNames } from './wire.js';

export interface NatsSource extends DocumentSource {
  notes(): readonly string[];
}

/**
 * Reports the documents of one NATS key-value bucket. Reads are direct gets, hints come from what the bucket
 * republishes, or from a KV watch where it does not. Opens nothing until it is started.
 *
 * @throws HotConfigSetupError when the options cannot work
 */
export function natsSource(options: NatsSourceOptions = {}): NatsSource {
  return new BucketSource(options);
}

class BucketSource implements NatsSource {
  readonly name: string;
  readonly reconcileMs: number;
  readonly staleAfterMs: number;
  private readonly names: BucketNames;
  private readonly link: NatsLink;
  private readonly hints: Hints;
  private readonly reader: Reader;
  private observer: SourceObserver | undefined;
  private bucket: Bucket | undefined;
  private epoch: string | undefined;

  constructor(private readonly options: NatsSourceOptions) {
    checkConnectionOptions(options);
    this.names = new BucketNames(options.bucket ?? DEFAULT_BUCKET, options.keyPrefix ?? '');
    this.reconcileMs = options.reconcileMs ?? 30_000;
    this.staleAfterMs = options.staleAfterMs ?? 2.5 * this.reconcileMs;
    for (const option of ['reconcileMs', 'staleAfterMs'] as const) checkMilliseconds(option, options[option]);
    this.link = new NatsLink(options, this.names.bucket, {
      prepare: (connection) => this.prepare(connection),
      link: (state) => this.onLink(state),
    });
    this.name = `bucket "${this.names.bucket}" at ${this.link.server}`;
    this.hints = new Hints({
      names: this.names,
      connection: options,
      hint: (key, revision) => this.observer?.hint(key, revision),
      noted: () => this.observer?.noted?.(),
    });
    this.reader = new Reader({
      names: this.names,
      inspectEveryMs: this.reconcileMs,
      signal: this.link.signal,
      unavailable: (error, key) => this.link.unavailable(error, key),
      onInspected: (info, epoch) => this.onInspected(info, epoch),
    });
  }

  start(observer: SourceObserver): Promise<void> {
    this.observer ??= observer;
    this.link.start();
    return Promise.resolve();
  }

  watch(key: string): void {
    if (this.names.keyProblem(key) === undefined) this.hints.watch(key);
  }

  async read(key: string, known: KnownPosition | undefined): Promise<ReadOutcome> {
    const problem = this.names.keyProblem(key);
    if (problem) return { outcome: 'missing', reason: `the bucket cannot have such a key: it ${problem}` };
    const { bucket } = this;
    if (!bucket || !this.link.connection) return { outcome: 'unreachable', error: this.down(key) };
    const outcome = await this.reader.read(bucket, key, known);
    this.link.heard(outcome);
    return outcome;
  }

  async stop(): Promise<void> {
    this.hints.disarm();
    this.bucket = undefined;
    await this.link.stop();
  }

  notes(): readonly string[] {
    return this.hints.notes();
  }

  /** First the state of the bucket, so that no read mistakes a new one for the old; then hints; then the link is up. */
  private async prepare(connection: NatsConnection): Promise<void> {
    const bucket = await Bucket.over(connection, this.names, this.options);
    this.bucket = bucket;
    await this.reader.inspect(bucket);
    // A hint that comes from here on is followed by a read; what came before is covered by the one after link up.
    await connection.flush();
  }

  private onInspected(info: BucketInfo | undefined, epoch: string): void {
    const { bucket } = this;
    if (!bucket) return;
    this.hints.arm(bucket.connection, info, epoch);
    const begun = this.epoch !== undefined && this.epoch !== epoch;
    this.epoch = epoch;
    if (begun) this.observer?.hint();
  }

  private onLink(state: LinkState): void {
    this.observer?.link(state);
    if (state.up) this.observer?.hint();
  }

  private down(key: string): HotConfigUnavailableError {
    const { message, cause, reason } = this.link.reason;
    return new HotConfigUnavailableError(message, { key, cause, reason });
  }
}
