import { HotConfigSetupError, type SnapshotStore } from '../contract/index.js';
import { checkOptionNames, type OptionNames } from '../document/index.js';
import type { StartPolicy } from '../engine/index.js';
import { snapshotDirectory } from '../snapshot/index.js';
import type { HotConfigModuleOptions } from './options.js';

const OPTIONS: OptionNames<HotConfigModuleOptions> = {
  source: true,
  snapshot: true,
  startup: true,
  variables: true,
  pinRequests: true,
  hookTimeoutMs: true,
  shutdownGraceMs: true,
};
const STARTUP: OptionNames<StartPolicy> = { timeoutMs: true, fallback: true };
const SNAPSHOT: OptionNames<Parameters<typeof snapshotDirectory>[0]> = { directory: true };

/** Of `forRoot`, or of what the factory of `forRootAsync` gave. @throws HotConfigSetupError for an unknown option */
export function checkModuleOptions(options: HotConfigModuleOptions): void {
  checkOptionNames('HotConfigModule.forRoot', options, OPTIONS);
  if (options.startup !== undefined) checkOptionNames('startup', options.startup, STARTUP);
  storeOf(options.snapshot);
}

/** @throws HotConfigSetupError for what is neither a store nor names a directory */
export function storeOf(snapshot: HotConfigModuleOptions['snapshot']): SnapshotStore | undefined {
  if (snapshot === undefined || isStore(snapshot)) return snapshot;
  checkOptionNames('snapshot', snapshot, SNAPSHOT);
  if (typeof snapshot.directory === 'string' && snapshot.directory !== '') return snapshotDirectory(snapshot);
  throw new HotConfigSetupError(
    'snapshot.directory must be the name of a directory, where the last known good is kept.',
  );
}

function isStore(snapshot: object): snapshot is SnapshotStore {
  const { load, save } = snapshot as Partial<SnapshotStore>;
  return typeof load === 'function' && typeof save === 'function';
}
