import { BackOff } from '../../async/back-off.js';
import { unlessAborted } from '../../async/unless-aborted.js';
import { HotConfigUnavailableError, type KnownPosition, type ReadOutcome } from '../../contract/index.js';
import type { Bucket, BucketInfo, StoredMessage } from '../bucket.js';
import { faultOf, missingBucket } from '../errors.js';
import { type BucketNames, contentTypeOf, DocumentHeader } from '../wire.js';
import { EpochClock } from './epoch.js';
import { RestoreDetector } from './restore-detector.js';

export interface ReaderOptions {
  readonly names: BucketNames;
  /** Milliseconds after which a read asks for the bucket's state though nothing looks wrong. */
  readonly inspectEveryMs: number;
  readonly signal: AbortSignal;
  readonly unavailable: (error: unknown, key?: string) => HotConfigUnavailableError;
  /** Called after each inspection, and when a new epoch begins. `info` is undefined while there is no bucket. */
  readonly onInspected: (info: BucketInfo | undefined, epoch: string) => void;
}

/** How often a read asks before it gives up, while the answers are older than the known revision. */
const TRIES = 5;

const STAYS = 'The applied value stays in force; the read is retried.';

/** The newest position of a key in the present epoch. */
interface Mark {
  readonly epoch: string;
  readonly revision: number;
  /** By the store's clock; undefined when the store has not said. */
  readonly at: number | undefined;
}

/** `failed`: the bucket is not there under this connection, or nobody answered. */
interface Answer {
  readonly message: StoredMessage | undefined | 'failed';
  readonly failure?: unknown;
}

/**
 * Reads the newest document of a key. An answer can be older than the known revision for three reasons, which the reader
 * distinguishes: a replica lags (it asks again), the bucket was recreated (a new epoch), or restored from a backup (likewise).
 *
 * A newer revision is always taken. Any other answer of a replica counts as the newest only while the leader answers: in the part
 * of a cluster that has lost the majority, replicas go on answering with the revision that was the newest before.
 */
export class Reader {
  private readonly clock = new EpochClock();
  private readonly marks = new Map<string, Mark>();
  private restoreDetector = new RestoreDetector();
  private info: BucketInfo | undefined;
  private inspectedAt = -Infinity;
  /** Why the leader did not answer the last inspection. */
  private leaderError: Error | undefined;
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

  /** The store has acknowledged this revision: from now on an older answer is not the newest. */
  recordRevision(key: string, revision: number): void {
    const { epoch } = this.clock;
    if (revision <= (this.markOf(key)?.revision ?? 0)) return;
    this.clock.recordRevision({ epoch, revision });
    this.marks.set(key, { epoch, revision, at: undefined });
  }

  async read(bucket: Bucket, key: string, known: KnownPosition | undefined): Promise<ReadOutcome> {
    try {
      const isDue = performance.now() - this.inspectedAt > this.options.inspectEveryMs;
      // A failure is recorded as `leaderError`. A replica may have something newer all the same.
      if (isDue || this.leaderError !== undefined) await this.inspect(bucket).catch(() => undefined);
      return await this.readCurrent(bucket, key, known);
    } catch (error) {
      return { outcome: 'unreachable', error: this.options.unavailable(error, key) };
    }
  }

