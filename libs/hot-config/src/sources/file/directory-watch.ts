import { basename, resolve } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { type Arrivals } from './arrivals.js';
import { codeOf } from './entry.js';

/** Hears of changes in one directory, until that directory is another one. What it hears are hints; only a look decides. */
export class DirectoryWatch {
  private watcher: FSWatcher | undefined;
  private identity: string | undefined;
  private failure: string | undefined;

  constructor(
    private readonly arrivals: Arrivals,
    private readonly hint: () => void,
  ) {}

  /** The system's error code when not every change is announced: the watch limit is reached, or there is no watch. */
  get problem(): string | undefined {
    return this.failure;
  }

  /** Watches the directory that is at this path now. True when that is not the one that was watched so far. */
  watch(path: string, identity: string): boolean {
    if (this.watcher !== undefined && this.identity === identity) return false;
    const another = this.identity !== identity;
    this.close();
    this.identity = identity;
    this.watcher = this.open(path);
    return another;
  }

  /** Watches anew at the next `watch`, for the same directory, if something kept this watch from being complete. */
  retry(): void {
    if (this.failure !== undefined) this.close();
  }

  close(): void {
    this.arrivals.forget();
    this.failure = undefined;
    if (this.watcher === undefined) return;
    endThrottles(this.watcher);
    // All of it happens in the call; the promise is for closers that this watcher does not have.
    void this.watcher.close();
    this.watcher = undefined;
  }

  private open(path: string): FSWatcher {
    const watcher = watch(path, {
      depth: 0,
      ignoreInitial: true,
      // The directory's own watch tells of its files too. A second watch on each file costs one of the system's watches
      // each, and lets chokidar start timers, or even watch again, after `close` when a file was just removed.
      ignored: (seen) => resolve(seen) !== path,
      // It holds deletions back by 100 ms. (`awaitWriteFinish`, not set, costs its threshold on every save.)
      atomic: false,
    });
    // Only raw events tell a rename from a change. They come at once and for every change; chokidar's
    // own come later, and not for files that it ignores.
    watcher.on('raw', (event, name, details) => {
      this.note(path, event, name, details);
      this.hint();
    });
    // What happened before the watch was complete was not announced.
    watcher.on('ready', () => {
      this.arrivals.forget();
      this.hint();
    });
    watcher.on('error', (error) => this.fail(error));
    return watcher;
  }

  private note(path: string, event: string, name: unknown, details: unknown): void {
    const watched =
      typeof details === 'object' && details !== null && 'watchedPath' in details && details.watchedPath;
    if (typeof watched !== 'string' || resolve(watched) !== path) return;
    // Without a name it may have been any.
    if (typeof name !== 'string') return this.arrivals.forget();
    this.arrivals.note(event, name);
    // An event of the directory under its own name: it was moved, or removed and perhaps made anew.
    if (event === 'rename' && name === basename(path)) this.identity = undefined;
  }

  private fail(error: unknown): void {
    const code = codeOf(error);
    // Everything else is about single files, which every look judges by itself.
    if (['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM'].includes(code)) this.failure = code;
    this.hint();
  }
}

/** chokidar's `close` forgets its throttles without ending their timers, which keep a process alive for up to a second. */
function endThrottles(watcher: FSWatcher): void {
  for (const throttles of watcher._throttled.values()) {
    for (const throttle of [...throttles.values()] as { clear?: () => void }[]) throttle.clear?.();
  }
}
