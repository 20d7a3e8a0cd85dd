import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** @type {() => void} */
const collectGarbage = runInNewContext('gc');

/**
 * The memory and the handles of a process. Handles keep the event loop alive: timers, sockets, files, watches, counted by kind.
 *
 * @typedef {object} Footprint
 * @property {number} heapBytes in use after garbage collection
 * @property {Record<string, number>} handles
 */

/** @returns {Promise<Footprint>} */
export async function footprint() {
  // Several rounds: freed objects may have kept others, and finalizers and closed handles need a turn of the loop.
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  /** @type {Record<string, number>} */
  const handles = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  return { heapBytes: process.memoryUsage().heapUsed, handles };
}
