import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import {
  HotConfigUnavailableError,
  type HotConfigError,
  type LinkState,
  type SourceDocument,
} from 'nestjs-hot-config';
import { decodeDocument, issuesOnOneLine } from 'nestjs-hot-config/document';
import type { FileSource } from 'nestjs-hot-config/file';
import type { Publisher } from 'nestjs-hot-config/publisher';
import { blankReport, type DocumentReport } from './document-report.js';
import { DocumentReports, type InBucket, type News } from './document-reports.js';
import { KeyedQueue } from './keyed-queue.js';
import { Retries } from './retries.js';

export const CONFIG_FILES = Symbol('config-loader.files');
export const CONFIG_PUBLISHER = Symbol('config-loader.publisher');
/** Milliseconds between two comparisons of all files with the bucket that no event asked for. */
export const COMPARE_EVERY_MS = Symbol('config-loader.compare-every-ms');

/** A file that the bucket has had. */
interface Settled {
  /** Of the file. */
  readonly revision: number;
  readonly digest: string;
  /** The bucket's revision at that time. */
  readonly stored: number;
}

/**
 * Keeps the bucket in sync with the files. Every sign of a change (a save, a new link, a timer) leads to the same step for a
 * key: read the file, check it, let the publisher compare it with the bucket and put it if it differs.
 */
