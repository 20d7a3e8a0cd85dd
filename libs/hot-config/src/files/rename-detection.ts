import { drainEventLoop } from '../async/drain-event-loop.js';
import { type FoundFile, type LinkStep } from './entry.js';
import { type EventHistory } from './event-history.js';

/** Only inotify queues every event, in order, in one queue per process; elsewhere a creation and its write may be merged. */
export const hasOrderedEvents = process.platform === 'linux';

/** What was known when the file was read. All are positions of `EventHistory`. */
export interface KnownEvents {
  /** The last event of the file's steps before the read. */
  readonly lastEvent: number;
  /** Only a later replacement brought the content that was read. */
  readonly newerThan: number;
  /** The last position at which the name surely showed a file, whole or not; undefined when none is known. */
  readonly shownAt: number | undefined;
}

/**
 * Whether the file was put in place complete (renamed, or a link to it re-pointed), so that nothing need be waited for. To be
 * asked after the read. When in doubt the answer is "no", which costs the quiet time.
 *
 * The last event of a step must be a 'rename': a 'change' after it is somebody writing. A 'rename' is left behind by a rename,
 * but it is also the first moment of a creation, whose first bytes can be read before its 'change' is queued. So one of these
 * must hold besides:
 *
 * - The step's ctime is later than the content's mtime: a rename moves the ctime alone, a write moves both. Equal times
 *   prove nothing, the clock of file times ticks every 1 to 10 ms.
 * - It is the only 'rename' since the name showed some other file. A name that exists cannot be created: without a removal
 *   before it, which is a 'rename' too, it was renamed over. (For a link with times in the same tick this relies on the
 *   writer to finish the target before it re-points the link, as Kubernetes does.)
 *
 * Last, the event queue is emptied. Whatever was written under this name came after its creation, whose event is queued
 * before the creator's call returns: having read bytes, we would now have that event.
 */
export async function wasRenamedIntoPlace(
  file: FoundFile,
  history: EventHistory,
  known: KnownEvents,
): Promise<boolean> {
  if (!hasOrderedEvents || file.size === 0) return false;
  if (!file.steps.some((step) => isProof(file, step, history, known))) return false;
  await drainEventLoop();
  return history.lastEventOf(file.steps) === known.lastEvent;
}

function isProof(file: FoundFile, step: LinkStep, history: EventHistory, known: KnownEvents): boolean {
  const replacement = history.replacementOf(step);
  if (replacement === undefined || replacement.seq <= known.newerThan) return false;
  if (step.ctimeNs > file.mtimeNs) return true;
  const renamedOver = known.shownAt !== undefined && replacement.sameSince <= known.shownAt;
  return renamedOver && step.ctimeNs === file.mtimeNs;
}
