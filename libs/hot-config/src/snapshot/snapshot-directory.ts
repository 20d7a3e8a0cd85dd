import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HotConfigSnapshotError, type SnapshotStore, type StoredSnapshot } from '../contract/index.js';
import { fromText, toText } from './snapshot-format.js';

export interface SnapshotDirectoryOptions {
  /** Made with mode 0700 when it is missing. Several services may share it: each key has a file of its own. */
  readonly directory: string;
}

/** Keeps the last known good of each key in `<directory>/<key>.snapshot.json`, mode 0600. */
export function snapshotDirectory(options: SnapshotDirectoryOptions): SnapshotStore {
  return new SnapshotDirectory(options.directory);
}

class SnapshotDirectory implements SnapshotStore {
  readonly name: string;
  private readonly newest = new Map<string, StoredSnapshot>();
  private readonly writing = new Map<string, Promise<void>>();

  constructor(private readonly directory: string) {
    this.name = directory;
  }

  async load(key: string): Promise<StoredSnapshot | undefined> {
    const file = this.fileOf(key);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw untrusted(key, file, `it cannot be read (${String((cause as NodeJS.ErrnoException).code)})`, cause);
    }
    const result = fromText(text, key);
    if ('problem' in result) throw untrusted(key, file, result.problem);
    return result.snapshot;
  }

  /** One write at a time for a key; of the snapshots that come meanwhile only the newest is written. */
  async save(snapshot: StoredSnapshot): Promise<void> {
    const { key } = snapshot;
    this.newest.set(key, snapshot);
    const before = this.writing.get(key);
    const turn = (before ?? Promise.resolve()).catch(() => undefined).then(() => this.writeNewest(key));
    this.writing.set(key, turn);
    try {
      await turn;
    } finally {
      if (this.writing.get(key) === turn) this.writing.delete(key);
    }
  }

  private async writeNewest(key: string): Promise<void> {
    const snapshot = this.newest.get(key);
    if (!snapshot) return;
    this.newest.delete(key);
    const file = this.fileOf(key);
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await replace(file, toText(snapshot), this.directory);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw new HotConfigSnapshotError(
        `The last known good of "${key}" could not be saved to ${file} (${code}). What is served is not affected, but a restart ` +
          'without the store would have an older value or none. Make the directory writable.',
        { key, revision: snapshot.revision, cause },
      );
    }
  }

  private fileOf(key: string): string {
    return join(this.directory, `${key}.snapshot.json`);
  }
}

/** Either the old file or the new one, whole, also after a power failure: temp, fsync, rename, fsync of the directory. */
async function replace(file: string, text: string, directory: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(directory, 'r');
  // Not every file system can sync a directory; the content itself is safe by now.
  await folder.sync().catch(() => undefined);
  await folder.close();
}

function untrusted(key: string, file: string, problem: string, cause?: unknown): HotConfigSnapshotError {
  return new HotConfigSnapshotError(
    `The last known good of "${key}" in ${file} is ignored: ${problem}. Delete it, or let the next good document replace it.`,
    { key, cause },
  );
}
