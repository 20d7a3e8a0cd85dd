import { MAX_BYTES } from '../document/index.js';
import { type Arrivals } from './arrivals.js';
import { forEachBounded } from '../async/for-each-bounded.js';
import { type FileCandidate, candidatesOf, type FileProblem } from './candidates.js';
import { type FoundFile, lookAt, tooLarge, unreadable } from './entry.js';
import { wholeTurn } from '../async/event-loop.js';
import { Holdings } from './holdings.js';
import { wasPlaced } from './placed.js';
import { doubtMsOf, startQuiet } from './quiet.js';
import { readWhole, sameBytes } from './reading.js';

/** Node has four threads for files; more reads at once would only hold descriptors and memory. */
const readsAtOnce = 16;

export interface IntakeOptions {
  /** Goes before the file's name in `origin`. */
  readonly directoryName: string;
  readonly epoch: string;
  readonly quietMs: number;
  readonly arrivals: Arrivals;
  /** Called for each change of what is held, and of whether it can be confirmed again. Without a revision: the document is gone. */
  readonly changed: (key: string, revision?: number) => void;
}

/** One look at the whole directory. */
export interface Pass {
  /** Of the directory, free of links. */
  readonly path: string;
  readonly names: readonly string[];
  /** Reads every file, also those that look unchanged. */
  readonly contentToo: boolean;
  /** The directory is seen for the first time: what was last written longer ago than the quiet time is complete. */
  readonly firstOfDirectory: boolean;
}

/** One file in one pass. */
interface Sight extends FileCandidate, Pass {
  readonly entry: FoundFile;
  /** The position of the events before the file was looked at. */
  readonly position: number;
  /** The position of the file's own last event before it was read. */
  readonly mark: number;
}

/** Decides which contents of a directory are whole, and holds them. Knows no watcher and no timer. */
export class Intake {
  readonly holdings = new Holdings();
  private revision = 0;
  private passedAt = 0;

  constructor(private readonly options: IntakeOptions) {}

  /** Compares what is held with the directory. One at a time. */
  async take(pass: Pass): Promise<void> {
    const { holdings } = this;
    const { chosen, claimed, problems } = candidatesOf(pass.names, (key) => holdings.held.get(key)?.file);
    const files = new Set(chosen.map((candidate) => candidate.file));
    for (const [key, { file }] of holdings.pending) if (!files.has(file)) holdings.pending.delete(key);
    const there = new Set(claimed);
    await forEachBounded(this.namedByEventsFirst(chosen), readsAtOnce, async (candidate) => {
      if (!(await this.isThere(candidate, pass, problems))) there.delete(candidate.key);
    });
    const known = holdings.problems;
    holdings.claimed = there;
    holdings.problems = problems;
    this.noteAbsent(there, problems, known);
    this.tellRegained(known);
  }

  /** What could not be seen in the pass before, and can again: perhaps nothing has changed, but until now nobody could say so. */
  private tellRegained(before: ReadonlyMap<string, FileProblem>): void {
    const { held } = this.holdings;
    for (const { key, kind } of before.values()) {
      const now = key === undefined || kind === 'rival' ? undefined : held.get(key);
      if (now && key !== undefined && !this.holdings.isHidden(key))
        this.options.changed(key, now.document.revision);
    }
  }

  /** In a directory of hundreds the looks at all the others would come before the one that matters. */
  private namedByEventsFirst(candidates: readonly FileCandidate[]): readonly FileCandidate[] {
    const { arrivals } = this.options;
    const named = candidates.filter(({ file }) => arrivals.mark([file]) > this.passedAt);
    this.passedAt = arrivals.position;
    return [...new Set([...named, ...candidates])];
  }

  /** Examines one file. Whether there is one, whatever can be made of it: a link that leads nowhere is none. */
  private async isThere(
    candidate: FileCandidate,
    pass: Pass,
    problems: Map<string, FileProblem>,
  ): Promise<boolean> {
    const { key, file } = candidate;
    const refuse = (message: string, kind: FileProblem['kind']): boolean => {
      problems.set(file, { key, message, kind });
      this.holdings.pending.delete(key);
      return kind !== 'nowhere';
    };
    const { position } = this.options.arrivals;
    const entry = await lookAt(pass.path, file);
    if (entry.kind === 'absent') {
      this.holdings.pending.delete(key);
      return false;
    }
    if (entry.kind !== 'file') return refuse(entry.problem, entry.kind);
    if (entry.size > MAX_BYTES) return refuse(tooLarge(file, entry.size), 'refused');

    const mark = this.markOf(entry);
    const sight: Sight = { ...candidate, ...pass, entry, position, mark };
    if (!this.needsReading(sight)) return true;
    const reading = await readWhole(entry);
    if (reading.outcome === 'failed') return refuse(unreadable(file, reading.code), 'unreadable');
    await this.weigh(sight, reading.outcome === 'whole' ? reading.bytes : undefined);
    return true;
  }

  /** The position of the last event that may have changed what the file's name shows. */
  private markOf(entry: FoundFile): number {
    return this.options.arrivals.mark(entry.pivots.map((pivot) => pivot.name));
  }

  private needsReading(sight: Sight): boolean {
    const { key, file, entry, mark } = sight;
    const held = this.holdings.held.get(key);
    const pending = this.holdings.pending.get(key);
    if (pending !== undefined) {
      const unmoved = pending.file === file && pending.signature === entry.signature && pending.mark === mark;
      return !unmoved || performance.now() >= pending.quiet.until;
    }
    // Events count besides the signature: two writes within one tick of the file system's clock have the same.
    const same = held?.file === file && held.signature === entry.signature && held.trueAt >= mark;
    if (same) this.holdings.held.set(key, { ...held, trueAt: Math.max(held.trueAt, sight.position) });
    return !same || sight.contentToo || this.holdings.isHidden(key);
  }

