import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { LinkState } from 'nestjs-hot-config';
import type { FileSource } from 'nestjs-hot-config/file';
import type { Publisher } from 'nestjs-hot-config/publisher';
import { blankReport, type DocumentReport } from './document-report.js';
import { DocumentReports } from './document-reports.js';
import { DocumentSync } from './document-sync.js';
import { FileProblems } from './file-problems.js';
import { KeyedQueue } from './keyed-queue.js';
import { type LinkEnd, Links } from './links.js';
import { Retries } from './retries.js';

export const CONFIG_FILES = Symbol('config-loader.files');
export const CONFIG_PUBLISHER = Symbol('config-loader.publisher');
/** Milliseconds between two comparisons of all files with the bucket that no event asked for. */
export const COMPARE_EVERY_MS = Symbol('config-loader.compare-every-ms');

export interface LoaderStatus {
  /** Why nothing can be published now. */
  readonly problem: string | undefined;
  /** Why changes are published later than they should be. */
  readonly delay: string | undefined;
  /** The notes of the publisher about the settings of the bucket. */
  readonly notes: readonly string[];
}

/**
 * Keeps the bucket in sync with the files. Every trigger (a save, a new connection, a timer) leads to the same step for
 * a key, in `DocumentSync`.
 */
@Injectable()
export class ConfigLoader implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('ConfigLoader');
  private readonly links = new Links();
  private readonly fileProblems: FileProblems;
  private readonly documents: DocumentReports;
  private readonly sync: DocumentSync;
  private readonly queue = new KeyedQueue((key) => this.syncKey(key));
  private readonly comparisons = new KeyedQueue(() => this.compareAll());
  private readonly retries = new Retries((key) => this.queue.add(key));
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG_FILES) private readonly files: FileSource,
    @Inject(CONFIG_PUBLISHER) private readonly publisher: Publisher,
    @Inject(COMPARE_EVERY_MS) private readonly compareEveryMs: number,
  ) {
    this.fileProblems = new FileProblems(files);
    this.documents = new DocumentReports(this.links, this.fileProblems);
    this.sync = new DocumentSync(publisher, this.documents, this.links, this.retries);
  }

  async onApplicationBootstrap(): Promise<void> {
    const hint = (key?: string): void => (key === undefined ? this.requestAll() : this.queue.add(key));
    await this.publisher.start({ hint, link: (link) => this.onLink('NATS', link) });
    await this.files.start({
      hint,
      link: (link) => this.onLink('files', link),
      noted: () => this.fileProblems.log(),
    });
    this.timer = setInterval(() => this.requestAll(), this.compareEveryMs);
  }

  /** Order: the watch ends, then each put finishes or gives up, then the connection is drained. */
  async onModuleDestroy(): Promise<void> {
    this.documents.endLogging();
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

  status(): LoaderStatus {
    const { problem } = this.links;
    return { problem, delay: this.files.delay(), notes: this.publisher.bucketNotes() };
  }

  private onLink(end: LinkEnd, link: LinkState): void {
    this.links.update(end, link);
    if (link.up) this.requestAll();
  }

  private requestAll(): void {
    this.comparisons.add('all');
  }

  private async compareAll(): Promise<void> {
    this.fileProblems.log();
    try {
      for (const key of await this.files.keys()) this.queue.add(key);
      // These are also the keys whose file is gone, and the keys that only the bucket has.
      for (const key of this.documents.all().keys()) this.queue.add(key);
      for (const key of (await this.publisher.current()).keys()) this.queue.add(key);
    } catch (error) {
      // Files or bucket cannot be reached: the link has logged that, and calls this method again when it is back.
      this.logger.debug(`Not compared: ${String(error)}`);
    }
  }

  private async syncKey(key: string): Promise<void> {
    try {
      const read = await this.files.read(key, undefined);
      this.fileProblems.log();
      await this.sync.sync(key, read);
    } catch (cause) {
      // Neither the files nor the publisher should throw. If one of them does all the same, the key must be tried again.
      const problem = `it failed unexpectedly and is retried: ${String(cause)}`;
      this.documents.record(key, { state: 'waiting', problem });
      this.retries.add(key);
    }
  }
}
