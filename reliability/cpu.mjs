import { readFileSync } from 'node:fs';

/** The processor time of this thread, on Linux only. Elsewhere it is the time of the process, with compiler and garbage collector. */
const ofThread = '/proc/thread-self/schedstat';

/** @returns {number} milliseconds of processor time, which grows less on a busy machine than elapsed time */
function cpuMs() {
  try {
    return Number(readFileSync(ofThread, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e3;
  }
}

/**
 * The least processor time of several attempts. An attempt is repeated only while it takes more than `enough`, because a busy machine
 * and a cold compiler can only add to a measurement.
 *
 * @param {() => void} work
 * @param {number} enough milliseconds
 */
export function leastCpuMs(work, enough, attempts = 30) {
  let least = Infinity;
  for (let attempt = 0; attempt < attempts && least > enough; attempt += 1) {
    const before = cpuMs();
    work();
    least = Math.min(least, cpuMs() - before);
  }
  return least;
}
