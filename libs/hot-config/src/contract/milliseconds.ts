import { HotConfigSetupError } from './errors.js';

/** Node's timers fire at once when they are set to more: https://nodejs.org/api/timers.html */
const LONGEST = 2 ** 31 - 1;

/** @throws HotConfigSetupError unless it is a time that a timer can wait; undefined leaves the default in force */
export function checkMilliseconds(option: string, ms: number | undefined, least = 1): void {
  if (ms === undefined || (typeof ms === 'number' && ms >= least && ms <= LONGEST)) return;
  throw new HotConfigSetupError(`${option} must be a number of milliseconds from ${least} to ${LONGEST}.`);
}
