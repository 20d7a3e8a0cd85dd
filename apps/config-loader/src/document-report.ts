/**
 * `published` the bucket holds what the file says; `rejected` the file is not published, see `problem`; `orphaned` the bucket
 * has the key but no file does; `waiting` for NATS, for a save that is not finished, or for somebody to decide: another
 * client's document is in force.
 */
export type DocumentState = 'published' | 'rejected' | 'orphaned' | 'waiting';

/**
 * One row of `GET /documents`. Revision, digest and time are those of the bucket's document, null while unknown. The time is by
 * the clock of the store, or of this process for what it has put itself: the store's answer to a put tells none.
 */
export interface DocumentReport {
  readonly key: string;
  readonly origin: string | null;
  readonly revision: number | null;
  readonly digest: string | null;
  readonly state: DocumentState;
  readonly problem?: string;
  readonly publishedAt: Date | null;
}

export function blankReport(key: string): DocumentReport {
  return { key, origin: null, revision: null, digest: null, state: 'waiting', publishedAt: null };
}
