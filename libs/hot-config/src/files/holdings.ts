import { type SourceDocument } from '../contract/index.js';
import { type FileProblem } from './candidates.js';
import { type Quiet } from './quiet.js';

/** A document that is reported, and the file it came from. */
export interface Held {
  readonly file: string;
  readonly document: SourceDocument;
  readonly signature: string;
  /** The position of the events at which the file was last seen to be this one. */
  readonly trueAt: number;
}

/** A content that is not yet trusted to be whole. */
export interface Pending {
  readonly file: string;
  readonly signature: string;
  readonly mark: number;
  /** The position of the events at which the name surely showed this content; undefined when there was none. */
  readonly shownAt: number | undefined;
  /** Undefined when the file changed while it was read. */
  readonly bytes: Uint8Array | undefined;
  readonly quiet: Quiet;
}

/** So many deleted files are remembered with their contents. */
const MOST_DELETED = 32;

/** Where every key stands after the last pass. All times by the monotonic clock. */
export class Holdings {
  readonly held = new Map<string, Held>();
  readonly pending = new Map<string, Pending>();
  /** Since when the file of a held document is not there, or a link leads nowhere of which no problem tells yet. */
  readonly absentSince = new Map<string, number>();
  /** What held the key before its file was deleted, the newest last. */
  readonly deleted = new Map<string, Held>();
  /** The file of the last change, when the system announced none: only a look found it. */
  unannounced: string | undefined;
  /** The keys that some file stands for, readable or not. */
  claimed: ReadonlySet<string> = new Set();
  problems: ReadonlyMap<string, FileProblem> = new Map();

  /** Whether any document was ever reported: before that nothing of this directory can be in force. */
  get hasRead(): boolean {
    return this.held.size + this.deleted.size > 0;
  }

  /** The file of this key is gone. */
  drop(key: string): void {
    const { held, deleted } = this;
    const gone = held.get(key);
    if (gone === undefined) return;
    held.delete(key);
    deleted.set(key, gone);
    const [oldest = key] = deleted.keys();
    if (deleted.size > MOST_DELETED) deleted.delete(oldest);
  }

  /** A file that cannot be read is not a deleted one, so its key is among these. */
  keys(): readonly string[] {
    return [...new Set([...this.claimed, ...this.held.keys()])].sort();
  }

  /** Every file with the name of a document that was there, whatever became of it. */
  files(): readonly string[] {
    const read = [...this.held.values(), ...this.pending.values()].map(({ file }) => file);
    return [...new Set([...read, ...this.problems.keys()])].sort();
  }

  /** Of several the one that hides what the file holds. */
  problemOf(key: string): FileProblem | undefined {
    const problems = [...this.problems.values()].filter((problem) => problem.key === key);
    return problems.find(({ kind }) => kind !== 'rival') ?? problems[0];
  }

  /** Whether the last pass could not see what the key's file holds. */
  isHidden(key: string): boolean {
    return (this.problemOf(key)?.kind ?? 'rival') !== 'rival';
  }

  /** When the next pass is needed; undefined when nothing is awaited. */
  nextDue(quietMs: number): number | undefined {
    const dues = [
      ...[...this.pending.values()].map((pending) => pending.quiet.until),
      ...[...this.absentSince.values()].map((since) => since + quietMs),
    ];
    return dues.length === 0 ? undefined : Math.min(...dues);
  }
}
