import { HotConfigSetupError, type LastKnownGoodStore } from '../contract/index.js';
import { checkOptionNames, type OptionNames } from '../document/index.js';
import type { StartPolicy } from '../engine/index.js';
import { lastKnownGoodDirectory } from '../last-known-good/index.js';
import type { HotConfigModuleOptions } from './options.js';

const OPTIONS: OptionNames<HotConfigModuleOptions> = {
  source: true,
  lastKnownGood: true,
  startup: true,
  variables: true,
  pinRequests: true,
  hookTimeoutMs: true,
  shutdownGraceMs: true,
};
const STARTUP: OptionNames<StartPolicy> = { timeoutMs: true, fallback: true };
const LAST_KNOWN_GOOD: OptionNames<Parameters<typeof lastKnownGoodDirectory>[0]> = { directory: true };

/** For the options of `forRoot` and of the factory of `forRootAsync`. @throws HotConfigSetupError for an unknown option */
export function checkModuleOptions(options: HotConfigModuleOptions): void {
  checkOptionNames('HotConfigModule.forRoot', options, OPTIONS);
  if (options.startup !== undefined) checkOptionNames('startup', options.startup, STARTUP);
  storeOf(options.lastKnownGood);
}

/** @throws HotConfigSetupError when the option is neither a store nor names a directory */
export function storeOf(
  lastKnownGood: HotConfigModuleOptions['lastKnownGood'],
): LastKnownGoodStore | undefined {
  if (lastKnownGood === undefined || isStore(lastKnownGood)) return lastKnownGood;
  checkOptionNames('lastKnownGood', lastKnownGood, LAST_KNOWN_GOOD);
  if (typeof lastKnownGood.directory === 'string' && lastKnownGood.directory !== '')
    return lastKnownGoodDirectory(lastKnownGood);
  throw new HotConfigSetupError(
    'lastKnownGood.directory must be the name of a directory, where the last known good is kept.',
  );
}

function isStore(lastKnownGood: object): lastKnownGood is LastKnownGoodStore {
  const { load, save } = lastKnownGood as Partial<LastKnownGoodStore>;
  return typeof load === 'function' && typeof save === 'function';
}
