/** @import { Fault } from './index.mjs' */
/** @import { TwinFault } from '../plan-faults.mjs' */

/** Two loaders at once, as while a deployment rolls over. @type {Record<TwinFault, Fault>} */
export const twinFaults = {
  twin: { apply: (world) => world.addTwin(false), heal: (world) => world.removeTwin() },
  'twin-on-a-copy': { apply: (world) => world.addTwin(true), heal: (world) => world.removeTwin() },
};
