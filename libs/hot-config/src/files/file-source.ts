import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import {
  HotConfigUnavailableError,
  type ListingSource,
  type ReadOutcome,
  type SourceObserver,
  sourceStartedTwice,
} from '../contract/index.js';
import { fileNamesOf } from '../document/index.js';
import { DirectoryScanner, type FileSourceProblem } from './directory-scanner.js';
import { type CompleteOptions, completeOptions, type FileSourceOptions } from './options.js';
import { type ScanState } from './scan-state.js';
import { longestQuietMs } from './write-finish.js';

export interface FileSource extends ListingSource {
  /** What in the directory is not read, and why. Empty when all is well. */
  problems(): readonly FileSourceProblem[];
  /**
   * Files and folders that would be documents and are ignored by the option `ignore` or its defaults, as paths in the directory.
   * Names that begin with a dot are not listed.
   */
  ignored(): readonly string[];
  /** Why changes are found only by polling, in one sentence; undefined when they are announced, and when `polling` is set. */
  delay(): string | undefined;
  /** The keys whose newest content is not yet trusted to be whole. */
  pending(): readonly string[];
}

/**
 * Reports the documents of a directory and its subfolders. A file renamed into place is reported at once, one written in place when it has
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
  private scanner: DirectoryScanner | undefined;
  private readonly watched = new Set<string>();

  constructor(private readonly options: CompleteOptions) {
    this.name = `directory "${options.directory}"`;
    this.reconcileMs = options.pollMs;
    this.staleAfterMs = 3 * options.pollMs;
  }

  start(observer: SourceObserver): Promise<void> {
    if (this.scanner) return Promise.reject(sourceStartedTwice(`file source of the ${this.name}`));
    // Revisions count from 1 in every start, so every start is an epoch of its own.
    const epoch = `${new Date().toISOString()}-${randomBytes(4).toString('hex')}`;
    this.scanner = new DirectoryScanner(this.options, observer, epoch, this.watched);
    this.scanner.start();
    return Promise.resolve();
  }

  /** Only for the notes: hints go out for every key, since a hint that is not wanted costs its listener nothing. */
  watch(key: string): void {
    this.watched.add(key);
    this.scanner?.reportNotes();
  }

  async read(key: string): Promise<ReadOutcome> {
    const { scanner } = this;
    await scanner?.firstScan;
    // The file of a key that never had a whole content is there: neither missing nor found, until its save ends.
    const waitsUntil = performance.now() + 2 * longestQuietMs(this.options.quietMs);
    while (scanner?.awaits(key) === true && performance.now() < waitsUntil) await scanner.nextScan();
    if (scanner === undefined || scanner !== this.scanner)
      return this.unreachable(key, 'the source is not started');
    if (scanner.unavailable !== undefined) return { outcome: 'unreachable', error: scanner.unavailable };
    return this.answer(key, scanner);
  }

  async keys(): Promise<readonly string[]> {
    const { scanner } = this;
    await scanner?.firstScan;
    if (scanner === undefined || scanner !== this.scanner) {
      throw new HotConfigUnavailableError(
        `Listing ${this.name} failed: the source is not started. Start it first.`,
      );
    }
    if (scanner.unavailable !== undefined) throw scanner.unavailable;
    return scanner.state.keys();
  }

  problems(): readonly FileSourceProblem[] {
    return this.scanner?.problems() ?? [];
  }

  ignored(): readonly string[] {
    return this.scanner?.state.ignored ?? [];
  }

  /** Shown by status and health of a service; the loader watches no key and shows `delay` and `problems` itself. */
  notes(): readonly string[] {
    return this.scanner?.notes() ?? [];
  }

  delay(): string | undefined {
    return this.scanner?.delay();
  }

  pending(): readonly string[] {
    return [...(this.scanner?.state.pending.keys() ?? [])].sort();
  }

  async stop(): Promise<void> {
    const { scanner } = this;
    this.scanner = undefined;
    this.watched.clear();
    await scanner?.stop();
  }

  private answer(key: string, { state }: DirectoryScanner): ReadOutcome {
    const document = state.known.get(key)?.document;
    const problem = state.problemOf(key) ?? (document ? undefined : state.folderProblemOf(key));
    // An unreadable file does not confirm the document that was read before.
    const isHidden = document !== undefined && state.isHidden(key);
    if (problem !== undefined && (problem.kind === 'unreadable' || isHidden))
      return { outcome: 'unreachable', error: new HotConfigUnavailableError(problem.message, { key }) };
    if (document !== undefined) return { outcome: 'found', document };
    const deleted = state.deleted.get(key);
    const wasRead = deleted !== undefined;
    if (state.pending.has(key)) return this.unreachable(key, 'its file keeps changing', wasRead);
    if (problem !== undefined) return { outcome: 'missing', reason: problem.message };
    const reason = wasRead ? `the file "${deleted.file}" was deleted` : noFileFor(key, state);
    return { outcome: 'missing', reason: `${this.name}: ${reason}` };
  }

  private unreachable(key: string, why: string, wasRead = false): ReadOutcome {
    const reason = `Reading "${key}" from ${this.name} failed: ${why.replace(/\.$/, '')}`;
    const message = wasRead ? `${reason}; what was applied stays in force.` : `${reason}.`;
    return { outcome: 'unreachable', error: new HotConfigUnavailableError(message, { key, reason }) };
  }
}

/** What was looked for, and what was perhaps meant by it. */
function noFileFor(key: string, state: ScanState): string {
  const sought = fileNamesOf(key);
  const dotted = (file: string): string => file.replaceAll('/', '.').toLowerCase();
  const similar = state.files().find((file) => sought.some((name) => dotted(name) === dotted(file)));
  const hint = similar === undefined ? '' : `; "${similar}" differs from that in case only`;
  return `there is no file for key "${key}": ${sought.slice(0, -1).join(', ')} or ${sought.at(-1)}${hint}`;
}
