import { HotConfigSetupError } from '../contract/index.js';
import { nearestName } from './nearest-name.js';

/** Every option of a type: the compiler finds one that is left out. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * A misspelt option would be ignored, and the default be in force.
 *
 * @param whose what takes the options: `fileSource`
 * @throws HotConfigSetupError for an unknown option, or anything but an object. Shows no value
 */
export function checkOptionNames<Options>(
  whose: string,
  options: unknown,
  known: OptionNames<Options>,
): asserts options is object {
  const names = Object.keys(known);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new HotConfigSetupError(`${whose} takes an object with the options ${names.join(', ')}.`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const meant = nearestName(unknown, names);
  const hint =
    meant === undefined ? `There are ${names.join(', ')}` : `Did you mean ${JSON.stringify(meant)}?`;
  throw new HotConfigSetupError(`${whose} has no option ${JSON.stringify(unknown)}. ${hint}`);
}
