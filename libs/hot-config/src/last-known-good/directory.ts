import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  errorCode,
  HotConfigLastKnownGoodError,
  type LastKnownGoodDocument,
  type LastKnownGoodStore,
} from '../contract/index.js';
import { fromText, toText } from './format.js';
import { replaceFile, sweepLeftovers } from './replace-file.js';

export interface LastKnownGoodDirectoryOptions {
  /** Created with mode 0700 when it is missing. Several services may share it: each key has a file of its own. */
  readonly directory: string;
}

/** Keeps the last known good of each key in `<directory>/<key>.last-known-good.json`, mode 0600. */
export function lastKnownGoodDirectory({ directory }: LastKnownGoodDirectoryOptions): LastKnownGoodStore {
  return new LastKnownGoodDirectory(directory);
}

/** The keys that are valid file names: no key leads out of the directory. */
const FILE_NAME = /^[\w-][\w.-]*$/;

class LastKnownGoodDirectory implements LastKnownGoodStore {
  readonly name: string;
  private swept = false;

  constructor(private readonly directory: string) {
    this.name = directory;
  }

  async load(key: string): Promise<LastKnownGoodDocument | undefined> {
    const file = this.fileOf(key);
    let text: string;
    try {
      // Opening a pipe would wait for a writer.
      if (!(await stat(file)).isFile()) throw untrusted(key, file, 'it is not a regular file');
      text = await readFile(file, 'utf8');
    } catch (cause) {
      if (cause instanceof HotConfigLastKnownGoodError) throw cause;
      if (errorCode(cause) === 'ENOENT') return undefined;
      throw untrusted(key, file, `it cannot be read (${errorCode(cause)})`, cause);
    }
    const result = fromText(text, key);
    if ('problem' in result) throw untrusted(key, file, result.problem);
    return result.stored;
  }

  async save(stored: LastKnownGoodDocument): Promise<void> {
    const { key, revision } = stored;
    const file = this.fileOf(key);
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await replaceFile(this.directory, file, toText(stored));
    } catch (cause) {
      throw new HotConfigLastKnownGoodError(
        `The last known good of "${key}", revision ${revision}, could not be saved to ${file} (${errorCode(cause)}). What is served is not affected, but a restart ` +
          'without the store would have an older value or none. Make the directory writable.',
        { key, revision, cause },
      );
    }
    if (!this.swept) await sweepLeftovers(this.directory);
    this.swept = true;
  }

  private fileOf(key: string): string {
    if (FILE_NAME.test(key)) return join(this.directory, `${key}.last-known-good.json`);
    throw new HotConfigLastKnownGoodError(
      `${JSON.stringify(key)} cannot name a file in ${this.directory}: it is not a valid key. Nothing was read or written.`,
    );
  }
}

function untrusted(key: string, file: string, problem: string, cause?: unknown): HotConfigLastKnownGoodError {
  return new HotConfigLastKnownGoodError(
    `The last known good of "${key}" in ${file} is ignored: ${problem}. Delete it, or let the next good document replace it.`,
    { key, cause },
  );
}
