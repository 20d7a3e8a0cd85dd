import { basename, resolve } from 'node:path';
import { HotConfigUnavailableError, type SourceObserver } from '../../contract/index.js';
import { Arrivals } from './arrivals.js';
import { DirectoryWatch } from './directory-watch.js';
import { codeOf } from './entry.js';
import { wholeTurn } from './event-loop.js';
import { type Holdings } from './holdings.js';
import { Intake } from './intake.js';
import { identityOf, list } from './listing.js';
import { type FileSourceOptions } from './options.js';
import { Passes } from './passes.js';

/**
 * Milliseconds between two looks at which directory the path leads to. No event tells when a missing directory appears,
 * or when a link to the directory is pointed elsewhere; the look is a single stat.
 */
const identityMs = 500;

/** A problem of one file, or of the directory's watch. The message names the file and says what to do. */
export interface FileSourceProblem {
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
  private contentToo = false;
  private reported: string | undefined;
  private stopped = false;

  constructor(
    private readonly options: Required<FileSourceOptions>,
    private readonly observer: SourceObserver,
    epoch: string,
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
    const { held, pending } = this.holdings;
    return !this.stopped && this.unavailable === undefined && pending.has(key) && !held.has(key);
  }

  problems(): readonly FileSourceProblem[] {
    const files = [...this.holdings.problems].map(([file, { message }]) => ({ file, message }));
    return this.watch.problem === undefined ? files : [this.watchProblem(this.watch.problem), ...files];
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    this.watch.close();
    await this.passes.stop();
    // The pass that was under way may have set both once more.
    this.watch.close();
    clearTimeout(this.dueTimer);
    this.release();
    // The handles of a closed watch are gone when the event loop has come round.
    await wholeTurn();
  }

  private async pass(): Promise<void> {
    const contentToo = this.contentToo;
    this.contentToo = false;
    try {
      const { position } = this.arrivals;
      const listing = await list(this.options.directory);
      this.identity = listing.identity;
      const firstOfDirectory = this.watch.watch(listing.path, listing.identity);
      // Before the hints: who is hinted reads, and must not be told of a failure that is over.
      this.report(undefined);
      await this.intake.take(listing, { contentToo, firstOfDirectory, position });
      this.arrivals.keepOnly(new Set(listing.names), position);
    } catch (error) {
      this.identity = undefined;
      this.watch.close();
      this.report(codeOf(error));
    }
    this.wakeWhenDue();
    this.release();
  }

  /** Tells the observer when the link changed, and once after start. */
  private report(code: string | undefined): void {
    const state = code ?? 'up';
    if (this.stopped || this.reported === state) return;
    this.reported = state;
    this.unavailable = code === undefined ? undefined : this.unavailableBecause(code);
    this.observer.link(
      this.unavailable === undefined ? { up: true } : { up: false, error: this.unavailable },
    );
  }

  private wakeWhenDue(): void {
    clearTimeout(this.dueTimer);
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
    const now = await identityOf(this.options.directory).catch(() => undefined);
    if (now !== this.identity) this.passes.ask();
  }

  private pollContent(): void {
    this.contentToo = true;
    this.watch.retry();
    this.passes.ask();
  }

  private unavailableBecause(code: string): HotConfigUnavailableError {
    return new HotConfigUnavailableError(
      `Listing the directory "${this.options.directory}" failed (${code}); what was applied stays in force. ` +
        `Create it, or give this process permission to read it; it is tried again by itself.`,
    );
  }

  private watchProblem(code: string): FileSourceProblem {
    const message =
      `Watching the directory "${this.options.directory}" failed (${code}): changes are found by looking every ` +
      `${this.options.pollMs} ms. Raise fs.inotify.max_user_watches, fs.inotify.max_user_instances or the number of open files.`;
    return { file: this.options.directory, message };
  }
}
