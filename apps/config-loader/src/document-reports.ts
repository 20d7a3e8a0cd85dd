import { Logger } from '@nestjs/common';
import type { ReadOutcome, SourceDocument } from 'nestjs-hot-config';
import { decodeDocument } from 'nestjs-hot-config/document';
import { blankReport, type DocumentReport } from './document-report.js';
import type { FileProblems } from './file-problems.js';
import type { Links } from './links.js';

export type ReportUpdate = Partial<DocumentReport> & Pick<DocumentReport, 'state'>;

/** The document that the bucket holds for a key; nulls when it holds none. */
export type BucketContent = Pick<DocumentReport, 'revision' | 'digest' | 'publishedAt'>;

/** The rows of `GET /documents`. Logs each new problem of a row once. */
export class DocumentReports {
  private readonly logger = new Logger('ConfigLoader');
  private readonly rows = new Map<string, DocumentReport>();
  private readonly causes = new Map<string, string>();
  private isLogging = true;

  constructor(
    private readonly links: Links,
    private readonly fileProblems: FileProblems,
  ) {}

  get(key: string): DocumentReport | undefined {
    return this.rows.get(key);
  }

  all(): ReadonlyMap<string, DocumentReport> {
    return this.rows;
  }

  forget(key: string): void {
    this.rows.delete(key);
    this.causes.delete(key);
  }

  /** From now on work fails because the loader stops, and an operator need not read that. */
  endLogging(): void {
    this.isLogging = false;
  }

  /** `cause`: the part of the problem that stays the same while the bucket changes. */
  record(key: string, update: ReportUpdate, cause = update.problem): void {
    // A problem of the previous row stays only when the update repeats it.
    const { origin, revision, digest, publishedAt } = this.rows.get(key) ?? blankReport(key);
    this.rows.set(key, { key, origin, revision, digest, publishedAt, ...update });
    const isNew = cause !== undefined && cause !== this.causes.get(key);
    if (cause === undefined) this.causes.delete(key);
    else this.causes.set(key, cause);
    if (isNew && this.isLogging && !this.isLoggedElsewhere(update, cause))
      this.logger.warn(`${key} ${update.state}: ${update.problem}`);
  }

  contentOf(stored: Exclude<ReadOutcome, { outcome: 'unreachable' }>): BucketContent {
    if (stored.outcome === 'missing') return { revision: null, digest: null, publishedAt: null };
    const { key, revision, publishedAt = null } = stored.document;
    const time = this.firstTime(key, revision, publishedAt);
    return { revision, digest: digestOf(stored.document), publishedAt: time };
  }

  /**
   * The time that a row first showed for a revision. After a put that is the time by the loader's clock; the bucket's differs by
   * little, and a row must not change by itself.
   */
  firstTime<T extends Date | null>(key: string, revision: number, time: T): Date | T {
    const row = this.rows.get(key);
    return row?.revision === revision && row.publishedAt !== null ? row.publishedAt : time;
  }

  /** While NATS is away, the line about the lost connection covers all keys. A file that is not read has its own line. */
  private isLoggedElsewhere({ state }: ReportUpdate, cause: string): boolean {
    return (state === 'waiting' && this.links.isDown('NATS')) || this.fileProblems.hasLogged(cause);
  }
}

/** Null for bytes that are not a document. */
function digestOf({ bytes, origin, contentType }: SourceDocument): string | null {
  const decoded = decodeDocument(bytes, { name: origin, ...(contentType ? { contentType } : {}) });
  return decoded.ok ? decoded.digest : null;
}
