import { parseArgs } from 'node:util';

/** @typedef {Record<string, string | number | boolean>} Defaults */

/**
 * The options of a command. `--help` prints the usage and ends the process. Invalid options print it too, and end the process with
 * exit code 2.
 *
 * @template {Defaults} T
 * @param {string} usage
 * @param {T} defaults by name; a number stands for a whole number from 1, true or false for a flag
 * @returns {T}
 */
export function commandLine(usage, defaults) {
  try {
    const given = parse(defaults);
    if (given.help) {
      console.log(usage);
      process.exit();
    }
    return { ...defaults, .../** @type {Partial<T>} */ (given.options) };
  } catch (error) {
    return endWithUsage(error instanceof Error ? error.message : String(error), usage);
  }
}

/** @param {string} problem @param {string} usage @returns {never} */
export function endWithUsage(problem, usage) {
  console.error(`${problem}\n\n${usage}`);
  process.exit(2);
}

/** @param {Defaults} defaults @returns {{ help: boolean, options: Partial<Defaults> }} */
function parse(defaults) {
  /** @type {Record<string, { type: 'string' | 'boolean', short?: string }>} */
  const options = { help: { type: 'boolean', short: 'h' } };
  for (const [name, value] of Object.entries(defaults))
    options[name] = { type: typeof value === 'boolean' ? 'boolean' : 'string' };
  const { help, ...given } = parseArgs({ options }).values;
  const entries = Object.entries(given).map(([name, value]) => {
    if (typeof defaults[name] !== 'number') return [name, value];
    const number = Number(value);
    if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number from 1.`);
    return [name, number];
  });
  return { help: help === true, options: Object.fromEntries(entries) };
}
