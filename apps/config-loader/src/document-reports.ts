import type { ReadOutcome, SourceDocument } from 'nestjs-hot-config';
import { decodeDocument } from 'nestjs-hot-config/document';
import { blankReport, type DocumentReport } from './document-report.js';

export type News = Partial<DocumentReport> & Pick<DocumentReport, 'state'>;

/** What the bucket has of a key. */
export type InBucket = Pick<DocumentReport, 'revision' | 'digest' | 'publishedAt'>;

/** The rows of `GET /documents`, and what was reported of each last. */
export class DocumentReports {
  private readonly rows = new Map<string, DocumentReport>();
  private readonly causes = new Map<string, string>();

  get(key: string): DocumentReport | undefined {
    return this.rows.get(key);
  }

  all(): ReadonlyMap<string, DocumentReport> {
    return this.rows;
  }

  keys(): readonly string[] {
    return [...this.rows.keys()];
  }

  forget(key: string): void {
    this.rows.delete(key);
    this.causes.delete(key);
  }

  /**
   * True when this is another problem than the one before. `cause` is the part of it that stays the same while the bucket
   * changes.
   */
  note(key: string, news: News, cause = news.problem): boolean {
    // A problem is over unless it is among the news.
    const { origin, revision, digest, publishedAt } = this.rows.get(key) ?? blankReport(key);
    this.rows.set(key, { key, origin, revision, digest, publishedAt, ...news });
    const before = this.causes.get(key);
    if (cause === undefined) this.causes.delete(key);
    else this.causes.set(key, cause);
    return cause !== undefined && cause !== before;
  }

  inBucket(held: Exclude<ReadOutcome, { outcome: 'unreachable' }>): InBucket {
    if (held.outcome === 'missing') return { revision: null, digest: null, publishedAt: null };
    const { key, revision, publishedAt = null } = held.document;
    const time = this.toldTime(key, revision, publishedAt);
    return { revision, digest: digestOf(held.document), publishedAt: time };
  }

  /** After a put it is the time by our own clock. The bucket's differs by little, and a row must not change by itself. */
  toldTime<T extends Date | null>(key: string, revision: number, time: T): Date | T {
    const told = this.rows.get(key);
    return told?.revision === revision && told.publishedAt !== null ? told.publishedAt : time;
  }
}

/** Null for what is not a document. */
function digestOf({ bytes, origin, contentType }: SourceDocument): string | null {
  const decoded = decodeDocument(bytes, { name: origin, ...(contentType ? { contentType } : {}) });
  return decoded.ok ? decoded.digest : null;
}
