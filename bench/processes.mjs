import { interruption } from '../harness/interruption.mjs';
import { ProcessSet } from '../harness/process-set.mjs';

/** @type {string[]} */
const lastLines = [];

/** The processes that are measured. */
export const set = new ProcessSet((name, line) => {
  lastLines.push(`${name} | ${line}`);
  if (lastLines.length > 30) lastLines.shift();
});

/** @param {string} step */
export function printStep(step) {
  console.error(`${step} …`);
}

/**
 * Runs a program that measures processes. The processes end when the program ends, and an error is printed below their last lines.
 *
 * @param {() => Promise<void>} work
 * @param {() => Promise<unknown>} [endOthers] ends the processes that are not in the set
 */
export async function run(work, endOthers = () => Promise.resolve()) {
  try {
    if ((await Promise.race([work(), interruption()])) === 'interrupted') process.exitCode = 130;
  } catch (error) {
    console.error([...lastLines, error instanceof Error ? error.message : String(error)].join('\n'));
    process.exitCode = 1;
  }
  await set.end();
  await endOthers();
  process.exit();
}
