import { cp, rm } from 'node:fs/promises';

/** @import { Fault } from './index.mjs' */
/** @import { StoreFault } from '../plan-faults.mjs' */
/** @import { World } from '../world.mjs' */

const nothing = () => Promise.resolve();
const keyOf = (/** @type {string} */ target) => target.replace('key ', '');

/** What somebody does to the bucket or its disk. The loader must mend it. @type {Record<StoreFault, Fault>} */
export const storeFaults = {
  outage: {
    apply: (world) => inTurn(world, (program) => program.kill()),
    heal: (world) => inTurn(world, (program) => program.start()),
  },
  'bucket-delete': { apply: (world) => world.view.deleteBucket(), heal: nothing },
  'bucket-purge': { apply: (world) => world.view.purge(), heal: nothing },
  'key-delete': { apply: (world, target) => world.view.deleteKey(keyOf(target)), heal: nothing },
  'key-purge': { apply: (world, target) => world.view.purge(keyOf(target)), heal: nothing },
  'disk-loss': {
    apply: (world, target) =>
      whileDown(world, target, (store) => rm(store, { recursive: true, force: true })),
    heal: async (world, target) => {
      world.program(target).start();
      world.noteStore();
      return Promise.resolve();
    },
  },
  'disk-restore': {
    apply: async (world, target) => {
      await whileDown(world, target, (store) => cp(store, `${store}.backup`, { recursive: true }));
      world.program(target).start();
      world.noteStore();
    },
    heal: async (world, target) => {
      await whileDown(world, target, async (store) => {
        await rm(store, { recursive: true, force: true });
        await cp(`${store}.backup`, store, { recursive: true });
        await rm(`${store}.backup`, { recursive: true, force: true });
      });
      world.program(target).start();
      world.noteStore();
    },
  },
};

/**
 * @param {World} world
 * @param {(program: import('../program.mjs').Program) => Promise<void> | void} work
 */
async function inTurn(world, work) {
  const done = world.nodes.map(async ({ program }) => work(program));
  world.noteStore();
  await Promise.all(done);
}

/**
 * @param {World} world
 * @param {string} target
 * @param {(store: string) => Promise<void>} work
 */
async function whileDown(world, target, work) {
  const { program, store } = world.node(target);
  await program.kill();
  world.noteStore();
  await work(store);
}
