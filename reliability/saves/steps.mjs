/** @import { Random } from '../chaos/random.mjs' */

/**
 * What the visible file looks like in the middle of a save: it is empty; it looks cut off, because its last line
 * has no end, or because it is shorter than the document before, has fewer lines and ends with another one; it looks whole.
 *
 * @typedef {'empty' | 'cut off' | 'whole'} Look
 */
/**
 * One step of a writer, and how the visible file looks afterwards when the save is half done. Paths are below the
 * directory of the documents.
 *
 * @typedef {{ leaves?: Look } & (
 *   { do: 'open', path: string, flags: 'w' | 'r+' } |
 *   { do: 'write', text: string } |
 *   { do: 'truncate', length: number } |
 *   { do: 'close' } |
 *   { do: 'rename', from: string, to: string } |
 *   { do: 'link', target: string, path: string } |
 *   { do: 'remove', path: string } |
 *   { do: 'mkdir', path: string } |
 *   { do: 'pause', ms: number }
 * )} Step
 */
/**
 * @typedef {object} Save
 * @property {number} number
 * @property {string} text
 * @property {string | undefined} before the text that was published last, if it is known
 */

/** Milliseconds of the longest pause for each look of the file, well below the wait of the file source for that look. */
const longestPause = { empty: 600, 'cut off': 250, whole: 25, absent: 250 };

/**
 * Writes a file that the loader does not read yet.
 *
 * @param {string} path
 * @param {readonly string[]} chunks
 * @returns {Step[]}
 */
export function write(path, ...chunks) {
  return [
    { do: 'open', path, flags: 'w' },
    ...chunks.map((text) => /** @type {Step} */ ({ do: 'write', text })),
    { do: 'close' },
  ];
}

/**
 * Writes the visible file, with a pause after each chunk except the last.
 *
 * @param {Random} random
 * @param {string} path
 * @param {Save} save
 * @param {number} count of the chunks
 * @returns {Step[]}
 */
export function writeInChunks(random, path, save, count) {
  const chunks = chunksOf(random, save.text, count);
  const [last = ''] = chunks.splice(-1);
  let soFar = '';
  const halves = chunks.flatMap((text) => {
    const leaves = lookOf((soFar += text), save.before);
    return /** @type {Step[]} */ ([{ do: 'write', text, leaves }, pause(random, leaves)]);
  });
  return [
    { do: 'open', path, flags: 'w', leaves: 'empty' },
    ...halves,
    { do: 'write', text: last },
    { do: 'close' },
  ];
}

/** @param {Random} random @param {keyof typeof longestPause} leaves @returns {Step} */
export function pause(random, leaves) {
  // Most pauses are short.
  return { do: 'pause', ms: Math.round(random.next() ** 2 * longestPause[leaves]) };
}

/** @param {Random} random @param {Step} step */
export function maybe(random, step) {
  return random.chance(0.5) ? [step] : [];
}

/**
 * Cuts the text within the first number, after a line, or at any place.
 *
 * @param {Random} random
 * @param {string} text
 * @param {number} count
 */
function chunksOf(random, text, count) {
  const ways = [
    () => random.integer('pool: 1'.length, 'pool: 10000'.length),
    () => text.indexOf('\n', random.integer(0, text.length - 2)) + 1,
    () => random.integer(1, text.length - 1),
  ];
  const cuts = Array.from({ length: count - 1 }, () => random.pick(ways)()).filter(
    (cut) => cut < text.length,
  );
  const bounds = [...new Set([0, ...cuts, text.length])].toSorted((a, b) => a - b);
  return bounds.slice(1).map((bound, index) => text.slice(bounds[index], bound));
}

/** @param {string} part @param {string | undefined} before @returns {Look} */
function lookOf(part, before) {
  if (!part.endsWith('\n')) return 'cut off';
  if (before === undefined || part.length >= before.length) return 'whole';
  const [lines, linesBefore] = [part.split('\n'), before.split('\n')];
  return lines.length < linesBefore.length && lines.at(-2) !== linesBefore.at(-2) ? 'cut off' : 'whole';
}
