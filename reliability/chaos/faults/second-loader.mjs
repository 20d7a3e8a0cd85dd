/** @import { Fault } from './index.mjs' */
/** @import { SecondLoaderFault } from '../plan-faults.mjs' */

/** Two loaders at the same time, as during a rolling deployment. @type {Record<SecondLoaderFault, Fault>} */
export const secondLoaderFaults = {
  'second-loader': {
    apply: (world) => world.addSecondLoader(false),
    heal: (world) => world.removeSecondLoader(),
  },
  'second-loader-on-a-copy': {
    apply: (world) => world.addSecondLoader(true),
    heal: (world) => world.removeSecondLoader(),
  },
};
