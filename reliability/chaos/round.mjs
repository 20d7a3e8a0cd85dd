import { setTimeout as sleep } from 'node:timers/promises';
import { faults } from './faults/index.mjs';
import { settle } from './settle.mjs';

/** @import { LogBook } from './log-book.mjs' */
/** @import { Observer } from './observer.mjs' */
/** @import { Round } from './plan.mjs' */
/** @import { Violations } from './violations.mjs' */
/** @import { World } from './world.mjs' */
/**
 * @typedef {object} RoundContext
 * @property {World} world
 * @property {Observer} observer
 * @property {Violations} violations
 * @property {LogBook} book
 * @property {Promise<boolean>} [healing] of a bucket that stores no documents
 * @property {(what: string) => void} onServerFault called with a fault of nats-server itself that was not planned
 */
/** @typedef {{ afterFaults: number | undefined, afterSaves: number[] }} Recovery milliseconds */

/**
 * Applies and heals the faults of a round at their times, and then checks the promises of the product.
 *
 * @param {RoundContext} context
 * @param {Round} round
 * @returns {Promise<Recovery>}
 */
export async function runRound(context, round) {
  const { world, book } = context;
  const start = Date.now();
  const happen = async (
    /** @type {number} */ at,
    /** @type {string} */ what,
    /** @type {() => Promise<unknown>} */ work,
  ) => {
    await sleep(Math.max(0, start + at - Date.now()));
    book.add('chaos', what);
    await work();
  };
  const faultsOver = round.faults.map(async ({ at, kind, target, forMs }) => {
    const { apply, heal } = faults[kind];
    await happen(at, `${kind} ${target}`, () => apply(world, target));
    await happen(at + forMs, `over: ${kind} ${target}`, () => heal(world, target));
  });
  const saved = round.saves.map((save) =>
    happen(save.at, `save ${save.key}: ${save.kind}, ${save.manner}`, () => world.saves.save(save)),
  );
  await Promise.all([...faultsOver, ...saved]);
  const healedAt = Date.now();
  book.add('chaos', 'all faults are over');
  return settle(context, healedAt);
}
