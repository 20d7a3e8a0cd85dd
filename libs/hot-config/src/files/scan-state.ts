import { type SourceDocument } from '../contract/index.js';
import { type FileProblem } from './document-files.js';
import { type WriteFinish } from './write-finish.js';

/** A document that is reported, and the file it came from. */
export interface KnownFile {
  readonly file: string;
  readonly document: SourceDocument;
  readonly signature: string;
  /** The position of the events at which the file was last seen to be this one. */
  readonly trueAt: number;
}

/** A content that is not yet trusted to be whole. */
export interface PendingFile {
  readonly file: string;
  readonly signature: string;
  /** The position of the last event that may have changed what the file's name shows. */
  readonly lastEvent: number;
  /** The position of the events at which the name surely showed this content; undefined when there was none. */
  readonly shownAt: number | undefined;
  /** Undefined when the file changed while it was read. */
  readonly bytes: Uint8Array | undefined;
  readonly finish: WriteFinish;
}

/** As many deleted files are remembered with their contents. */
const MOST_DELETED = 32;

/** What is known of every key after the last scan. All times by the monotonic clock. */
export class ScanState {
  readonly known = new Map<string, KnownFile>();
  readonly pending = new Map<string, PendingFile>();
  /** Since when the file of a known document is not there, or a link leads nowhere, for the quiet time has not passed. */
  readonly absentSince = new Map<string, number>();
  /** What was known of the key before its file was deleted, the newest last. */
  readonly deleted = new Map<string, KnownFile>();
  /** The file of the last change, when the system announced none: only a scan found it. */
  unannounced: string | undefined;
  /** The keys that some file stands for, readable or not. */
  claimed: ReadonlySet<string> = new Set();
  problems: ReadonlyMap<string, FileProblem> = new Map();
  ignored: readonly string[] = [];

  /** Whether any document was ever reported: before that nothing of this directory can be in force. */
  get hasRead(): boolean {
    return this.known.size + this.deleted.size > 0;
  }

  /** The file of this key is gone. */
  drop(key: string): void {
    const { known, deleted } = this;
    const gone = known.get(key);
    if (gone === undefined) return;
    known.delete(key);
    deleted.set(key, gone);
    const [oldest = key] = deleted.keys();
    if (deleted.size > MOST_DELETED) deleted.delete(oldest);
  }

  /** A file that cannot be read is not a deleted one, so its key is among these. */
  keys(): readonly string[] {
    return [...new Set([...this.claimed, ...this.known.keys()])].sort();
  }

  /** Every file with the name of a document that was there, whatever became of it. */
  files(): readonly string[] {
    const read = [...this.known.values(), ...this.pending.values()].map(({ file }) => file);
    return [...new Set([...read, ...this.problems.keys()])].sort();
  }

  /** Of several problems that which hides what the file holds. */
  problemOf(key: string): FileProblem | undefined {
    const problems = [...this.problems.values()].filter((problem) => problem.key === key);
    return problems.find(({ kind }) => kind !== 'rival') ?? problems[0];
  }

  /** The problem of a folder that is not read, and that would hold a file of this key. */
  folderProblemOf(key: string): FileProblem | undefined {
    const folders = [...this.problems].filter(([, problem]) => problem.key === undefined);
    return folders.find(([folder]) => key.startsWith(`${folder.replaceAll('/', '.')}.`))?.[1];
  }

  /** Whether the last scan could not see what the key's file holds. */
  isHidden(key: string): boolean {
    return (this.problemOf(key)?.kind ?? 'rival') !== 'rival';
  }

  /** When the next scan is needed; undefined when nothing is awaited. */
  nextDue(quietMs: number): number | undefined {
    const dues = [
      ...[...this.pending.values()].map((pending) => pending.finish.until),
      ...[...this.absentSince.values()].map((since) => since + quietMs),
    ];
    return dues.length === 0 ? undefined : Math.min(...dues);
  }
}