  private async readCurrent(
    bucket: Bucket,
    key: string,
    known: KnownPosition | undefined,
  ): Promise<ReadOutcome> {
    if (known) this.clock.recordRevision(known);
    if (!this.info && this.leaderError !== undefined) throw this.leaderError;
    if (!this.info) await this.inspect(bucket);
    const backOff = new BackOff(25, 200);
    // Whether the leader has said so, after the answer before.
    let isSameBucket = false;
    let failure: unknown = this.lags(key);
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      if (attempt > 1) await backOff.pause(this.options.signal);
      if (!this.info) return this.outcomeOf(key, undefined);
      const before = this.bucketState();
      const answer = await this.ask(bucket, key);
      const { message } = answer;
      // Meanwhile another key's read may have found a new epoch, which this answer does not belong to.
      const isCurrent = message !== 'failed' && this.bucketState() === before;
      if (isCurrent && (await this.isPlausible(bucket, key, message, known, isSameBucket))) {
        this.restoreDetector.refute(key);
        return this.outcomeOf(key, message);
      }
      await this.inspect(bucket);
      isSameBucket = this.bucketState() === before;
      // Another bucket: its answer is worth asking for at once.
      if (!isSameBucket) continue;
      failure = answer.failure ?? this.leaderError ?? this.lags(key);
      if (this.leaderError !== undefined || faultOf(failure) === 'timeout') break;
      if (this.looksRestored(key, message, known)) this.beginRestored();
    }
    throw failure;
  }

  private bucketState(): string {
    return `${this.clock.epoch} ${this.info?.allowDirect}`;
  }

  /** Throws only errors that say nothing about the bucket. */
  private async ask(bucket: Bucket, key: string): Promise<Answer> {
    try {
      const newest = bucket.newest(key, this.info?.allowDirect ?? true);
      return { message: await unlessAborted(newest, this.options.signal) };
    } catch (failure) {
      // Servers before 2.10 leave a direct get on a missing bucket unanswered; later ones say that nobody listens.
      if (!['no-responders', 'bucket-missing', 'timeout', 'jetstream-off'].includes(faultOf(failure)))
        throw failure;
      return { message: 'failed', failure };
    }
  }

  /** @param isSameBucket the leader was asked after the answer before, and has said that the bucket is still the same */
  private async isPlausible(
    bucket: Bucket,
    key: string,
    answer: StoredMessage | undefined,
    known: KnownPosition | undefined,
    isSameBucket: boolean,
  ): Promise<boolean> {
    if (!answer) return isSameBucket && !(await this.mayBeHeldElsewhere(bucket, key));
    const { revision = 0, at } = this.newestKnown(key, known) ?? {};
    if (answer.revision !== revision) return answer.revision > revision;
    if (this.leaderError !== undefined) return false;
    // The same revision at another time was put into another bucket: only the leader can tell.
    return isSameBucket || at === undefined || at === answer.time.getTime();
  }

  /** A replica that lags may not have a key yet that the leader has. */
  private async mayBeHeldElsewhere(bucket: Bucket, key: string): Promise<boolean> {
    if (this.leaderError !== undefined) return true;
    const replicas = this.info?.replicas;
    if (replicas !== 'level' && replicas !== 'lagging') return false;
    return unlessAborted(bucket.leaderHolds(key), this.options.signal);
  }

  /**
   * Whether the bucket has lost revisions, for long enough to believe it: the leader has fewer revisions than were seen, or
   * an older answer comes though no replica lags. For a user who may not ask the leader, the sign is an older revision with
   * a later time.
   */
  private looksRestored(key: string, answer: Answer['message'], known: KnownPosition | undefined): boolean {
    const { info } = this;
    if (!info || !answer || answer === 'failed') return false;
    const { at = Infinity, revision = 0 } = this.newestKnown(key, known) ?? {};
    const isLater = answer.revision < revision && answer.time.getTime() > at;
    const { replicas } = info;
    if (this.clock.hasLost(info) || (replicas === 'unknown' ? isLater : replicas !== 'lagging'))
      return this.restoreDetector.recordSign(key, replicas);
    this.restoreDetector.refute(key);
    return false;
  }

  private beginRestored(): void {
    this.restoreDetector = new RestoreDetector();
    this.clock.beginRestored();
    this.options.onInspected(this.info, this.clock.epoch);
  }

  /** In this epoch: by an earlier read here, or by the caller, perhaps from before a restart. */
  private newestKnown(key: string, known: KnownPosition | undefined): Mark | undefined {
    const mark = this.markOf(key);
    const { epoch } = this.clock;
    if (known?.epoch !== epoch || known.revision <= (mark?.revision ?? 0)) return mark;
    return { epoch, revision: known.revision, at: known.publishedAt?.getTime() };
  }

  private markOf(key: string): Mark | undefined {
    const mark = this.marks.get(key);
    return mark?.epoch === this.clock.epoch ? mark : undefined;
  }

  private lags(key: string): HotConfigUnavailableError {
    const { names } = this.options;
    const reason = `A replica of the bucket "${names.bucket}" answered with an older revision of "${names.kvKey(key)}" than is known: it lags.`;
    return new HotConfigUnavailableError(`${reason} ${STAYS}`, { key, reason });
  }

  private outcomeOf(key: string, answer: StoredMessage | undefined): ReadOutcome {
    const { names } = this.options;
    if (!this.info) return { outcome: 'missing', reason: missingBucket(names.bucket) };
    if (!answer)
      return { outcome: 'missing', reason: `the bucket "${names.bucket}" has no key "${names.kvKey(key)}"` };
    const { epoch } = this.clock;
    const { revision, bytes, time, header } = answer;
    this.clock.recordRevision({ epoch, revision });
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
    try {
      this.info = await unlessAborted(bucket.inspect(), this.options.signal);
    } catch (error) {
      this.leaderError = error as Error;
      throw error;
    }
    this.leaderError = this.info?.hasLeader === false ? leaderless(this.options.names.bucket) : undefined;
    if (this.info) this.clock.recordInfo(this.info);
    this.options.onInspected(this.info, this.clock.epoch);
  }
}

function leaderless(bucket: string): HotConfigUnavailableError {
  const reason = `The bucket "${bucket}" has no leader now: the part of the NATS cluster that is connected has no majority, so others may have newer documents.`;
  return new HotConfigUnavailableError(`${reason} ${STAYS}`, { reason });
}
