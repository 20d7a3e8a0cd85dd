import { cp, rm } from 'node:fs/promises';

/** @import { NatsServer } from '../../../harness/nats-server.mjs' */
/** @import { Fault } from './index.mjs' */
/** @import { StoreFault } from '../plan-faults.mjs' */
/** @import { World } from '../world.mjs' */

const nothing = () => Promise.resolve();
const keyOf = (/** @type {string} */ target) => target.replace('key ', '');

/** Faults of the bucket and its disks. The loader must restore the documents. @type {Record<StoreFault, Fault>} */
export const storeFaults = {
  outage: {
    apply: (world) => onAllNodes(world, (node) => node.kill()),
    heal: (world) => onAllNodes(world, (node) => void node.start()),
  },
  'bucket-delete': { apply: (world) => world.view.deleteBucket(), heal: nothing },
  'bucket-purge': { apply: (world) => world.view.purge(), heal: nothing },
  'key-delete': { apply: (world, target) => world.view.deleteKey(keyOf(target)), heal: nothing },
  'key-purge': { apply: (world, target) => world.view.purge(keyOf(target)), heal: nothing },
  'disk-loss': {
    apply: (world, target) =>
      whileDown(world, target, (store) => rm(store, { recursive: true, force: true })),
    heal: start,
  },
  'disk-restore': {
    apply: async (world, target) => {
      await whileDown(world, target, (store) => cp(store, `${store}.backup`, { recursive: true }));
      await start(world, target);
    },
    heal: async (world, target) => {
      await whileDown(world, target, async (store) => {
        await rm(store, { recursive: true, force: true });
        await cp(`${store}.backup`, store, { recursive: true });
        await rm(`${store}.backup`, { recursive: true, force: true });
      });
      await start(world, target);
    },
  },
};

/** @param {World} world @param {(node: NatsServer) => Promise<void> | void} work */
async function onAllNodes(world, work) {
  const done = world.nodes.map(async (node) => work(node));
  world.noteStore();
  await Promise.all(done);
}

/** @param {World} world @param {string} target */
function start(world, target) {
  world.node(target).start();
  world.noteStore();
  return Promise.resolve();
}

/** @param {World} world @param {string} target @param {(store: string) => Promise<void>} work */
async function whileDown(world, target, work) {
  const node = world.node(target);
  await node.kill();
  world.noteStore();
  await work(node.storeDir);
}
