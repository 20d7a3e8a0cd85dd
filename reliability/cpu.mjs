import { readFileSync } from 'node:fs';

/** The processor time of this thread, on Linux only. Elsewhere that of the process is used, compiler and collector included. */
const ofThread = '/proc/thread-self/schedstat';

/** @returns {number} milliseconds of processor time, which a busy machine stretches less than it does the clock */
function cpuMs() {
  try {
    return Number(readFileSync(ofThread, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e3;
  }
}

/**
 * The least processor time that the work needs, tried again only while it is more than `enough`: a busy machine and a cold
 * compiler add to a single measurement, and nothing takes away from it.
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
