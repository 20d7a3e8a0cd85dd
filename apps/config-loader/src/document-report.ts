/**
 * - `published`: the bucket holds the document of the file.
 * - `rejected`: the file is not published; `problem` has the reason.
 * - `orphaned`: the bucket holds a document for the key, but there is no file.
 * - `waiting`: for NATS, for the end of a save, or for a person to decide, since another client's document is in force.
 */
export type DocumentState = 'published' | 'rejected' | 'orphaned' | 'waiting';

/**
 * One row of `GET /documents`. Revision, digest and time are those of the bucket's document, null while unknown. The time is by
 * the clock of the store. For a document that this process has put it is by the clock of this process, since NATS answers a put
 * without a time.
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
