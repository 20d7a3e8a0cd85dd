// Plays an editor: performs the steps that it receives, with their pauses, and reports how long the file was half done.
// It is a separate process, so that the system can preempt it and the reader is not blocked.
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
  const open = { file: -1 };
  for (const step of steps) {
    const before = now();
    if (step.do === 'pause') await sleep(step.ms);
    else perform(step, open);
    if (step.do === 'pause' || step.do === 'close') continue;
    // Measured from before the step to after the next step, so the time is never too short.
    if (left) halfDone[left.look] = Math.max(halfDone[left.look] ?? 0, now() - left.since);
    left = step.leaves && { look: step.leaves, since: before };
  }
  process.send?.(/** @satisfies {Done} */ ({ id, ended: now(), halfDone }));
}

/** @param {Exclude<Step, { do: 'pause' }>} step @param {{ file: number }} open the file that this save has open */
function perform(step, open) {
  const at = (/** @type {string} */ path) => join(directory, path);
  switch (step.do) {
    case 'open':
      open.file = fs.openSync(at(step.path), step.flags);
      return;
    case 'write':
      return void fs.writeSync(open.file, step.text);
    case 'truncate':
      return fs.ftruncateSync(open.file, step.length);
    case 'close':
      return fs.closeSync(open.file);
    case 'rename':
      return fs.renameSync(at(step.from), at(step.to));
    case 'link':
      return fs.symlinkSync(step.target, at(step.path));
    case 'mkdir':
      return fs.mkdirSync(at(step.path));
    case 'remove':
      return fs.rmSync(at(step.path), { recursive: true, force: true });
  }
}

/** By the machine's monotonic clock, which all processes share. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
