import { basename, resolve } from 'node:path';
import { drainEventLoop } from '../async/drain-event-loop.js';
import { LatestOnly } from '../async/latest-only.js';
import { errorCode, HotConfigUnavailableError, type SourceObserver } from '../contract/index.js';
import { EventHistory } from './event-history.js';
import { FolderTree } from './folder-tree.js';
import { identityOf, locate } from './location.js';
import { type CompleteOptions } from './options.js';
import { type ScanState } from './scan-state.js';
import { StabilityTracker } from './stability-tracker.js';

/**
 * Milliseconds between two looks at which directory the path leads to. No event announces that a missing directory appears,
 * or that a link to the directory is pointed elsewhere; the look is a single stat.
 */
const identityMs = 500;

/** Milliseconds after which a scan that has not ended counts as one that will not: the file system does not answer. */
const longestScanMs = 5_000;

/** Why a file or a folder is not read. The message names it and says what to do. */
export interface FileSourceProblem {
  /** The key that the file stands for; undefined for a folder and for a name that gives none. */
  readonly key: string | undefined;
  /** Its path in the directory: `team/shop.yaml`. */
  readonly file: string;
  readonly message: string;
}

interface Scan {
  /** Reads every file, also those that look unchanged. */
  readonly contentToo: boolean;
}

/** One start of a file source: the watch and the timers, which only ask for scans, and the scans, one at a time. */
export class DirectoryScanner {
  readonly state: ScanState;
  readonly firstScan: Promise<void>;
  /** Set while the directory cannot be read. */
  unavailable: HotConfigUnavailableError | undefined;
  private readonly history = new EventHistory();
  private readonly scans = new LatestOnly<Scan>({
    work: (scan) => this.scan(scan),
    merge: (waiting, next) => ({ contentToo: waiting.contentToo || next.contentToo }),
  });
  private readonly tree: FolderTree;
  private readonly tracker: StabilityTracker;
  private readonly waiting = new Set<() => void>();
  private timers: NodeJS.Timeout[] = [];
  private dueTimer: NodeJS.Timeout | undefined;
  private scanSince = 0;
  private identity: string | undefined;
  private checkingIdentity = false;
  private reportedLink: string | undefined;
  private reportedNotes = '';
  private stopped = false;

  constructor(
    private readonly options: CompleteOptions,
    private readonly observer: SourceObserver,
    epoch: string,
    /** The keys that somebody wants; a directory holds the files of others, too. */
    private readonly watched: ReadonlySet<string>,
  ) {
    const { directory, quietMs } = options;
    const { history } = this;
    const changed = (key: string, revision?: number): void => {
      if (!this.stopped) this.observer.hint(key, revision);
    };
    this.tree = new FolderTree(options, history, () => this.askForScan());
    const directoryName = basename(resolve(directory));
    this.tracker = new StabilityTracker({ directoryName, epoch, quietMs, history, changed });
    this.state = this.tracker.state;
    this.firstScan = this.nextScan();
  }

  start(): void {
    this.askForScan();
    this.timers = [
      setInterval(() => void this.checkIdentity(), Math.min(identityMs, this.options.pollMs)),
      setInterval(() => this.pollContent(), this.options.pollMs),
    ];
    // A process that has nothing else to do may end.
    for (const timer of this.timers) timer.unref();
  }

