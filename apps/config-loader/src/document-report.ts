/**
 * `published` the bucket holds what the file says; `rejected` the file is not published, see `problem`; `orphaned` the bucket
 * has the key but no file does; `waiting` to be published, for NATS or for a save that is not finished.
 */
export type DocumentState = 'published' | 'rejected' | 'orphaned' | 'waiting';

/** One row of `GET /documents`. Revision, digest and time are those of the bucket's document, null while unknown. */
export interface DocumentReport {
  readonly key: string;
  readonly origin: string | null;
  readonly revision: number | null;
  readonly digest: string | null;
  readonly state: DocumentState;
  readonly problem?: string;
  readonly publishedAt: Date | null;
}
