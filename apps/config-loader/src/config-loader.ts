import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { LinkState, SourceDocument } from 'nestjs-hot-config';
import { decodeDocument, formatIssues } from 'nestjs-hot-config/document';
import type { FileSource } from 'nestjs-hot-config/file';
import type { Publisher } from 'nestjs-hot-config/publisher';
import type { DocumentReport, DocumentState } from './document-report.js';
import { KeyedQueue } from './keyed-queue.js';

export const CONFIG_FILES = Symbol('config-loader.files');
export const CONFIG_PUBLISHER = Symbol('config-loader.publisher');

/** Milliseconds between two comparisons of all files with the bucket that no event asked for. */
const compareAllMs = 30_000;
/** Milliseconds until a document that could not be published is tried again, if the link does not tell before. */
const retryMs = 2_000;

/**
 * Keeps the bucket level with the files. Every sign of a change (a save, a new link, a timer) leads to the same step for a
 * key: read the file, check it, let the publisher compare it with the bucket and put it if it differs.
 */
@Injectable()
export class ConfigLoader implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('ConfigLoader');
  private readonly documents = new Map<string, DocumentReport>();
  private readonly queue = new KeyedQueue((key) => this.level(key));
  /** By key, the revision of the file that the bucket has had. Once it had it, another's newer document is left alone. */
  private readonly settled = new Map<string, number>();
  private readonly links = new Map<string, string>();
  private timers: NodeJS.Timeout[] = [];
  private isConnected = false;
  private stopped = false;

  constructor(
    @Inject(CONFIG_FILES) private readonly files: FileSource,
    @Inject(CONFIG_PUBLISHER) private readonly publisher: Publisher,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const changed = (key?: string): void =>
      key === undefined ? void this.compareAll() : this.queue.add(key);
    await this.publisher.start({ hint: changed, link: (link) => this.onLink('NATS', link) });
    await this.files.start({ hint: changed, link: (link) => this.onLink('files', link) });
    void this.compareAll();
    this.timers.push(setInterval(() => void this.compareAll(), compareAllMs));
  }

  /** The watch ends first; then what is being published finishes or gives up; then the connection is drained. */
  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.queue.close();
    await this.files.stop();
    await this.publisher.stop();
    await this.queue.idle();
  }

  reports(): readonly DocumentReport[] {
    const reports = new Map(this.documents);
    for (const key of this.files.pending()) {
      const known = reports.get(key) ?? blank(key);
      reports.set(key, { ...known, state: 'waiting', problem: 'the file is being written' });
    }
    for (const { file, message } of this.files.problems()) {
      reports.set(file, { ...blank(file), origin: file, state: 'rejected', problem: message });
    }
    return [...reports.values()].sort((a, b) => a.key.localeCompare(b.key));
  }

  /** `problem` tells why nothing can be published now. */
  condition(): { readonly problem: string | undefined; readonly notes: readonly string[] } {
    const problem = [...this.links.values()].join(' ');
    return { problem: problem || undefined, notes: this.publisher.bucketNotes() };
  }

  private onLink(end: 'NATS' | 'files', link: LinkState): void {
    if (end === 'NATS') this.isConnected = link.up;
    if (link.up) {
      this.links.delete(end);
      this.logger.log(end === 'NATS' ? 'Connected to NATS; the bucket is ready' : 'Watching the files');
      void this.compareAll();
    } else {
      this.links.set(end, link.error.message);
      this.logger.warn(link.error.message);
    }
  }

  private async compareAll(): Promise<void> {
    try {
      for (const key of await this.files.keys()) this.queue.add(key);
      for (const [key, { revision, digest, origin, publishedAt }] of await this.publisher.current()) {
        const known = this.documents.get(key);
        // A key that has a file is in the queue already and reports for itself.
        if (known && known.state !== 'orphaned') continue;
        this.documents.set(key, {
          key,
          origin,
          revision,
          digest: digest ?? null,
          state: 'orphaned',
          publishedAt,
        });
        this.queue.add(key);
      }
    } catch (error) {
      // Files or bucket out of reach: their links have said so, and the next sign leads here again.
      this.logger.debug(`Not compared: ${String(error)}`);
    }
  }

  /** Brings the bucket level with one file. */
  private async level(key: string): Promise<void> {
    const read = await this.files.read(key, undefined);
    switch (read.outcome) {
      case 'found':
        return this.settled.get(key) === read.document.revision
          ? this.review(read.document)
          : this.publish(read.document);
      case 'missing':
        this.settled.delete(key);
        return this.orphan(key, read.reason);
      case 'unreachable':
        return this.note(key, 'waiting', read.error.message);
    }
  }

  private async publish(document: SourceDocument): Promise<void> {
    const { key, bytes, origin, contentType = 'application/yaml' } = document;
    const checked = decodeDocument(bytes, { name: origin, contentType });
    if (!checked.ok) {
      return this.note(
        key,
        'rejected',
        `${origin} is not published:\n${formatIssues(checked.issues)}`,
        origin,
      );
    }
    if (!this.documents.has(key)) this.note(key, 'waiting', undefined, origin);
    const { digest } = checked;
    const result = await this.publisher.publish({ key, bytes, contentType, origin, digest });
    switch (result.outcome) {
      case 'published':
      case 'unchanged': {
        const { revision, publishedAt } = result;
        if (result.outcome === 'published')
          this.logger.log(`${key} published as revision ${revision} (${origin})`);
        this.documents.set(key, { key, origin, revision, digest, state: 'published', publishedAt });
        this.settled.set(key, document.revision);
        return;
      }
      case 'refused':
        return this.note(key, 'rejected', result.error.message, origin);
      case 'unreachable':
        this.note(key, 'waiting', result.error.message, origin);
        this.tryAgain(key);
    }
  }

  /**
   * The file has not changed since the bucket had it. A document that somebody else put there since then stays: it is the newer
   * will of an operator, and two loaders with different files must not overwrite each other for ever. A lost one is put again.
   */
  private async review(document: SourceDocument): Promise<void> {
    const { key, origin } = document;
    const held = await this.publisher.read(key);
    if (held.outcome === 'missing') return this.publish(document);
    if (held.outcome === 'unreachable') return this.note(key, 'waiting', held.error.message, origin);
    const { bytes, revision, contentType, publishedAt = null } = held.document;
    const theirs = decodeDocument(bytes, {
      name: held.document.origin,
      ...(contentType ? { contentType } : {}),
    });
    const digest = theirs.ok ? theirs.digest : null;
    if (digest === this.documents.get(key)?.digest) {
      this.documents.set(key, { key, origin, revision, digest, state: 'published', publishedAt });
      return;
    }
    const problem = `revision ${revision} was put by another client and differs from ${origin}; save the file again to publish it`;
    this.note(key, 'waiting', problem, origin);
  }

  /** The key stays in the bucket and the services keep it: a lost file must not take a configuration away. */
  private async orphan(key: string, reason: string): Promise<void> {
    const held = await this.publisher.read(key);
    if (held.outcome === 'missing') this.documents.delete(key);
    else if (held.outcome === 'unreachable') this.note(key, 'waiting', held.error.message);
    else this.note(key, 'orphaned', `${reason}; the bucket keeps the document`);
  }

  private note(key: string, state: DocumentState, problem?: string, origin?: string): void {
    const { problem: before, ...known } = this.documents.get(key) ?? blank(key);
    this.documents.set(key, {
      ...known,
      ...(origin === undefined ? {} : { origin }),
      state,
      ...(problem === undefined ? {} : { problem }),
    });
    // While NATS is away its own line has said so, once for all keys.
    const told = state === 'waiting' && !this.isConnected;
    if (problem !== undefined && problem !== before && !told) this.logger.warn(`${key} ${state}: ${problem}`);
  }

  private tryAgain(key: string): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers = this.timers.filter((other) => other !== timer);
      this.queue.add(key);
    }, retryMs);
    this.timers.push(timer);
  }
}

function blank(key: string): DocumentReport {
  return { key, origin: null, revision: null, digest: null, state: 'waiting', publishedAt: null };
}
