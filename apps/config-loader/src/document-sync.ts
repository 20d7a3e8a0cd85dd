import { Logger } from '@nestjs/common';
import type { HotConfigError, ReadOutcome, SourceDocument } from 'nestjs-hot-config';
import { decodeDocument, issuesOnOneLine } from 'nestjs-hot-config/document';
import type { Publisher } from 'nestjs-hot-config/publisher';
import type { BucketContent, DocumentReports, ReportUpdate } from './document-reports.js';
import { type Links, reasonOf } from './links.js';
import type { Retries } from './retries.js';

/** A file whose document the bucket has had. */
interface Published {
  readonly fileRevision: number;
  readonly digest: string;
  readonly bucketRevision: number;
  readonly epoch: string;
}

/** Brings the bucket in sync with a file that was read: checks it, and lets the publisher put it if the bucket differs. */
export class DocumentSync {
  private readonly logger = new Logger('ConfigLoader');
  /** By key. A newer document of another client is left alone once the bucket has had the file. */
  private readonly published = new Map<string, Published>();
  /** By key: how often the bucket has lost the document of this file. */
  private readonly losses = new Map<string, number>();

  constructor(
    private readonly publisher: Publisher,
    private readonly reports: DocumentReports,
    private readonly links: Links,
    private readonly retries: Retries,
  ) {}

  async sync(key: string, read: ReadOutcome): Promise<void> {
    switch (read.outcome) {
      case 'found':
        if (this.published.get(key)?.fileRevision === read.document.revision)
          return this.compareWithBucket(read.document);
        this.losses.delete(key);
        return this.publish(read.document);
      case 'missing':
        this.published.delete(key);
        this.losses.delete(key);
        return this.recordOrphan(key, read.reason);
      case 'unreachable':
        return this.reports.record(key, { state: 'waiting', problem: reasonOf(read.error) });
    }
  }

  private async publish(document: SourceDocument): Promise<void> {
    const { key, bytes, origin, contentType = 'application/yaml' } = document;
    const checked = decodeDocument(bytes, { name: origin, contentType });
    if (!checked.ok) return this.reject(key, origin, issuesOnOneLine(checked.issues));
    if (!this.reports.get(key)) this.reports.record(key, { state: 'waiting', origin });
    const { digest } = checked;
    const result = await this.publisher.publish({ key, bytes, contentType, origin, digest });
    switch (result.outcome) {
      case 'published':
        this.logger.log(`${key} published as revision ${result.revision} (${origin})`);
        return this.recordPublished(document, { ...result, digest });
      case 'unchanged': {
        const { revision, epoch, publishedAt } = result;
        const state = this.reports.get(key)?.state;
        if (state === 'rejected' || state === 'orphaned') {
          const what = state === 'rejected' ? 'is valid' : 'has its file';
          this.logger.log(`${key} ${what} again: already in the bucket as revision ${revision} (${origin})`);
        }
        const time = this.reports.firstTime(key, revision, publishedAt);
        return this.recordPublished(document, { revision, epoch, digest, publishedAt: time });
      }
      case 'rejected':
        return this.recordAnswer(key, { state: 'rejected', problem: result.error.message, origin });
      case 'unreachable':
        return this.recordWaiting(key, result.error, origin);
    }
  }

  private async reject(key: string, origin: string, issues: string): Promise<void> {
    const stored = await this.publisher.read(key);
    const content: Partial<BucketContent> =
      stored.outcome === 'unreachable' ? {} : this.reports.contentOf(stored);
    const { revision = this.reports.get(key)?.revision ?? undefined } = content;
    const cause = `${origin} is not published: ${issues}.`;
    const problem = `${cause} ${staysInForce(revision)} Correct the file and save it.`;
    this.recordAnswer(key, { state: 'rejected', problem, origin, ...content }, cause);
  }

