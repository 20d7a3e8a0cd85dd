import { apps, keys, nodes } from './participants.mjs';

/** @import { Topology } from './participants.mjs' */
/** @import { Random } from './random.mjs' */
/** @typedef {'kill' | 'pause' | 'restart'} ProcessFault */
/** @typedef {'outage' | 'bucket-delete' | 'bucket-purge' | 'key-delete' | 'key-purge' | 'disk-loss' | 'disk-restore'} StoreFault */
/** @typedef {'second-loader' | 'second-loader-on-a-copy'} SecondLoaderFault */
/** @typedef {ProcessFault | StoreFault | SecondLoaderFault} FaultKind */
/** @typedef {{ at: number, kind: FaultKind, target: string, forMs: number }} PlannedFault milliseconds in the round */

/**
 * The weight of each fault on a store, and its possible targets. A fault without a weight does not happen on that store.
 *
 * @type {Record<FaultKind, { single: number, cluster?: number, targets: (nodes: readonly string[]) => readonly string[] }>}
 */
const kinds = {
  kill: { single: 6, cluster: 6, targets: (nodes) => [...nodes, 'loader', ...apps] },
  pause: { single: 6, cluster: 6, targets: (nodes) => [...nodes, 'loader', ...apps] },
  restart: { single: 4, cluster: 4, targets: (nodes) => [...nodes, 'loader', ...apps] },
  outage: { single: 3, cluster: 1, targets: () => ['store'] },
  'bucket-delete': { single: 2, cluster: 2, targets: () => ['bucket'] },
  'bucket-purge': { single: 2, cluster: 2, targets: () => ['bucket'] },
  'key-delete': { single: 2, cluster: 2, targets: () => Object.keys(keys).map((key) => `key ${key}`) },
  'key-purge': { single: 1, targets: () => Object.keys(keys).map((key) => `key ${key}`) },
  'disk-loss': { single: 2, cluster: 3, targets: (nodes) => nodes },
  'disk-restore': { single: 2, targets: (nodes) => nodes },
  'second-loader': { single: 1.5, cluster: 1, targets: () => ['second-loader'] },
  'second-loader-on-a-copy': { single: 1.5, cluster: 1, targets: () => ['second-loader'] },
};

/** @param {Topology} topology @returns {Partial<Record<FaultKind, number>>} */
function weightsOf(topology) {
  return Object.fromEntries(Object.entries(kinds).map(([kind, of]) => [kind, of[topology] ?? 0]));
}

/** In one round the outage is longer than the bound of the chaos service, and in another round longer than all bounds. */
const longOutages = [
  { every: 9, on: 6, forMs: 18_000 },
  { every: 60, on: 40, forMs: 84_000 },
];

/** @param {Random} random @param {Topology} topology @param {number} number */
export function planFaults(random, topology, number) {
  /** @type {PlannedFault[]} */
  const faults = [];
  const long = longOutages.findLast(({ every, on }) => number % every === on);
  if (long) faults.push({ at: 300, kind: 'outage', target: 'store', forMs: long.forMs });
  const used = new Set(long ? ['store', ...nodes[topology]] : []);
  const count = random.integer(1, 4);
  for (let n = 0; n < count; n++) {
    const kind = random.weighted(weightsOf(topology));
    const target = random.pick(kinds[kind].targets(nodes[topology]));
    const fault = { at: random.integer(0, 2_000), kind, target, forMs: random.integer(300, 3_500) };
    if (used.has(target) || (touchesStore(kind, target) && !mayTouchStore(used, topology, kind))) continue;
    used.add(target);
    if (kind.startsWith('disk')) used.add('disk');
    faults.push(fault);
  }
  return faults.sort((a, b) => a.at - b.at);
}

/** @param {FaultKind} kind @param {string} target */
function touchesStore(kind, target) {
  return kind === 'outage' || target.startsWith('nats');
}

/**
 * A cluster loses acknowledged writes when a disk is lost while another node is down, so no round does both. An outage stops all
 * nodes.
 *
 * @param {Set<string>} used
 * @param {Topology} topology
 * @param {FaultKind} kind
 */
function mayTouchStore(used, topology, kind) {
  const others = nodes[topology].some((node) => used.has(node));
  if (used.has('store') || (kind === 'outage' && others)) return false;
  return !used.has('disk') && !(kind.startsWith('disk') && others);
}