  /** Resolves after the next scan that ends, or at stop. */
  nextScan(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  /** Whether a later scan will find out more about this key, of which no content is known. */
  awaits(key: string): boolean {
    const { known, pending, absentSince } = this.state;
    const undecided = (pending.has(key) || absentSince.has(key)) && !known.has(key);
    return !this.stopped && this.unavailable === undefined && undecided;
  }

  problems(): readonly FileSourceProblem[] {
    const problems = [...this.state.problems].map(([file, { key, message }]) => ({ key, file, message }));
    // Files are looked at side by side, so they were found in any order.
    return problems.sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  /** Why changes are found only by polling; undefined when they are announced, and when polling was asked for. */
  delay(): string | undefined {
    const { directory, pollMs } = this.options;
    const found = `changes are found by polling every ${pollMs} ms.`;
    if (this.tree.problem !== undefined) {
      return (
        `Watching the directory "${directory}" failed (${this.tree.problem}): ${found} ` +
        `Raise fs.inotify.max_user_watches, fs.inotify.max_user_instances or the number of open files.`
      );
    }
    if (this.state.unannounced === undefined || this.tree.polls) return undefined;
    return (
      `The system did not announce the last change of "${this.state.unannounced}" in the directory "${directory}": ${found} ` +
      `Network file systems and mounts into virtual machines often announce nothing (the option polling looks more often), ` +
      `and a watch does not cover the targets of links outside of the folders that are read.`
    );
  }

  /** What limits this source: why changes come late, and each problem of a watched key that is not a read's answer already. */
  notes(): readonly string[] {
    const { problems, known } = this.state;
    const delay = this.delay();
    const messages = [...problems.values()]
      .filter(({ key, kind }) => {
        return key !== undefined && this.watched.has(key) && (kind === 'unreadable' || known.has(key));
      })
      .map(({ message }) => message)
      .sort();
    return [...new Set(delay === undefined ? messages : [delay, ...messages])];
  }

  /** Calls the observer when `notes` or anything else that is shown of the directory has changed. */
  reportNotes(): void {
    const problems = this.problems().map(({ message }) => message);
    const notes = JSON.stringify([this.notes(), this.delay(), problems, this.state.ignored]);
    if (this.stopped || this.reportedNotes === notes) return;
    this.reportedNotes = notes;
    this.observer.noted?.();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    // The scan under way is not waited for: a file system that hangs would hold up the whole process.
    this.scans.stop();
    this.tree.close();
    clearTimeout(this.dueTimer);
    this.release();
    await drainEventLoop();
  }

  private askForScan(contentToo = false): void {
    this.scans.offer({ contentToo });
  }

  private async scan({ contentToo }: Scan): Promise<void> {
    this.scanSince = performance.now();
    try {
      const root = await locate(this.options.directory);
      if (this.stopped) return;
      this.identity = root.identity;
      const listing = await this.tree.list(root);
      // Before the hints: their listener reads, and must not be answered with a failure that is over.
      this.reportLink(undefined);
      await this.tracker.update(listing, contentToo);
      // It took its time, but it has answered.
      this.reportLink(undefined);
    } catch (error) {
      this.identity = undefined;
      this.tree.close();
      this.reportLink(errorCode(error), error);
    }
    this.wakeWhenDue();
    // Before the reads that wait: a note need not be logged as their failure too.
    this.reportNotes();
    this.release();
  }

  /** Calls the observer when the link changed, and once after start. */
  private reportLink(code: string | undefined, cause?: unknown): void {
    const link = code ?? 'up';
    if (this.stopped || this.reportedLink === link) return;
    this.reportedLink = link;
    this.unavailable = code === undefined ? undefined : this.unavailableBecause(code, cause);
    this.observer.link(
      this.unavailable === undefined ? { up: true } : { up: false, error: this.unavailable },
    );
  }

  private wakeWhenDue(): void {
    clearTimeout(this.dueTimer);
    if (this.stopped) return;
    const due = this.unavailable === undefined ? this.state.nextDue(this.options.quietMs) : undefined;
    if (due === undefined) return;
    this.dueTimer = setTimeout(() => this.askForScan(), Math.max(1, Math.ceil(due - performance.now())));
  }

  private release(): void {
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const wake of woken) wake();
  }

  private async checkIdentity(): Promise<void> {
    // Where the file system hangs, so does the look before.
    if (this.checkingIdentity) return;
    this.checkingIdentity = true;
    const now = await identityOf(this.options.directory).catch(() => undefined);
    this.checkingIdentity = false;
    if (now !== this.identity) this.askForScan();
  }

  private pollContent(): void {
    if (this.scans.isBusy && performance.now() - this.scanSince > longestScanMs) {
      this.reportLink(`no answer for ${longestScanMs} ms`);
      this.release();
    }
    this.askForScan(true);
  }

  private unavailableBecause(code: string, cause: unknown): HotConfigUnavailableError {
    const failed = `Listing the directory "${this.options.directory}" failed (${code})`;
    const remedy = 'Create it, or give this process permission to read it';
    const inForce = this.state.hasRead ? '; what was applied stays in force' : '';
    return new HotConfigUnavailableError(`${failed}${inForce}. ${remedy}; it is retried automatically.`, {
      reason: `${failed}. ${remedy}.`,
      cause,
    });
  }
}
