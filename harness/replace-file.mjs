import { rename, writeFile } from 'node:fs/promises';

/**
 * Saves as a careful editor does: writes a temporary file beside the file and renames it over the file.
 *
 * @param {string} path
 * @param {string} text
 * @param {number} [mode] of the file
 * @returns {Promise<number>} when it was saved, by `Date.now()`
 */
export async function replaceFile(path, text, mode) {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, text, mode === undefined ? {} : { mode });
  const savedAt = Date.now();
  await rename(temporary, path);
  return savedAt;
}
