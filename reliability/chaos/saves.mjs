import { appendFile, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { replaceFile } from '../../harness/replace-file.mjs';

/** @import { SavedDocuments, Saved } from './saved-documents.mjs' */
/** @import { PlannedSave, SaveManner } from './plan-saves.mjs' */

/** Saves documents as editors, scripts and slow copies do. It saves one after the other, so that the newest is known. */
export class Saves {
  #savedDocuments;
  #directories;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {SavedDocuments} savedDocuments @param {string} directory */
  constructor(savedDocuments, directory) {
    this.#savedDocuments = savedDocuments;
    this.#directories = [directory];
  }

  /**
   * @param {Pick<PlannedSave, 'key' | 'kind' | 'manner' | 'pauseMs'>} save
   * @returns {Promise<Saved>} when its last byte is written
   */
  save({ key, kind, manner, pauseMs }) {
    return this.#inTurn(async () => {
      const saved = this.#savedDocuments.add(key, kind);
      for (const directory of this.#directories) {
        await this.#write(join(directory, `${key}.yaml`), saved, manner, pauseMs);
      }
      return saved;
    });
  }

  /**
   * @param {string} path
   * @param {Saved} saved
   * @param {SaveManner} manner
   * @param {number} pauseMs
   */
  async #write(path, { key, text }, manner, pauseMs) {
    switch (manner) {
      case 'in-place':
        return writeFile(path, text);
      case 'rename':
        return replaceFile(path, text);
      case 'deleted-and-made-again':
        await rm(path, { force: true });
        await sleep(pauseMs);
        return replaceFile(path, text);
      case 'half-written': {
        // The cut is within a line, because a part that ends with a whole line could be a valid document.
        const end = text.indexOf(': ', text.length / 2) + 3;
        const part = text.slice(0, end);
        const written = writeSlowly(path, part, text.slice(end), pauseMs);
        this.#savedDocuments.addPart(key, part, written);
        await written;
      }
    }
  }

  /** From now on, documents are saved into this folder too. @param {string} directory */
  mirror(directory) {
    return this.#inTurn(async () => {
      await mkdir(directory, { recursive: true });
      const [original = ''] = this.#directories;
      for (const name of await readdir(original)) await copyFile(join(original, name), join(directory, name));
      this.#directories = [original, directory];
    });
  }

  /** Stops saving into this folder, and removes it. @param {string} directory */
  unmirror(directory) {
    return this.#inTurn(async () => {
      this.#directories = this.#directories.filter((other) => other !== directory);
      await rm(directory, { recursive: true, force: true });
    });
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  #inTurn(work) {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * @param {string} path
 * @param {string} part
 * @param {string} rest
 * @param {number} pauseMs
 * @returns {Promise<number>} the milliseconds of the real pause, which is longer on a loaded machine
 */
async function writeSlowly(path, part, rest, pauseMs) {
  const start = performance.now();
  await writeFile(path, part);
  await sleep(pauseMs);
  await appendFile(path, rest);
  return performance.now() - start;
}
