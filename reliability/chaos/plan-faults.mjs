import { apps, keys, nodes } from './participants.mjs';

/** @import { Topology } from './participants.mjs' */
/** @import { Random } from './random.mjs' */
/** @typedef {'kill' | 'pause' | 'restart'} ProcessFault */
/** @typedef {'outage' | 'bucket-delete' | 'bucket-purge' | 'key-delete' | 'key-purge' | 'disk-loss' | 'disk-restore'} StoreFault */
/** @typedef {'second-loader' | 'second-loader-on-a-copy'} SecondLoaderFault */
/** @typedef {ProcessFault | StoreFault | SecondLoaderFault} FaultKind */
/** @typedef {{ at: number, kind: FaultKind, target: string, forMs: number }} PlannedFault milliseconds in the round */

/** How often each fault comes, beside the others. @type {Record<Topology, Partial<Record<FaultKind, number>>>} */
const weights = {
  single: {
    kill: 6,
    pause: 6,
    restart: 4,
    outage: 3,
    'bucket-delete': 2,
    'bucket-purge': 2,
    'key-delete': 2,
    'key-purge': 1,
    'disk-loss': 2,
    'disk-restore': 2,
    'second-loader': 1.5,
    'second-loader-on-a-copy': 1.5,
  },
  cluster: {
    kill: 6,
    pause: 6,
    restart: 4,
    outage: 1,
    'bucket-delete': 2,
    'bucket-purge': 2,
    'key-delete': 2,
    'disk-loss': 3,
    'second-loader': 1,
    'second-loader-on-a-copy': 1,
  },
};

/** A round whose outage is longer than the chaos service's bound, and one that is longer than that of all services. */
const longOutages = [
  { every: 9, on: 6, forMs: 18_000 },
  { every: 60, on: 40, forMs: 84_000 },
];

/**
 * @param {Random} random
 * @param {Topology} topology
 * @param {number} number
 */
export function planFaults(random, topology, number) {
  /** @type {PlannedFault[]} */
  const faults = [];
  const long = longOutages.findLast(({ every, on }) => number % every === on);
  if (long) faults.push({ at: 300, kind: 'outage', target: 'store', forMs: long.forMs });
  const taken = new Set(long ? ['store', ...nodes[topology]] : []);
  const count = random.integer(1, 4);
  for (let n = 0; n < count; n++) {
    const kind = random.weighted(weights[topology]);
    const target = targetOf(random, kind, topology);
    const fault = { at: random.integer(0, 2_000), kind, target, forMs: random.integer(300, 3_500) };
    if (taken.has(target) || (touchesStore(kind, target) && !mayTouchStore(taken, topology, kind))) continue;
    taken.add(target);
    if (kind.startsWith('disk')) taken.add('disk');
    faults.push(fault);
  }
  return faults.sort((a, b) => a.at - b.at);
}

/**
 * @param {Random} random
 * @param {FaultKind} kind
 * @param {Topology} topology
 */
function targetOf(random, kind, topology) {
  switch (kind) {
    case 'kill':
    case 'pause':
    case 'restart':
      return random.pick([...nodes[topology], 'loader', ...apps]);
    case 'disk-loss':
    case 'disk-restore':
      return random.pick(nodes[topology]);
    case 'key-delete':
    case 'key-purge':
      return `key ${random.pick(Object.keys(keys))}`;
    case 'second-loader':
    case 'second-loader-on-a-copy':
      return 'second-loader';
    case 'outage':
      return 'store';
    case 'bucket-delete':
    case 'bucket-purge':
      return 'bucket';
  }
}

/**
 * @param {FaultKind} kind
 * @param {string} target
 */
function touchesStore(kind, target) {
  return kind === 'outage' || target.startsWith('nats');
}

/**
 * A disk that is lost while another node is away takes acknowledged writes with it: no cluster promises more. An outage is
 * all nodes.
 *
 * @param {Set<string>} taken
 * @param {Topology} topology
 * @param {FaultKind} kind
 */
function mayTouchStore(taken, topology, kind) {
  const others = nodes[topology].some((node) => taken.has(node));
  if (taken.has('store') || (kind === 'outage' && others)) return false;
  return !taken.has('disk') && !(kind.startsWith('disk') && others);
}
