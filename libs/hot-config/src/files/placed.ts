import { type Arrivals } from './arrivals.js';
import { type FoundFile, type Pivot } from './entry.js';
import { wholeTurn } from '../async/event-loop.js';

/** Only inotify queues every event, in order, in one queue per process; elsewhere a creation and its write may be merged. */
const eventsProve = process.platform === 'linux';

/** What was known when the file was read. All are positions of `Arrivals`. */
export interface KnownEvents {
  /** The last event of the file's pivots before the read. */
  readonly mark: number;
  /** Only a later arrival brought the content that was read. */
  readonly newerThan: number;
  /** The last position at which the name surely showed a file, whole or not; undefined when none is known. */
  readonly shownAt: number | undefined;
}

/**
 * Whether the file was put in place complete (renamed, or its link re-pointed), so that nothing need be waited for. To be
 * asked after the read. Errs to "no", which costs the quiet time.
 *
 * The last event of a pivot must be a 'rename': a 'change' after it is somebody writing. A 'rename' is what a rename
 * leaves behind, but also the first moment of a creation, whose first bytes can be read before its 'change' is queued.
 * So one of these must hold besides:
 *
 * - The pivot's ctime is later than the content's mtime: a rename moves the ctime alone, a write moves both. Equal times
 *   prove nothing, the clock of file times ticks every 1 to 10 ms.
 * - It is the only 'rename' since the name showed some other file. A name that exists cannot be created: without a removal
 *   before it, which is a 'rename' too, it was renamed over. (For a link with times in the same tick this trusts that
 *   who re-points links finishes the target first, as Kubernetes does.)
 *
 * Last, the event queue is emptied. Whatever was written under this name came after its creation, whose event is queued
 * before the creator's call returns: having read bytes, we would now have that event.
 */
export async function wasPlaced(file: FoundFile, arrivals: Arrivals, known: KnownEvents): Promise<boolean> {
  if (!eventsProve || file.size === 0) return false;
  if (!file.pivots.some((pivot) => isProof(file, pivot, arrivals, known))) return false;
  await wholeTurn();
  return arrivals.mark(file.pivots.map((pivot) => pivot.name)) === known.mark;
}

function isProof(file: FoundFile, pivot: Pivot, arrivals: Arrivals, known: KnownEvents): boolean {
  const arrival = arrivals.of(pivot.name);
  if (arrival === undefined || arrival.seq <= known.newerThan) return false;
  if (pivot.ctimeNs > file.mtimeNs) return true;
  const renamedOver = known.shownAt !== undefined && arrival.sameSince <= known.shownAt;
  return renamedOver && pivot.ctimeNs === file.mtimeNs;
}