  /** The one place that decides between knowing a content already, taking it, and waiting. */
  private async weigh(sight: Sight, bytes: Uint8Array | undefined): Promise<void> {
    const { key, file, entry, mark, position } = sight;
    const { held, pending } = this.holdings;
    const before = held.get(key);
    if (bytes !== undefined && before?.file === file && sameBytes(bytes, before.document.bytes)) {
      held.set(key, { ...before, signature: entry.signature, trueAt: Math.max(position, mark) });
      pending.delete(key);
    } else if (bytes !== undefined && (await this.isWhole(sight, bytes))) {
      pending.delete(key);
      this.accept(sight, bytes);
    } else {
      const doubtMs = bytes === undefined ? 0 : this.doubtMsOf(key, bytes);
      const quiet = startQuiet(performance.now(), this.options.quietMs, pending.get(key)?.quiet, doubtMs);
      const shownAt = bytes === undefined ? undefined : await this.shownAt(sight);
      pending.set(key, { file, signature: entry.signature, mark, shownAt, bytes, quiet });
    }
  }

  private async isWhole(sight: Sight, bytes: Uint8Array): Promise<boolean> {
    const { key, file, entry, mark } = sight;
    const pending = this.holdings.pending.get(key);
    if (pending === undefined && sight.firstOfDirectory && this.isOld(sight, bytes)) return true;
    const unmoved = pending?.file === file && pending.signature === entry.signature && pending.mark === mark;
    if (unmoved && pending.bytes !== undefined && sameBytes(bytes, pending.bytes)) {
      return performance.now() >= pending.quiet.until;
    }
    const held = this.holdings.held.get(key);
    const heldAt = held?.file === file ? held.trueAt : undefined;
    // What waits was seen later than what is held: a save that follows one that is not trusted need not wait for it.
    const shownAt = (pending?.file === file ? pending.shownAt : undefined) ?? heldAt;
    // An arrival speaks for the content that came with it, not for a later change that no event told.
    const newerThan = Math.max(held?.trueAt ?? 0, pending?.mark ?? 0);
    return wasPlaced(entry, this.options.arrivals, { mark, newerThan, shownAt });
  }

  /** After the read: unless all earlier events are in, the one that made what was read may come as if it made the next. */
  private async shownAt({ entry, position, mark }: Sight): Promise<number | undefined> {
    await wholeTurn();
    return this.markOf(entry) === mark ? Math.max(position, mark) : undefined;
  }

  private isOld({ key, entry: { mtimeNs, ctimeNs } }: Sight, bytes: Uint8Array): boolean {
    const writtenMs = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
    return Date.now() - writtenMs > Math.max(this.options.quietMs, this.doubtMsOf(key, bytes));
  }

  /** A deleted file's content is still what a new one is compared with: many editors delete before they write. */
  private doubtMsOf(key: string, bytes: Uint8Array): number {
    const before = this.holdings.held.get(key) ?? this.holdings.deleted.get(key);
    return doubtMsOf(bytes, before?.document.bytes, this.options.quietMs);
  }

  private accept({ key, file, contentType, entry, mark, position }: Sight, bytes: Uint8Array): void {
    const { directoryName, epoch, arrivals } = this.options;
    const before = this.holdings.held.get(key);
    if (before?.file === file) {
      // Not a single event since the file was last seen to be the one before.
      this.holdings.unannounced = before.trueAt === arrivals.position ? file : undefined;
    }
    const revision = ++this.revision;
    const publishedAt = new Date(Number(entry.mtimeNs / 1_000_000n));
    const origin = `${directoryName}/${file}`;
    const document = { key, bytes, contentType, epoch, revision, origin, publishedAt };
    const trueAt = Math.max(position, mark);
    this.holdings.held.set(key, { file, document, signature: entry.signature, trueAt });
    this.holdings.deleted.delete(key);
    this.options.changed(key, revision);
  }

  /**
   * A save may leave a moment without a file: the old one is moved away first, or what a link leads to is replaced. So it counts
   * as deleted, and the link as one that leads nowhere, only after the quiet time.
   *
   * @param known the problems of the pass before
   */
  private noteAbsent(
    there: Set<string>,
    problems: Map<string, FileProblem>,
    known: ReadonlyMap<string, FileProblem>,
  ): void {
    const { held, absentSince } = this.holdings;
    const now = performance.now();
    const links = new Map<string, string>();
    for (const [file, { key, kind }] of problems)
      if (kind === 'nowhere' && key !== undefined) links.set(key, file);
    const absent = new Set([...held.keys(), ...links.keys()].filter((key) => !there.has(key)));
    for (const key of absentSince.keys()) if (!absent.has(key)) absentSince.delete(key);
    for (const key of absent) {
      const link = links.get(key);
      const isTold = link !== undefined && known.get(link)?.kind === 'nowhere';
      const since = absentSince.get(key) ?? now;
      if (!isTold && now - since < this.options.quietMs) {
        absentSince.set(key, since);
        if (link !== undefined) problems.delete(link);
        continue;
      }
      absentSince.delete(key);
      if (link !== undefined) there.add(key);
      if (isTold) continue;
      this.holdings.drop(key);
      this.options.changed(key);
    }
  }
}
