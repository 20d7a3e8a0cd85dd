// Outlives its parent by a moment. Its standard input ends when the parent ends, by whatever cause, SIGKILL and a closed
// terminal included. Then it ends the processes that the parent left running, and removes the folder of the parent.
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup } from './child.mjs';

const [directory] = process.argv.slice(2);
/** @type {Set<number>} */
const running = new Set();

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (!Number.isInteger(pid)) continue;
  if (line.startsWith('+')) running.add(pid);
  else running.delete(pid);
}

for (const pid of running) signalGroup(pid, 'SIGTERM');
for (let waited = 0; waited < 10_000 && [...running].some(isRunning); waited += 100) await sleep(100);
for (const pid of running) signalGroup(pid, 'SIGKILL');
if (directory) await rm(directory, { recursive: true, force: true, maxRetries: 5 });

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