  /**
   * For a file that has not changed since the bucket had it. A document that another client has put since then stays: it is the
   * newer will of an operator, and two loaders with different files must not overwrite each other for ever. A lost document is put again.
   */
  private async compareWithBucket(document: SourceDocument): Promise<void> {
    const { key, origin } = document;
    const stored = await this.publisher.read(key);
    if (stored.outcome === 'missing') return this.publishAgain(document, stored.reason);
    if (stored.outcome === 'unreachable') return this.recordWaiting(key, stored.error, origin);
    const { revision, epoch } = stored.document;
    const before = this.published.get(key);
    // A bucket that was recreated, or a replica that lags: the publisher compares with the leader.
    if (before?.epoch !== epoch || revision < before.bucketRevision) return this.publish(document);
    const content = this.reports.contentOf(stored);
    if (content.digest === before.digest)
      return this.recordPublished(document, { ...content, revision, epoch, digest: before.digest });
    if (content.digest === null) return this.replaceUnreadable(document, revision);
    const problem =
      `revision ${revision} was put by another client and differs from ${origin}; it stays until the file is changed ` +
      '(a comment is enough) or the loader restarts';
    this.recordAnswer(key, { state: 'waiting', problem, origin, ...content });
  }

  /** No service can apply bytes that are no document: the will of nobody, and perhaps an attack. */
  private async replaceUnreadable(document: SourceDocument, revision: number): Promise<void> {
    const { key, origin } = document;
    const before = this.published.get(key);
    await this.publish(document);
    const { bucketRevision } = this.published.get(key) ?? {};
    if (bucketRevision === before?.bucketRevision) return;
    this.logger.warn(
      `${key} revision ${revision} was put by another client and cannot be read as a document: ${origin} is published again, as ` +
        `revision ${bucketRevision}. Find out who may write to the bucket.`,
    );
  }

  /** A person may have caused one loss. A second loss means that the bucket drops documents, which is then logged once. */
  private async publishAgain(document: SourceDocument, reason: string): Promise<void> {
    const { key } = document;
    const before = this.published.get(key);
    await this.publish(document);
    // After a failed put the document is still missing at the next attempt: this is the same loss.
    if (this.published.get(key) === before) return;
    const times = (this.losses.get(key) ?? 0) + 1;
    this.losses.set(key, times);
    if (times !== 2) return;
    this.logger.warn(
      `${key} is published again, for the second time though its file has not changed: ${reason}. The bucket drops ` +
        'documents (max_age, discard old or retention of its stream), or somebody removes them. This is not logged again.',
    );
  }

  /** The key stays in the bucket and the services keep it: a lost file must not take a configuration away. */
  private async recordOrphan(key: string, reason: string): Promise<void> {
    const stored = await this.publisher.read(key);
    switch (stored.outcome) {
      case 'missing':
        this.retries.forget(key);
        return this.reports.forget(key);
      case 'unreachable':
        return this.recordWaiting(key, stored.error);
      case 'found': {
        const { origin } = stored.document;
        const problem = `${reason}; the bucket keeps the document`;
        const content = this.reports.contentOf(stored);
        return this.recordAnswer(key, { state: 'orphaned', problem, origin, ...content });
      }
    }
  }

  private recordPublished(
    { key, origin, revision: fileRevision }: SourceDocument,
    {
      revision,
      epoch,
      digest,
      publishedAt,
    }: BucketContent & Omit<Published, 'fileRevision' | 'bucketRevision'> & { readonly revision: number },
  ): void {
    this.published.set(key, { fileRevision, digest, bucketRevision: revision, epoch });
    this.recordAnswer(key, { state: 'published', origin, revision, digest, publishedAt });
  }

  /** The bucket has answered, with success or an error: nothing is retried. */
  private recordAnswer(key: string, update: ReportUpdate, cause?: string): void {
    this.retries.forget(key);
    this.reports.record(key, update, cause);
  }

  /** While NATS is away, its return starts the next try. A bucket that does not answer is asked again, after growing pauses. */
  private recordWaiting(key: string, error: HotConfigError, origin?: string): void {
    const problem = reasonOf(error);
    this.reports.record(key, {
      state: 'waiting',
      problem,
      ...(origin === undefined ? {} : { origin }),
    });
    if (!this.links.isDown('NATS')) this.retries.add(key);
  }
}

/** `revision`: null when the bucket has no document; undefined when it did not answer and no revision is known. */
function staysInForce(revision: number | null | undefined): string {
  if (revision === undefined) return 'What the bucket holds stays in force.';
  return revision === null
    ? 'The bucket holds no document for this key.'
    : `The bucket keeps revision ${revision}.`;
}
