import { HotConfigSetupError } from '../contract/index.js';
import { nearestName } from './nearest-name.js';

/** Names every option of a type; the compiler reports a missing name. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Rejects misspelt options. Otherwise such an option would be ignored, and its default would apply.
 *
 * @param whose the function or class that takes the options, as `fileSource`
 * @throws HotConfigSetupError for an unknown option, and for options that are not an object. The message shows no value
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
