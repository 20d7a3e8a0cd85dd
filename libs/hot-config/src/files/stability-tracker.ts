import { drainEventLoop } from '../async/drain-event-loop.js';
import { forEachBounded } from '../async/for-each-bounded.js';
import { MAX_BYTES } from '../document/index.js';
import { documentFilesOf, type FileProblem } from './document-files.js';
import { type EntryProblem, type FoundFile, lookAt, tooLarge, unreadable } from './entry.js';
import { type EventHistory } from './event-history.js';
import { type DocumentFile, type Listing } from './folder-tree.js';
import { readWhole, sameBytes } from './read-whole.js';
import { wasRenamedIntoPlace } from './rename-detection.js';
import { ScanState } from './scan-state.js';
import { finishAfterWrite, suspectedPartialMs } from './write-finish.js';

/** Node has four threads for files; more reads at once would only hold descriptors and memory. */
const readsAtOnce = 16;

export interface StabilityOptions {
  /** Goes before the file's name in `origin`. */
  readonly directoryName: string;
  readonly epoch: string;
  readonly quietMs: number;
  readonly history: EventHistory;
  /**
   * Called for each change of a document, and when it can be confirmed again. Without a revision: the document is gone.
   */
  readonly changed: (key: string, revision?: number) => void;
}

/** One file in one scan. */
interface Sight extends DocumentFile {
  readonly entry: FoundFile;
  /** The position of the events before the file was looked at. */
  readonly position: number;
  /** The position of the last event, before the read, that may have changed what the file's name shows. */
  readonly lastEvent: number;
  /** Looks at the content also if nothing else has changed. */
  readonly contentToo: boolean;
}

/** Decides which contents of a directory are whole, and keeps them. Knows no watcher and no timer. */
export class StabilityTracker {
  readonly state = new ScanState();
  private revision = 0;
  private scannedAt = 0;

  constructor(private readonly options: StabilityOptions) {}

  /** Compares what is known with the directory. One at a time. With `contentToo`, files that look unchanged are read as well. */
  async update(listing: Listing, contentToo: boolean): Promise<void> {
    const { state } = this;
    const { chosen, claimed, problems } = documentFilesOf(listing, state.known);
    const files = new Set(chosen.map(({ file }) => file));
    for (const [key, { file }] of state.pending) if (!files.has(file)) state.pending.delete(key);
    const there = new Set(claimed);
    await forEachBounded(this.announcedFirst(chosen), readsAtOnce, async (file) => {
      if (!(await this.examine(file, contentToo, problems))) there.delete(file.key);
    });
    const before = state.problems;
    state.claimed = there;
    state.problems = problems;
    state.ignored = listing.ignored.sort();
    this.trackAbsent(there, problems, before);
    this.confirmVisibleAgain(before);
  }

  /** What could not be seen in the scan before, and can again: it may be unchanged, but nobody could confirm that until now. */
  private confirmVisibleAgain(before: ReadonlyMap<string, FileProblem>): void {
    for (const { key, kind } of before.values()) {
      if (key === undefined || kind === 'rival' || this.state.isHidden(key)) continue;
      const known = this.state.known.get(key);
      if (known) this.options.changed(key, known.document.revision);
    }
  }

  /** In a directory of hundreds the looks at all the others would come before that at the file which has changed. */
  private announcedFirst(files: readonly DocumentFile[]): readonly DocumentFile[] {
    const { history } = this.options;
    const announced = files.filter(({ folder, name }) => {
      return (
        folder !== undefined && history.lastEventOf([{ folder: folder.location, name }]) > this.scannedAt
      );
    });
    this.scannedAt = history.position;
    return [...new Set([...announced, ...files])];
  }

  /** Whether there is such a file, whatever can be made of it: a link that leads nowhere is none. */
  private async examine(
    document: DocumentFile,
    contentToo: boolean,
    problems: Map<string, FileProblem>,
  ): Promise<boolean> {
    const { key, file, name, folder } = document;
    const reject = ({ kind, message }: EntryProblem): boolean => {
      problems.set(file, { key, message, kind });
      this.state.pending.delete(key);
      return kind !== 'dangling';
    };
    if (folder === undefined) return problems.get(file)?.kind !== 'dangling';
    const { position } = this.options.history;
    const entry = await lookAt(folder, name);
    if (entry.kind === 'absent') {
      this.state.pending.delete(key);
      return false;
    }
    if (entry.kind !== 'file') return reject(entry);
    if (entry.size > MAX_BYTES) return reject(tooLarge(file, entry.size));

    const sight = { ...document, entry, position, lastEvent: this.lastEventOf(entry), contentToo };
    if (!this.needsReading(sight)) return true;
    const read = await readWhole(entry);
    if (read.outcome === 'failed') return reject(unreadable(file, read.code));
    await this.decide(sight, read.outcome === 'whole' ? read.bytes : undefined);
    return true;
  }

  private lastEventOf(entry: FoundFile): number {
    return this.options.history.lastEventOf(entry.steps);
  }

  private needsReading(sight: Sight): boolean {
    const { key, file, entry, lastEvent } = sight;
    const known = this.state.known.get(key);
    const pending = this.state.pending.get(key);
    if (pending !== undefined) return !isUnmoved(pending, sight) || performance.now() >= pending.finish.until;
    // Events count besides the signature: two writes within one tick of the file system's clock have the same.
    const same = known?.file === file && known.signature === entry.signature && known.trueAt >= lastEvent;
    if (same) this.state.known.set(key, { ...known, trueAt: Math.max(known.trueAt, sight.position) });
    return !same || sight.contentToo || this.state.isHidden(key);
  }

