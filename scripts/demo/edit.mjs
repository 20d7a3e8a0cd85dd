import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../harness/replace-file.mjs';

/** @import { ServiceName } from '../../harness/apps.mjs' */

/**
 * Changes one place of a document and saves it as a careful editor does.
 *
 * @param {string} configs the folder of the documents
 * @param {ServiceName} name
 * @param {RegExp} place
 * @param {(found: string, ...groups: string[]) => string} replacement
 * @returns {Promise<number>} when it was saved
 */
export async function edit(configs, name, place, replacement) {
  const path = join(configs, `${name}.yaml`);
  const text = await readFile(path, 'utf8');
  if (!place.test(text)) throw new Error(`${path} has no line to change that matches ${place}.`);
  return replaceFile(path, text.replace(place, replacement), (await stat(path)).mode);
}

/** @param {string} configs @param {ServiceName} name @param {string} url */
export function editDatabase(configs, name, url) {
  return edit(configs, name, /^(\s*host:\s*)\S.*$/m, (_found, before) => `${before}${url}`);
}
