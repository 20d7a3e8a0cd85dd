/** @import { Fault } from './index.mjs' */
/** @import { ProcessFault } from '../plan-faults.mjs' */
/** @import { World } from '../world.mjs' */

/** @type {Record<ProcessFault, Fault>} */
export const processFaults = {
  kill: {
    apply: (world, target) => after(world, world.program(target).kill()),
    heal: (world, target) => after(world, world.program(target).start()),
  },
  pause: {
    apply: (world, target) => after(world, world.program(target).pause()),
    heal: (world, target) => after(world, world.program(target).resume()),
  },
  restart: {
    apply: (world, target) => after(world, world.program(target).restart()),
    heal: () => Promise.resolve(),
  },
};

/**
 * @param {World} world
 * @param {Promise<void> | void} work
 */
async function after(world, work) {
  world.noteStore();
  await work;
  world.noteStore();
}
