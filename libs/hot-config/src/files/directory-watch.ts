import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';
import { type Arrivals } from './arrivals.js';
import { codeOf } from './entry.js';
import { type Place } from './place.js';

/** Hears of changes in one directory, until that directory is another one. What it hears are hints; only a look decides. */
export class DirectoryWatch {
  private watcher: FSWatcher | undefined;
  private identity: string | undefined;
  private failure: string | undefined;

  constructor(
    private readonly arrivals: Arrivals,
    private readonly hint: () => void,
  ) {}

  /** The system's error code while changes are not announced: the watch limit is reached, for one. */
  get problem(): string | undefined {
    return this.failure;
  }

  /** Watches this directory from now on, or tries to again. True when it is not the one that was watched so far. */
  watch(place: Place): boolean {
    if (this.watcher !== undefined && this.identity === place.identity) return false;
    const another = this.identity !== place.identity;
    this.close();
    this.identity = place.identity;
    this.open(place.path);
    return another;
  }

  close(): void {
    this.watcher?.close();
    this.watcher = undefined;
    this.failure = undefined;
    this.arrivals.forget();
  }

  /** The directory's own watch tells of its files too, and outlives their replacement, which a watch of a file does not. */
  private open(path: string): void {
    try {
      this.watcher = watch(path, (event, name) => this.hear(event, name, basename(path)));
      this.watcher.on('error', (error) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  private hear(event: string, name: string | null, ownName: string): void {
    // Without a name it may have been any.
    if (name === null) this.arrivals.forget();
    else this.arrivals.note(event, name);
    // An event of the directory under its own name: it was moved, or removed and perhaps recreated.
    if (event === 'rename' && name === ownName) this.identity = undefined;
    this.hint();
  }

  private fail(error: unknown): void {
    this.close();
    this.failure = codeOf(error);
  }
}
