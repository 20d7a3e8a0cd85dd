/** @import { Program } from '../../../harness/program.mjs' */
/** @import { Fault } from './index.mjs' */
/** @import { ProcessFault } from '../plan-faults.mjs' */
/** @import { World } from '../world.mjs' */

/** @type {Record<ProcessFault, Fault>} */
export const processFaults = {
  kill: {
    apply: (world, target) => after(world, world.program(target).kill()),
    heal: (world, target) => after(world, void world.program(target).start()),
  },
  pause: {
    apply: (world, target) => after(world, world.program(target).pause()),
    heal: (world, target) => after(world, world.program(target).resume()),
  },
  restart: {
    apply: (world, target) => after(world, restart(world.program(target))),
    heal: () => Promise.resolve(),
  },
};

/** @param {Program} program */
async function restart(program) {
  await program.end();
  program.start();
}

/** @param {World} world @param {Promise<void> | void} work */
async function after(world, work) {
  world.noteStore();
  await work;
  world.noteStore();
}
