import { ProcessSet } from '../scripts/demo/process-set.mjs';

/** @type {string[]} */
const lastLines = [];

/** The processes that are measured. */
export const set = new ProcessSet((name, line) => {
  lastLines.push(`${name} | ${line}`);
  if (lastLines.length > 30) lastLines.shift();
});

/** @param {string} step */
export function tell(step) {
  console.error(`${step} …`);
}

/**
 * Runs a program that measures processes. However it ends, they end with it; an error is shown below what they printed last.
 *
 * @param {() => Promise<void>} work
 * @param {() => Promise<unknown>} [endOthers] ends what is not in the set
 */
export async function run(work, endOthers = () => Promise.resolve()) {
  const end = async (/** @type {number} */ code) => {
    await set.end();
    await endOthers();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void end(130));
  try {
    await work();
  } catch (error) {
    console.error([...lastLines, error instanceof Error ? error.message : String(error)].join('\n'));
    process.exitCode = 1;
  }
  await end(Number(process.exitCode ?? 0));
}