  /** The only place that decides between a content that is known already, a new one that is whole, and waiting. */
  private async decide(sight: Sight, bytes: Uint8Array | undefined): Promise<void> {
    const { key, file, entry, lastEvent, position } = sight;
    const { known, pending } = this.state;
    const before = known.get(key);
    if (bytes !== undefined && before?.file === file && sameBytes(bytes, before.document.bytes)) {
      known.set(key, { ...before, signature: entry.signature, trueAt: Math.max(position, lastEvent) });
      pending.delete(key);
    } else if (bytes !== undefined && (await this.isWhole(sight, bytes))) {
      pending.delete(key);
      this.accept(sight, bytes);
    } else {
      const { quietMs } = this.options;
      const suspectMs = bytes === undefined ? 0 : this.suspectMs(key, bytes);
      const finish = finishAfterWrite(performance.now(), quietMs, pending.get(key)?.finish, suspectMs);
      const shownAt = bytes === undefined ? undefined : await this.shownAt(sight);
      pending.set(key, { file, signature: entry.signature, lastEvent, shownAt, bytes, finish });
    }
  }

  private async isWhole(sight: Sight, bytes: Uint8Array): Promise<boolean> {
    const { key, file, entry, lastEvent } = sight;
    const pending = this.state.pending.get(key);
    if (pending === undefined && sight.folder?.isNew === true && this.isOld(sight, bytes)) return true;
    if (pending?.bytes !== undefined && isUnmoved(pending, sight) && sameBytes(bytes, pending.bytes)) {
      return performance.now() >= pending.finish.until;
    }
    const known = this.state.known.get(key);
    const knownAt = known?.file === file ? known.trueAt : undefined;
    // A pending content was seen after the known one, so it counts: a rename over it must not wait for it to finish.
    const shownAt = (pending?.file === file ? pending.shownAt : undefined) ?? knownAt;
    // A rename event proves the content that came with it, not a later change that no event announced.
    const newerThan = Math.max(known?.trueAt ?? 0, pending?.lastEvent ?? 0);
    return wasRenamedIntoPlace(entry, this.options.history, { lastEvent, newerThan, shownAt });
  }

  /** Asked after the read, when all earlier events are in: a late event would be taken for the event of the next content. */
  private async shownAt({ entry, position, lastEvent }: Sight): Promise<number | undefined> {
    await drainEventLoop();
    return this.lastEventOf(entry) === lastEvent ? Math.max(position, lastEvent) : undefined;
  }

  private isOld({ key, entry: { mtimeNs, ctimeNs } }: Sight, bytes: Uint8Array): boolean {
    const writtenMs = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
    return Date.now() - writtenMs > Math.max(this.options.quietMs, this.suspectMs(key, bytes));
  }

  /** A deleted file's content is still what a new one is compared with: many editors delete before they write. */
  private suspectMs(key: string, bytes: Uint8Array): number {
    const before = this.state.known.get(key) ?? this.state.deleted.get(key);
    return suspectedPartialMs(bytes, before?.document.bytes, this.options.quietMs);
  }

  private accept({ key, file, contentType, entry, lastEvent, position }: Sight, bytes: Uint8Array): void {
    const { directoryName, epoch, history } = this.options;
    const before = this.state.known.get(key);
    if (before?.file === file) {
      // Not a single event since the file was last seen to be the one before.
      this.state.unannounced = before.trueAt === history.position ? file : undefined;
    }
    const revision = ++this.revision;
    const publishedAt = new Date(Number(entry.mtimeNs / 1_000_000n));
    const origin = `${directoryName}/${file}`;
    const document = { key, bytes, contentType, epoch, revision, origin, publishedAt };
    const trueAt = Math.max(position, lastEvent);
    this.state.known.set(key, { file, document, signature: entry.signature, trueAt });
    this.state.deleted.delete(key);
    this.options.changed(key, revision);
  }

  /**
   * A save may leave a moment without a file: the old one is moved away first, or the target of a link is replaced. So it counts
   * as deleted, and the link as one that leads nowhere, only after the quiet time.
   *
   * @param before the problems of the scan before
   */
  private trackAbsent(
    there: Set<string>,
    problems: Map<string, FileProblem>,
    before: ReadonlyMap<string, FileProblem>,
  ): void {
    const { known, absentSince } = this.state;
    const now = performance.now();
    const links = new Map<string, string>();
    for (const [file, { key, kind }] of problems)
      if (kind === 'dangling' && key !== undefined) links.set(key, file);
    const absent = new Set([...known.keys(), ...links.keys()].filter((key) => !there.has(key)));
    for (const key of absentSince.keys()) if (!absent.has(key)) absentSince.delete(key);
    for (const key of absent) {
      const link = links.get(key);
      const isReported = link !== undefined && before.get(link)?.kind === 'dangling';
      const since = absentSince.get(key) ?? now;
      if (!isReported && now - since < this.options.quietMs) {
        absentSince.set(key, since);
        if (link !== undefined) problems.delete(link);
        continue;
      }
      absentSince.delete(key);
      if (link !== undefined) there.add(key);
      if (isReported) continue;
      this.state.drop(key);
      this.options.changed(key);
    }
  }
}

function isUnmoved(
  pending: { readonly file: string; readonly signature: string; readonly lastEvent: number },
  { file, entry, lastEvent }: Sight,
): boolean {
  return pending.file === file && pending.signature === entry.signature && pending.lastEvent === lastEvent;
}
