import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** @type {() => void} */
const collectGarbage = runInNewContext('gc');

/**
 * What a process holds on to. Handles are what keeps the event loop alive, by kind: timers, sockets, files, watches.
 *
 * @typedef {object} Footprint
 * @property {number} heapBytes in use after garbage collection
 * @property {Record<string, number>} handles
 */

/** @returns {Promise<Footprint>} */
export async function footprint() {
  // What one collection frees can be what kept something else; finalizers and closed handles need a turn of the loop.
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  /** @type {Record<string, number>} */
  const handles = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  return { heapBytes: process.memoryUsage().heapUsed, handles };
}
