// Somebody else's editor: does the steps that it is told, at their pace, and tells how long the file was left half done.
// A process of its own, so that it is preempted, and the reader not blocked, as in life.
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** @import { Look, Step } from './steps.mjs' */
/** @typedef {{ id: number, steps: readonly Step[] }} Order */
/** @typedef {{ id: number, ended: number, halfDone: Partial<Record<Look, number>> }} Done milliseconds */

const [directory = ''] = process.argv.slice(2);

process.on('disconnect', () => process.exit());
process.on('message', (order) => void save(/** @type {Order} */ (order)));

/** @param {Order} order */
async function save({ id, steps }) {
  /** @type {Done['halfDone']} */
  const halfDone = {};
  /** @type {{ look: Look, since: number } | undefined} */
  let left;
  let file = -1;
  for (const step of steps) {
    const before = now();
    if (step.do === 'pause') await sleep(step.ms);
    else file = take(step, file);
    if (step.do === 'pause' || step.do === 'close') continue;
    // From before the step to after the next one: rather too long than too short.
    if (left) halfDone[left.look] = Math.max(halfDone[left.look] ?? 0, now() - left.since);
    left = step.leaves && { look: step.leaves, since: before };
  }
  process.send?.(/** @satisfies {Done} */ ({ id, ended: now(), halfDone }));
}

/**
 * @param {Exclude<Step, { do: 'pause' }>} step
 * @param {number} file that is open
 */
function take(step, file) {
  switch (step.do) {
    case 'open':
      return fs.openSync(join(directory, step.path), step.flags);
    case 'write':
      fs.writeSync(file, step.text);
      return file;
    case 'truncate':
      fs.ftruncateSync(file, step.length);
      return file;
    case 'close':
      fs.closeSync(file);
      return -1;
    case 'rename':
      fs.renameSync(join(directory, step.from), join(directory, step.to));
      return file;
    case 'link':
      fs.symlinkSync(step.target, join(directory, step.path));
      return file;
    case 'mkdir':
      fs.mkdirSync(join(directory, step.path));
      return file;
    case 'remove':
      fs.rmSync(join(directory, step.path), { recursive: true, force: true });
      return file;
  }
}

/** By the machine's monotonic clock, which all processes share. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