@Injectable()
export class ConfigLoader implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('ConfigLoader');
  private readonly documents = new DocumentReports();
  private readonly queue = new KeyedQueue((key) =>
    this.syncKey(key).catch((error) => this.failed(key, error)),
  );
  private readonly comparisons = new KeyedQueue(() => this.compareAll());
  private readonly retries = new Retries((key) => this.queue.add(key));
  /** By key. Once the bucket had a file, another's newer document is left alone. */
  private readonly settled = new Map<string, Settled>();
  /** By key: how often the bucket has lost what it had of this file. */
  private readonly losses = new Map<string, number>();
  private readonly links = new Map([
    ['NATS', 'NATS is not connected yet.'],
    ['files', 'The files have not been read yet.'],
  ]);
  /** What the log has said of the files already. */
  private told: ReadonlySet<string> = new Set();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(CONFIG_FILES) private readonly files: FileSource,
    @Inject(CONFIG_PUBLISHER) private readonly publisher: Publisher,
    @Inject(COMPARE_EVERY_MS) private readonly compareEveryMs: number,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const hint = (key?: string): void => (key === undefined ? this.askForAll() : this.queue.add(key));
    await this.publisher.start({ hint, link: (link) => this.onLink('NATS', link) });
    await this.files.start({ hint, link: (link) => this.onLink('files', link) });
    this.timer = setInterval(() => this.askForAll(), this.compareEveryMs);
  }

  /** The watch ends first; then what is being published finishes or gives up; then the connection is drained. */
  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.retries.stop();
    this.comparisons.close();
    this.queue.close();
    await this.files.stop();
    await this.publisher.stop();
    await this.comparisons.idle();
    await this.queue.idle();
  }

  reports(): readonly DocumentReport[] {
    const reports = new Map(this.documents.all());
    for (const key of this.files.pending()) {
      const known = reports.get(key) ?? blankReport(key);
      reports.set(key, { ...known, state: 'waiting', problem: 'the file is being written' });
    }
    for (const { file, key = file, message } of this.files.problems()) {
      const known = reports.get(key) ?? blankReport(key);
      reports.set(key, { ...known, origin: known.origin ?? file, state: 'rejected', problem: message });
    }
    return [...reports.values()].sort((a, b) => a.key.localeCompare(b.key));
  }

  /** `problem` tells why nothing can be published now, `delay` why it is published later than it should. */
  condition(): {
    readonly problem: string | undefined;
    readonly delay: string | undefined;
    readonly notes: readonly string[];
  } {
    const problem = [...this.links.values()].join(' ');
    return {
      problem: problem || undefined,
      delay: this.files.delay(),
      notes: this.publisher.bucketNotes(),
    };
  }

  private onLink(end: 'NATS' | 'files', link: LinkState): void {
    if (link.up) {
      this.links.delete(end);
      this.logger.log(end === 'NATS' ? 'Connected to NATS; the bucket is ready' : 'Watching the files');
      this.askForAll();
    } else {
      const trouble = troubleOf(link.error);
      this.links.set(end, trouble);
      this.logger.warn(trouble);
    }
  }

  private askForAll(): void {
    this.comparisons.add('all');
  }

  private async compareAll(): Promise<void> {
    this.tellOfFiles();
    try {
      for (const key of await this.files.keys()) this.queue.add(key);
      // What has no file any more, and what the bucket has beside the files.
      for (const key of this.documents.keys()) this.queue.add(key);
      for (const key of (await this.publisher.current()).keys()) this.queue.add(key);
    } catch (error) {
      // Files or bucket out of reach: their links have said so, and the next sign leads here again.
      this.logger.debug(`Not compared: ${String(error)}`);
    }
  }

  /** Brings the bucket in sync with one file. */
  private async syncKey(key: string): Promise<void> {
    const read = await this.files.read(key, undefined);
    this.tellOfFiles();
    switch (read.outcome) {
      case 'found':
        if (this.settled.get(key)?.revision === read.document.revision) return this.review(read.document);
        this.losses.delete(key);
        return this.publish(read.document);
      case 'missing':
        this.settled.delete(key);
        this.losses.delete(key);
        return this.orphan(key, read.reason);
      case 'unreachable':
        return this.note(key, { state: 'waiting', problem: troubleOf(read.error) });
    }
  }

  private async publish(document: SourceDocument): Promise<void> {
    const { key, bytes, origin, contentType = 'application/yaml' } = document;
    const checked = decodeDocument(bytes, { name: origin, contentType });
    if (!checked.ok) return this.reject(key, origin, issuesOnOneLine(checked.issues));
    if (!this.documents.get(key)) this.note(key, { state: 'waiting', origin });
    const { digest } = checked;
    const result = await this.publisher.publish({ key, bytes, contentType, origin, digest });
    switch (result.outcome) {
      case 'published':
      case 'unchanged': {
        const { outcome, revision, publishedAt } = result;
        if (outcome === 'published') this.logger.log(`${key} published as revision ${revision} (${origin})`);
        else if (this.documents.get(key)?.state === 'rejected')
          this.logger.log(`${key} is valid again: already in the bucket as revision ${revision} (${origin})`);
        const time =
          outcome === 'published' ? publishedAt : this.documents.toldTime(key, revision, publishedAt);
        return this.settle(document, { revision, digest, publishedAt: time });
      }
      case 'rejected':
        return this.conclude(key, { state: 'rejected', problem: result.error.message, origin });
      case 'unreachable':
        return this.wait(key, result.error, origin);
    }
  }

  private async reject(key: string, origin: string, issues: string): Promise<void> {
    const held = await this.publisher.read(key);
    const stored: Partial<InBucket> = held.outcome === 'unreachable' ? {} : this.documents.inBucket(held);
    const { revision = this.documents.get(key)?.revision ?? undefined } = stored;
    const cause = `${origin} is not published: ${issues}.`;
    const problem = `${cause} ${staysInForce(revision)} Correct the file and save it.`;
    this.conclude(key, { state: 'rejected', problem, origin, ...stored }, cause);
  }

  /**
   * The file has not changed since the bucket had it. A document that somebody else put there since then stays: it is the newer
   * will of an operator, and two loaders with different files must not overwrite each other for ever. A lost one is put again.
   */
  private async review(document: SourceDocument): Promise<void> {
    const { key, origin } = document;
    const held = await this.publisher.read(key);
    if (held.outcome === 'missing') return this.publishAgain(document, held.reason);
    if (held.outcome === 'unreachable') return this.wait(key, held.error, origin);
    const { revision } = held.document;
    const { digest, stored } = this.settled.get(key) ?? {};
    // A replica that lags, or a bucket that was recreated: the publisher compares with the leader.
    if (stored === undefined || digest === undefined || revision < stored) return this.publish(document);
    const theirs = this.documents.inBucket(held);
    if (theirs.digest === digest) return this.settle(document, { ...theirs, revision, digest });
    const problem =
      `revision ${revision} was put by another client and differs from ${origin}; it stays until the file is changed ` +
      '(a comment is enough) or the loader restarts';
    this.conclude(key, { state: 'waiting', problem, origin, ...theirs });
  }

  /** Once is somebody's doing, and published again like any save. What is lost again will be lost for ever. */
  private async publishAgain(document: SourceDocument, reason: string): Promise<void> {
    const { key } = document;
    const before = this.settled.get(key);
    await this.publish(document);
    // A put that fails is tried again, and each time the document is still missing: that is no other loss.
    if (this.settled.get(key) === before) return;
    const times = (this.losses.get(key) ?? 0) + 1;
    this.losses.set(key, times);
    if (times !== 2) return;
    this.logger.warn(
      `${key} is published again, for the second time though its file has not changed: ${reason}. The bucket drops ` +
        'documents (max_age, discard old or retention of its stream), or somebody removes them. This is not told again.',
    );
  }

  /** The key stays in the bucket and the services keep it: a lost file must not take a configuration away. */
  private async orphan(key: string, reason: string): Promise<void> {
    const held = await this.publisher.read(key);
    switch (held.outcome) {
      case 'missing':
        this.retries.forget(key);
        return this.documents.forget(key);
      case 'unreachable':
        return this.wait(key, held.error);
      case 'found': {
        const { origin } = held.document;
        const problem = `${reason}; the bucket keeps the document`;
        return this.conclude(key, { state: 'orphaned', problem, origin, ...this.documents.inBucket(held) });
      }
    }
  }

  /** What keeps files from being read, each cause once. */
  private tellOfFiles(): void {
    const delay = this.files.delay();
    const problems = this.files.problems().map(({ message }) => message);
    const now = new Set(delay === undefined ? problems : [delay, ...problems]);
    for (const message of now) if (!this.told.has(message)) this.logger.warn(message);
    this.told = now;
  }

  private settle(
    { key, origin, revision }: SourceDocument,
    stored: { readonly revision: number; readonly digest: string; readonly publishedAt: Date | null },
  ): void {
    this.settled.set(key, { revision, digest: stored.digest, stored: stored.revision });
    this.conclude(key, { state: 'published', origin, ...stored });
  }

  /** While NATS is away its return is the sign to go on; a bucket that does not answer is asked again, ever later. */
  private wait(key: string, error: HotConfigError, origin?: string): void {
    const problem = troubleOf(error);
    this.note(key, { state: 'waiting', problem, ...(origin === undefined ? {} : { origin }) });
    if (!this.links.has('NATS')) this.retries.add(key);
  }

  /** Neither end should throw; one that does all the same must not stop the key for ever. */
  private failed(key: string, cause: unknown): void {
    this.note(key, {
      state: 'waiting',
      problem: `it failed unexpectedly and is retried: ${String(cause)}`,
    });
    this.retries.add(key);
  }

  /** There was an answer, good or bad: nothing is to be retried automatically. */
  private conclude(key: string, news: News, cause?: string): void {
    this.retries.forget(key);
    this.note(key, news, cause);
  }

  private note(key: string, news: News, cause = news.problem): void {
    const isNew = this.documents.note(key, news, cause);
    const { state, problem } = news;
    // While NATS is away its own line has said so, once for all keys; so has the line of a file that is not read.
    const isTold = (state === 'waiting' && this.links.has('NATS')) || this.hasTold(cause ?? '');
    if (isNew && !isTold && !this.stopped) this.logger.warn(`${key} ${state}: ${problem}`);
  }

  private hasTold(cause: string): boolean {
    return [...this.told].some((message) => cause.includes(message));
  }
}

/** What the library adds for a service, that the applied value stays in force, would mean nothing here. */
function troubleOf(error: HotConfigError): string {
  return error instanceof HotConfigUnavailableError ? error.reason : error.message;
}

/** Null: the bucket has none. Undefined: it did not answer, and no revision is known. */
function staysInForce(revision: number | null | undefined): string {
  if (revision === undefined) return 'What the bucket holds stays in force.';
  return revision === null
    ? 'The bucket holds no document for this key.'
    : `The bucket keeps revision ${revision}.`;
}
