import { HotConfigUnavailableError, type Position, type ReadOutcome } from '../../contract/index.js';
import type { Bucket, BucketInfo, StoredMessage } from './bucket.js';
import { EpochClock } from './epoch.js';
import { faultOf, missingBucket } from './errors.js';
import { pause, unlessAborted } from './pause.js';
import { contentTypeOf, DocumentHeader, type BucketNames } from './wire.js';

export interface ReaderOptions {
  readonly names: BucketNames;
  /** Milliseconds after which a read asks for the bucket's state though nothing looks wrong. */
  readonly inspectEveryMs: number;
  readonly signal: AbortSignal;
  readonly unavailable: (error: unknown, key?: string) => HotConfigUnavailableError;
  /** Told what each inspection found: hints follow where the bucket republishes to, and its new lives. */
  readonly onInspected: (info: BucketInfo | undefined, epoch: string) => void;
}

/** Milliseconds before each further try when an answer is older than what is known. */
const RETRY_MS = [20, 50, 100, 200];

interface Mark {
  readonly epoch: string;
  readonly revision: number;
  readonly at: number;
}

/**
 * Reads the newest document of a key, and tells the three reasons apart why an answer can be older than what is known:
 * a replica lags (asked again), the bucket was made anew (another epoch), or restored from a backup (likewise).
 */
export class Reader {
  private readonly clock = new EpochClock();
  private readonly marks = new Map<string, Mark>();
  private info: BucketInfo | undefined;
  private inspectedAt = -Infinity;
  private inspecting: { bucket: Bucket; done: Promise<void> } | undefined;

  constructor(private readonly options: ReaderOptions) {}

  /** Asks the leader for the bucket's state. Throws when nobody answers. */
  inspect(bucket: Bucket): Promise<void> {
    if (this.inspecting?.bucket === bucket) return this.inspecting.done;
    const done = this.askLeader(bucket).finally(() => {
      if (this.inspecting?.done === done) this.inspecting = undefined;
    });
    this.inspecting = { bucket, done };
    return done;
  }

  async read(bucket: Bucket, key: string, known: Position | undefined): Promise<ReadOutcome> {
    try {
      // A failing routine inspection must not fail a read that a replica can answer.
      if (performance.now() - this.inspectedAt > this.options.inspectEveryMs)
        await this.inspect(bucket).catch(() => undefined);
      return await this.readCurrent(bucket, key, known);
    } catch (error) {
      return { outcome: 'unreachable', error: this.options.unavailable(error, key) };
    }
  }

  private async readCurrent(bucket: Bucket, key: string, known: Position | undefined): Promise<ReadOutcome> {
    if (known) this.clock.saw(known);
    if (!this.info) await this.inspect(bucket);
    let doubted = false;
    let lost = false;
    let failure: unknown;
    for (const wait of [0, ...RETRY_MS]) {
      if (wait > 0) await pause(wait, this.options.signal);
      if (!this.info) return this.report(key, undefined);
      const before = this.life();
      const answer = await this.ask(bucket, key);
      if (answer.message !== 'failed' && this.isPlausible(key, answer.message, known, doubted)) {
        return this.report(key, answer.message);
      }
      await this.inspect(bucket);
      doubted = this.life() === before;
      if (!doubted) continue;
      failure = answer.failure ?? this.older(key);
      if (faultOf(failure) === 'timeout') break;
      // Right after a change of leader the new one may still be catching up: so this must be seen twice.
      const losing = this.hasLost(key, answer.message);
      if (lost && losing) this.beginRestored();
      lost = losing;
    }
    throw failure;
  }

  private life(): string {
    return `${this.clock.epoch} ${this.info?.allowDirect}`;
  }

  /** `failed`: the bucket is not there under this connection, or nobody answered. Other errors are thrown. */
  private async ask(
    bucket: Bucket,
    key: string,
  ): Promise<{ message: StoredMessage | undefined | 'failed'; failure?: unknown }> {
    try {
      return {
        message: await unlessAborted(bucket.newest(key, this.info?.allowDirect ?? true), this.options.signal),
      };
    } catch (failure) {
      // Servers before 2.10 leave a direct get on a missing bucket unanswered, later ones say that nobody listens.
      if (!['no-responders', 'bucket-missing', 'timeout', 'jetstream-off'].includes(faultOf(failure)))
        throw failure;
      return { message: 'failed', failure };
    }
  }

  /** `doubted`: the leader was asked after the last such answer, and the bucket is the one that it was. */
  private isPlausible(
    key: string,
    answer: StoredMessage | undefined,
    known: Position | undefined,
    doubted: boolean,
  ): boolean {
    if (!answer) return doubted;
    const { epoch } = this.clock;
    const mark = this.markOf(key);
    const floor = Math.max(mark?.revision ?? 0, known?.epoch === epoch ? known.revision : 0);
    if (answer.revision !== floor) return answer.revision > floor;
    // The same revision at another time was put into another bucket: the leader tells.
    return doubted || mark === undefined || mark.at === answer.time.getTime();
  }

  /** A user who may not ask the leader sees it by the clock: time goes on where revisions go back. */
  private hasLost(key: string, answer: StoredMessage | undefined | 'failed'): boolean {
    if (!this.info || answer === 'failed' || !answer) return false;
    const mark = this.markOf(key);
    const wentOn = mark !== undefined && answer.revision < mark.revision && answer.time.getTime() > mark.at;
    return this.clock.hasLost(this.info) || (this.info.lastSequence === undefined && wentOn);
  }

  private beginRestored(): void {
    this.clock.beginRestored();
    this.options.onInspected(this.info, this.clock.epoch);
  }

  private markOf(key: string): Mark | undefined {
    const mark = this.marks.get(key);
    return mark?.epoch === this.clock.epoch ? mark : undefined;
  }

  private older(key: string): HotConfigUnavailableError {
    const { names } = this.options;
    return new HotConfigUnavailableError(
      `A replica of the bucket "${names.bucket}" answered with an older revision of "${names.kvKey(key)}" than is known: it lags. What is applied stays in force, and it is read again.`,
      { key },
    );
  }

  private report(key: string, answer: StoredMessage | undefined): ReadOutcome {
    const { names } = this.options;
    if (!this.info) return { outcome: 'missing', reason: missingBucket(names.bucket) };
    if (!answer)
      return { outcome: 'missing', reason: `the bucket "${names.bucket}" has no key "${names.kvKey(key)}"` };
    const { epoch } = this.clock;
    const { revision, bytes, time, header } = answer;
    this.clock.saw({ epoch, revision });
    this.marks.set(key, { epoch, revision, at: time.getTime() });
    if (answer.deleted) {
      return {
        outcome: 'missing',
        reason: `the key "${names.kvKey(key)}" was deleted from the bucket "${names.bucket}"`,
      };
    }
    return {
      outcome: 'found',
      document: {
        key,
        bytes,
        revision,
        epoch,
        contentType: contentTypeOf(header(DocumentHeader.contentType)),
        origin: header(DocumentHeader.origin) ?? names.describe(key),
        publishedAt: time,
      },
    };
  }

  private async askLeader(bucket: Bucket): Promise<void> {
    this.inspectedAt = performance.now();
    this.info = await unlessAborted(bucket.inspect(), this.options.signal);
    if (this.info) this.clock.take(this.info);
    this.options.onInspected(this.info, this.clock.epoch);
  }
}
