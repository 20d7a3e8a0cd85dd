import { processFaults } from './processes.mjs';
import { secondLoaderFaults } from './second-loader.mjs';
import { storeFaults } from './store.mjs';

/** @import { FaultKind } from '../plan-faults.mjs' */
/** @import { World } from '../world.mjs' */
/**
 * @typedef {object} Fault
 * @property {(world: World, target: string) => Promise<void>} apply
 * @property {(world: World, target: string) => Promise<void>} heal what the world itself would do to mend it: nothing, where
 *   the loader and the services must
 */

/** @type {Record<FaultKind, Fault>} */
export const faults = { ...processFaults, ...storeFaults, ...secondLoaderFaults };
