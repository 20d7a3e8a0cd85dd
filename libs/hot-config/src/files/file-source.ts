import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import {
  HotConfigUnavailableError,
  sourceStartedTwice,
  type ListingSource,
  type ReadOutcome,
  type SourceObserver,
} from '../contract/index.js';
import { fileNamesOf } from '../document/index.js';
import { type Holdings } from './holdings.js';
import { completeOptions, type FileSourceOptions } from './options.js';
import { type FileSourceProblem, Patrol } from './patrol.js';
import { longestQuietMs } from './quiet.js';

export interface FileSource extends ListingSource {
  /** What in the directory is not read, and why. Empty when all is well. */
  problems(): readonly FileSourceProblem[];
  /** Why changes are found only by polling, in one sentence; undefined when they are announced. */
  delay(): string | undefined;
  /** The keys whose newest content is not yet trusted to be whole. */
  pending(): readonly string[];
}

/**
 * Reports the documents of a directory. A file renamed into place is reported at once, one written in place when it has
 * stayed the same for `quietMs`.
 *
 * @throws HotConfigSetupError for options that cannot work
 */
export function fileSource(options: FileSourceOptions): FileSource {
  const complete = completeOptions(options);
  // In messages a relative name would hide that the process runs elsewhere.
  return new DirectorySource({ ...complete, directory: resolve(complete.directory) });
}

class DirectorySource implements FileSource {
  readonly name: string;
  readonly reconcileMs: number;
  readonly staleAfterMs: number;
  private patrol: Patrol | undefined;
  private readonly watched = new Set<string>();

  constructor(private readonly options: Required<FileSourceOptions>) {
    this.name = `directory "${options.directory}"`;
    this.reconcileMs = options.pollMs;
    this.staleAfterMs = 3 * options.pollMs;
  }

  start(observer: SourceObserver): Promise<void> {
    if (this.patrol) return Promise.reject(sourceStartedTwice(`file source of the ${this.name}`));
    // Revisions count from 1 in every start, so every start is an epoch of its own.
    const epoch = `${new Date().toISOString()}-${randomBytes(4).toString('hex')}`;
    this.patrol = new Patrol(this.options, observer, epoch, this.watched);
    this.patrol.start();
    return Promise.resolve();
  }

  /** Only for the notes: hints go out for every key, since what is not wanted costs its listener nothing. */
  watch(key: string): void {
    this.watched.add(key);
    this.patrol?.tellNotes();
  }

  async read(key: string): Promise<ReadOutcome> {
    const { patrol } = this;
    await patrol?.firstPass;
    // The file of a key that never had a whole content is there: neither missing nor found, until its save ends.
    const patienceEnds = performance.now() + 2 * longestQuietMs(this.options.quietMs);
    while (patrol?.awaits(key) === true && performance.now() < patienceEnds) await patrol.nextPass();
    if (patrol === undefined || patrol !== this.patrol)
      return this.unreachable(key, 'the source is not started');
    if (patrol.unavailable !== undefined) return { outcome: 'unreachable', error: patrol.unavailable };
    return this.answer(key, patrol);
  }

  async keys(): Promise<readonly string[]> {
    const { patrol } = this;
    await patrol?.firstPass;
    if (patrol === undefined || patrol !== this.patrol) {
      throw new HotConfigUnavailableError(
        `Listing ${this.name} failed: the source is not started. Start it first.`,
      );
    }
    if (patrol.unavailable !== undefined) throw patrol.unavailable;
    return patrol.holdings.keys();
  }

  problems(): readonly FileSourceProblem[] {
    return this.patrol?.problems() ?? [];
  }

  /** Told by status and health of a service; the loader watches no key and shows `delay` and `problems` itself. */
  notes(): readonly string[] {
    return this.patrol?.notes() ?? [];
  }

  delay(): string | undefined {
    return this.patrol?.delay();
  }

  pending(): readonly string[] {
    return [...(this.patrol?.holdings.pending.keys() ?? [])].sort();
  }

  async stop(): Promise<void> {
    const { patrol } = this;
    this.patrol = undefined;
    this.watched.clear();
    await patrol?.stop();
  }

  private answer(key: string, { holdings }: Patrol): ReadOutcome {
    const document = holdings.held.get(key)?.document;
    const problem = holdings.problemOf(key);
    // What is held was the file's, but who cannot see what the file holds now does not confirm it.
    const isHidden = document !== undefined && holdings.isHidden(key);
    if (problem !== undefined && (problem.kind === 'unreadable' || isHidden))
      return { outcome: 'unreachable', error: new HotConfigUnavailableError(problem.message, { key }) };
    if (document !== undefined) return { outcome: 'found', document };
    const deleted = holdings.deleted.get(key);
    const wasRead = deleted !== undefined;
    if (holdings.pending.has(key)) return this.unreachable(key, 'its file keeps changing', wasRead);
    if (problem !== undefined) return { outcome: 'missing', reason: problem.message };
    const reason = wasRead ? `the file "${deleted.file}" was deleted` : noFileFor(key, holdings);
    return { outcome: 'missing', reason: `${this.name}: ${reason}` };
  }

  private unreachable(key: string, why: string, wasRead = false): ReadOutcome {
    const reason = `Reading "${key}" from ${this.name} failed: ${why.replace(/\.$/, '')}`;
    const message = wasRead ? `${reason}; what was applied stays in force.` : `${reason}.`;
    return { outcome: 'unreachable', error: new HotConfigUnavailableError(message, { key, reason }) };
  }
}

/** What was looked for, and what was perhaps meant by it. */
function noFileFor(key: string, holdings: Holdings): string {
  const sought = fileNamesOf(key);
  const lowerCase = new Set(sought.map((name) => name.toLowerCase()));
  const similar = holdings.files().find((file) => lowerCase.has(file.toLowerCase()));
  const hint = similar === undefined ? '' : `; "${similar}" differs from that in case only`;
  return `there is no file for key "${key}": ${sought.slice(0, -1).join(', ')} or ${sought.at(-1)}${hint}`;
}
