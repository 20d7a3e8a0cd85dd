import { processFaults } from './processes.mjs';
import { secondLoaderFaults } from './second-loader.mjs';
import { storeFaults } from './store.mjs';

/** @import { FaultKind } from '../plan-faults.mjs' */
/** @import { World } from '../world.mjs' */
/**
 * @typedef {object} Fault
 * @property {(world: World, target: string) => Promise<void>} apply
 * @property {(world: World, target: string) => Promise<void>} heal the repair that an operator would make: nothing when
 *   the loader and the services must recover on their own
 */

/** @type {Record<FaultKind, Fault>} */
export const faults = { ...processFaults, ...storeFaults, ...secondLoaderFaults };
