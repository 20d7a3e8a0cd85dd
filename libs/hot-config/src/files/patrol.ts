import { readdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { HotConfigUnavailableError, type SourceObserver } from '../contract/index.js';
import { Arrivals } from './arrivals.js';
import { DirectoryWatch } from './directory-watch.js';
import { codeOf } from './entry.js';
import { wholeTurn } from '../async/event-loop.js';
import { type Holdings } from './holdings.js';
import { Intake } from './intake.js';
import { type FileSourceOptions } from './options.js';
import { Passes } from './passes.js';
import { identityOf, placeOf } from './place.js';

/**
 * Milliseconds between two looks at which directory the path leads to. No event tells when a missing directory appears,
 * or when a link to the directory is pointed elsewhere; the look is a single stat.
 */
const identityMs = 500;

/** Milliseconds after which a look that has not ended counts as one that will not: the file system does not answer. */
const patienceMs = 5_000;

/** Why a file is not read. The message names the file and says what to do. */
export interface FileSourceProblem {
  /** The key that the file stands for; undefined for a name that gives none. */
  readonly key: string | undefined;
  readonly file: string;
  readonly message: string;
}

/** One start of a file source: the watch, the timers, and the passes that all of them only ask for. */
export class Patrol {
  readonly holdings: Holdings;
  readonly firstPass: Promise<void>;
  /** Set while the directory cannot be read. */
  unavailable: HotConfigUnavailableError | undefined;
  private readonly arrivals = new Arrivals();
  private readonly passes = new Passes(() => this.pass());
  private readonly watch = new DirectoryWatch(this.arrivals, () => this.passes.ask());
  private readonly intake: Intake;
  private readonly waiting = new Set<() => void>();
  private timers: NodeJS.Timeout[] = [];
  private dueTimer: NodeJS.Timeout | undefined;
  private identity: string | undefined;
  private checkingIdentity = false;
  private contentToo = false;
  private reported: string | undefined;
  private noted = '';
  private stopped = false;

  constructor(
    private readonly options: Required<FileSourceOptions>,
    private readonly observer: SourceObserver,
    epoch: string,
    /** The keys of whoever listens; a directory holds the files of others, too. */
    private readonly watched: ReadonlySet<string>,
  ) {
    const changed = (key: string, revision?: number): void => {
      if (!this.stopped) this.observer.hint(key, revision);
    };
    const directoryName = basename(resolve(options.directory));
    this.intake = new Intake({ ...options, directoryName, epoch, arrivals: this.arrivals, changed });
    this.holdings = this.intake.holdings;
    this.firstPass = this.nextPass();
  }

  start(): void {
    this.passes.ask();
    this.timers = [
      setInterval(() => void this.checkIdentity(), Math.min(identityMs, this.options.pollMs)),
      setInterval(() => this.pollContent(), this.options.pollMs),
    ];
  }

  /** Resolves after the next pass that ends, or at stop. */
  nextPass(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  /** Whether a later pass will tell more about this key, of which nothing is held. */
  awaits(key: string): boolean {
    const { held, pending, absentSince } = this.holdings;
    const undecided = (pending.has(key) || absentSince.has(key)) && !held.has(key);
    return !this.stopped && this.unavailable === undefined && undecided;
  }

  problems(): readonly FileSourceProblem[] {
    const problems = [...this.holdings.problems].map(([file, { key, message }]) => ({ key, file, message }));
    // Files are looked at side by side, so they were found in any order.
    return problems.sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  /** Why changes are found only by polling; undefined when they are announced. */
  delay(): string | undefined {
    const { directory, pollMs } = this.options;
    const found = `changes are found by polling every ${pollMs} ms.`;
    if (this.watch.problem !== undefined) {
      return (
        `Watching the directory "${directory}" failed (${this.watch.problem}): ${found} ` +
        `Raise fs.inotify.max_user_watches, fs.inotify.max_user_instances or the number of open files.`
      );
    }
    if (this.holdings.unannounced === undefined) return undefined;
    return (
      `The system did not announce the last change of "${this.holdings.unannounced}" in the directory "${directory}": ${found} ` +
      `Network file systems and mounts into virtual machines often announce nothing, and a directory watch does not cover what its links point to.`
    );
  }

  /** What limits this source: why changes come late, and each problem of a watched key that is not a read's answer already. */
  notes(): readonly string[] {
    const { problems, held } = this.holdings;
    const delay = this.delay();
    const told = [...problems.values()].filter(
      ({ key, kind }) =>
        key !== undefined && this.watched.has(key) && (kind === 'unreadable' || held.has(key)),
    );
    const messages = told.map(({ message }) => message).sort();
    return [...new Set(delay === undefined ? messages : [delay, ...messages])];
  }

  /** Tells the observer when `notes` has something else to say. */
  tellNotes(): void {
    const notes = this.notes().join('\n');
    if (this.stopped || this.noted === notes) return;
    this.noted = notes;
    this.observer.noted?.();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    this.passes.stop();
    this.watch.close();
    clearTimeout(this.dueTimer);
    this.release();
    // The handle of a closed watch is gone when the event loop has come round.
    await wholeTurn();
  }

  private async pass(): Promise<void> {
    const contentToo = this.contentToo;
    this.contentToo = false;
    try {
      const place = await placeOf(this.options.directory);
      if (this.stopped) return;
      this.identity = place.identity;
      // First the watch, then the list: what is made in between is announced.
      const firstOfDirectory = this.watch.watch(place);
      const { position } = this.arrivals;
      const names = await readdir(place.path);
      // Before the hints: who is hinted reads, and must not be told of a failure that is over.
      this.report(undefined);
      await this.intake.take({ path: place.path, names, contentToo, firstOfDirectory });
      // It took its time, but it has answered.
      this.report(undefined);
      this.arrivals.keepOnly(new Set(names), position);
    } catch (error) {
      this.identity = undefined;
      this.watch.close();
      this.report(codeOf(error), error);
    }
    this.wakeWhenDue();
    // Before the reads that wait: what has been noted need not be told as their failure too.
    this.tellNotes();
    this.release();
  }

  /** Tells the observer when the link changed, and once after start. */
  private report(code: string | undefined, cause?: unknown): void {
    const state = code ?? 'up';
    if (this.stopped || this.reported === state) return;
    this.reported = state;
    this.unavailable = code === undefined ? undefined : this.unavailableBecause(code, cause);
    this.observer.link(
      this.unavailable === undefined ? { up: true } : { up: false, error: this.unavailable },
    );
  }

  private wakeWhenDue(): void {
    clearTimeout(this.dueTimer);
    if (this.stopped) return;
    const due = this.unavailable === undefined ? this.holdings.nextDue(this.options.quietMs) : undefined;
    if (due === undefined) return;
    this.dueTimer = setTimeout(() => this.passes.ask(), Math.max(1, Math.ceil(due - performance.now())));
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
    if (now !== this.identity) this.passes.ask();
  }

  private pollContent(): void {
    if (this.passes.lasting > patienceMs) {
      this.report(`no answer for ${patienceMs} ms`);
      this.release();
    }
    this.contentToo = true;
    this.passes.ask();
  }

  private unavailableBecause(code: string, cause: unknown): HotConfigUnavailableError {
    const failed = `Listing the directory "${this.options.directory}" failed (${code})`;
    const remedy = 'Create it, or give this process permission to read it';
    const inForce = this.holdings.hasRead ? '; what was applied stays in force' : '';
    return new HotConfigUnavailableError(`${failed}${inForce}. ${remedy}; it is retried automatically.`, {
      reason: `${failed}. ${remedy}.`,
      cause,
    });
  }
}
