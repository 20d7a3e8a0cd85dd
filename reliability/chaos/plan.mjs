import { planFaults } from './plan-faults.mjs';
import { planSave } from './plan-saves.mjs';
import { Random } from './random.mjs';

/** @import { Topology } from './participants.mjs' */
/** @import { PlannedFault } from './plan-faults.mjs' */
/** @import { PlannedSave } from './plan-saves.mjs' */
/** @typedef {{ number: number, faults: PlannedFault[], saves: PlannedSave[] }} Round */

/**
 * Plans one round. The same seed, topology and number give the same round, however long the earlier rounds
 * took.
 *
 * @param {string} seed
 * @param {Topology} topology
 * @param {number} number from 1
 * @returns {Round}
 */
export function planRound(seed, topology, number) {
  const random = new Random(`${seed}/${topology}/${number}`);
  const faults = planFaults(random, topology, number);
  const lastsMs = Math.max(1_500, ...faults.map(({ at, forMs }) => at + forMs));
  const saves = Array.from({ length: random.integer(2, 7) }, () => planSave(random, lastsMs));
  return { number, faults, saves: saves.sort((a, b) => a.at - b.at) };
}
