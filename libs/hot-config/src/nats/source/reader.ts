import { HotConfigUnavailableError, type KnownPosition, type ReadOutcome } from '../../contract/index.js';
import type { Bucket, BucketInfo, StoredMessage } from '../bucket.js';
import { EpochClock } from './epoch.js';
import { faultOf, missingBucket } from '../errors.js';
import { pause } from '../../async/back-off.js';
import { unlessAborted } from '../../async/unless-aborted.js';
import { Suspicion } from './suspicion.js';
import { contentTypeOf, DocumentHeader, type BucketNames } from '../wire.js';

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

const STAYS = 'The applied value stays in force; the read is retried.';

interface Mark {
  readonly epoch: string;
  readonly revision: number;
  /** By the store's clock; undefined when the store has not told. */
  readonly at: number | undefined;
}

/** `failed`: the bucket is not there under this connection, or nobody answered. */
interface Answer {
  readonly message: StoredMessage | undefined | 'failed';
  readonly failure?: unknown;
}

/**
 * Reads the newest document of a key, and tells the three reasons apart why an answer can be older than what is known:
 * a replica lags (asked again), the bucket was recreated (another epoch), or restored from a backup (likewise).
 *
 * A replica's answer counts as the newest only while the leader is heard of. In the part of a cluster that has lost the
 * majority replicas go on answering, for as long as they are cut off, with what was the newest before.
 */
export class Reader {
  private readonly clock = new EpochClock();
  private readonly marks = new Map<string, Mark>();
  private readonly suspicion = new Suspicion();
  private info: BucketInfo | undefined;
  private inspectedAt = -Infinity;
  /** Why the leader was not heard when it was asked last. */
  private silence: Error | undefined;
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

  /** An acknowledgement has shown this revision: from now on an older answer is not the newest. */
  saw(key: string, revision: number): void {
    const { epoch } = this.clock;
    if (revision <= (this.markOf(key)?.revision ?? 0)) return;
    this.clock.saw({ epoch, revision });
    this.marks.set(key, { epoch, revision, at: undefined });
  }

  async read(bucket: Bucket, key: string, known: KnownPosition | undefined): Promise<ReadOutcome> {
    try {
      const isDue = performance.now() - this.inspectedAt > this.options.inspectEveryMs;
      // Its failure is noted as the leader's silence. A replica may have something newer all the same.
      if (isDue || this.silence !== undefined) await this.inspect(bucket).catch(() => undefined);
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
    if (known) this.clock.saw(known);
    if (!this.info && this.silence !== undefined) throw this.silence;
    if (!this.info) await this.inspect(bucket);
    let doubted = false;
    let failure: unknown = this.lags(key);
    for (const wait of [0, ...RETRY_MS]) {
      if (wait > 0) await pause(wait, this.options.signal);
      if (!this.info) return this.report(key, undefined);
      const before = this.life();
      const answer = await this.ask(bucket, key);
      const { message } = answer;
      // Another key's read may have found a new life meanwhile, of which this answer is not.
      const isCurrent = message !== 'failed' && this.life() === before;
      if (isCurrent && (await this.isPlausible(bucket, key, message, known, doubted))) {
        this.suspicion.refute(key);
        return this.report(key, message);
      }
      await this.inspect(bucket);
      doubted = this.life() === before;
      if (!doubted) continue;
      failure = answer.failure ?? this.silence ?? this.lags(key);
      if (this.silence !== undefined || faultOf(failure) === 'timeout') break;
      if (this.looksRestored(key, message, known)) this.beginRestored();
    }
    throw failure;
  }

  private life(): string {
    return `${this.clock.epoch} ${this.info?.allowDirect}`;
  }

  /** Errors that say nothing about the bucket are thrown. */
  private async ask(bucket: Bucket, key: string): Promise<Answer> {
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
  private async isPlausible(
    bucket: Bucket,
    key: string,
    answer: StoredMessage | undefined,
    known: KnownPosition | undefined,
    doubted: boolean,
  ): Promise<boolean> {
    if (!answer) return doubted && !(await this.isHeldElsewhere(bucket, key));
    const { revision = 0, at } = this.newestSeen(key, known) ?? {};
    if (answer.revision !== revision) return answer.revision > revision;
    if (this.silence !== undefined) return false;
    // The same revision at another time was put into another bucket: the leader tells.
    return doubted || at === undefined || at === answer.time.getTime();
  }

  /** A replica that has not got as far knows nothing of a key that the leader has. */
  private async isHeldElsewhere(bucket: Bucket, key: string): Promise<boolean> {
    if (this.silence !== undefined) return true;
    const copies = this.info?.copies;
    if (copies !== 'level' && copies !== 'lagging') return false;
    return unlessAborted(bucket.leaderHolds(key), this.options.signal);
  }

  /**
   * Whether the bucket has lost what it had before, for long enough to believe it: the leader has fewer revisions than were
   * seen, or an older answer comes though no replica lags. A user who may not ask the leader sees it by the clock: time goes
   * on where revisions go back.
   */
  private looksRestored(key: string, answer: Answer['message'], known: KnownPosition | undefined): boolean {
    const { info } = this;
    if (!info || !answer || answer === 'failed') return false;
    const { at = Infinity, revision = 0 } = this.newestSeen(key, known) ?? {};
    const wentOn = answer.revision < revision && answer.time.getTime() > at;
    const { copies } = info;
    if (this.clock.hasLost(info) || (copies === 'unknown' ? wentOn : copies !== 'lagging'))
      return this.suspicion.confirms(key, copies);
    this.suspicion.refute(key);
    return false;
  }

  private beginRestored(): void {
    this.suspicion.clear();
    this.clock.beginRestored();
    this.options.onInspected(this.info, this.clock.epoch);
  }

  /** In this life of the bucket: here, or by who asks, which may have been before a restart. */
  private newestSeen(key: string, known: KnownPosition | undefined): Mark | undefined {
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
    try {
      this.info = await unlessAborted(bucket.inspect(), this.options.signal);
    } catch (error) {
      this.silence = error as Error;
      throw error;
    }
    this.silence = this.info?.hasLeader === false ? leaderless(this.options.names.bucket) : undefined;
    if (this.info) this.clock.take(this.info);
    this.options.onInspected(this.info, this.clock.epoch);
  }
}

function leaderless(bucket: string): HotConfigUnavailableError {
  const reason = `The bucket "${bucket}" has no leader now: the part of the NATS cluster that is connected has no majority, so others may have newer documents.`;
  return new HotConfigUnavailableError(`${reason} ${STAYS}`, { reason });
}
