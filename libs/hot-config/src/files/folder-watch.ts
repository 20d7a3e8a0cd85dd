import { basename, resolve } from 'node:path';
import { FSWatcher } from 'chokidar';
import { pause } from '../async/back-off.js';
import { errorCode } from '../contract/index.js';
import { type EventHistory } from './event-history.js';
import { type Location } from './location.js';
import { hasOrderedEvents } from './rename-detection.js';

/** Milliseconds. A scan waits no longer for a watch to be at work; a later one asks for another scan. */
const longestArmingMs = 2_000;

/**
 * Watches one folder; re-arms when the path leads to another inode. Its events only ask for a scan, and are recorded for the
 * proof of a rename. A watch of a folder announces its files and outlives their replacement, which a watch of a file does not.
 */
export class FolderWatch {
  /** The system's error code while changes are not announced: the watch limit is reached, for one. */
  problem: string | undefined;
  /** Whether chokidar looks at every file again and again, by option or environment, instead of waiting for events. */
  polls = false;
  private watcher: FSWatcher | undefined;
  private target: string | undefined;
  private arming: { readonly done: Promise<void>; readonly end: AbortController } | undefined;

  constructor(
    /** The folder's name in the history. */
    private readonly folder: string,
    private readonly polling: boolean,
    private readonly history: EventHistory,
    private readonly hint: () => void,
  ) {}

  /** Resolves when changes are announced from now on, or cannot be. Also tries again what failed before. */
  async arm({ path, identity }: Location): Promise<void> {
    const target = `${identity} ${path}`;
    if (this.watcher === undefined || this.target !== target) {
      this.close();
      this.target = target;
      this.open(path);
    }
    await this.arming?.done;
  }

  close(): void {
    // chokidar may still be listing the folder, and an error without a listener would end the process.
    void this.watcher?.close();
    this.watcher?.on('error', () => undefined);
    this.watcher = undefined;
    this.arming?.end.abort();
    this.history.forget(this.folder);
  }

  private open(path: string): void {
    const watcher: FSWatcher = new FSWatcher({
      depth: 0,
      ignoreInitial: true,
      // Would ignore a folder whose path looks like an editor's leftover.
      atomic: false,
      // Holds no process that has nothing else to do. Elsewhere chokidar catches a watch's late errors only if it persists.
      persistent: !hasOrderedEvents,
      usePolling: this.polling,
      // Polling sees only the files that it looks at; CHOKIDAR_USEPOLLING decides after the option.
      ignored: (_path, stats) => stats !== undefined && !stats.isDirectory() && !watcher.options.usePolling,
    });
    const end = new AbortController();
    this.watcher = watcher;
    this.polls = watcher.options.usePolling;
    this.arming = {
      end,
      done: pause(longestArmingMs, end.signal).then(() => this.hintOnceArmed(watcher, end)),
    };
    watcher.on('raw', (event, name, details) => this.receive(path, event, name, details));
    watcher.on('error', (error) => this.fail(error));
    watcher.once('ready', () => {
      this.problem = undefined;
      end.abort();
    });
    watcher.add(path);
  }

  private hintOnceArmed(watcher: FSWatcher, { signal }: AbortController): void {
    if (!signal.aborted) watcher.once('ready', this.hint);
  }

  private receive(path: string, event: string, name: string | null, details: unknown): void {
    const { watchedPath } = details as { readonly watchedPath?: string };
    // Polling says not what happened to which name; without a name it may have been any.
    if (watchedPath === undefined || name === null) this.history.forget(this.folder);
    else if (resolve(watchedPath) === path) this.history.record(event, { folder: this.folder, name });
    else return;
    // An event of the folder under its own name: it was moved, or removed and perhaps recreated.
    if (event === 'rename' && name === basename(path)) this.target = undefined;
    this.hint();
  }

  private fail(error: unknown): void {
    this.close();
    this.problem = errorCode(error);
  }
}
