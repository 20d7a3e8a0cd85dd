import { notPublished, notServed } from './checks/current.mjs';
import { hookFailureNotShown, hookNotTold } from './checks/isolated.mjs';
import { refusalNotShown, unparsableNotShown } from './checks/refusal.mjs';
import { eventually } from './eventually.mjs';
import { keys } from './cast.mjs';

/** @import { Promised } from './violations.mjs' */
/** @import { Recovery, Scene } from './round.mjs' */
/** @import { Saved } from './ledger.mjs' */

/** Milliseconds in which a process that was started must answer, and a store that was mended. For a loaded machine. */
const upWithinMs = 60_000;

/** Milliseconds after which a leader that takes no documents will not begin to. */
const deafAfterMs = 20_000;

/**
 * After the faults: first all must run again automatically, without a save that would help. Then each document that is bad is
 * saved well, and that must be picked up too.
 *
 * @param {Scene} scene
 * @param {number} healedAt
 * @returns {Promise<Recovery>}
 */
export async function settle(scene, healedAt) {
  await untilUp(scene, healedAt);
  const since = Date.now();
  const names = Object.keys(keys);
  const settled = await Promise.all(
    names.map((key) => settleKey(scene, scene.world.ledger.newest(key), since)),
  );
  const levelAt = Math.max(...settled.map(({ at }) => at ?? Infinity));
  /** @type {number[]} */
  const afterSaves = [];
  for (const [index, key] of names.entries()) {
    if (settled[index]?.runs) continue;
    const saved = await scene.world.saves.save({ key, kind: 'good', manner: 'rename', pauseMs: 0 });
    scene.book.add('chaos', `save ${key}: good, as nothing else is wrong`);
    const savedAt = Date.now();
    const { at } = await settleKey(scene, saved, savedAt);
    if (at !== undefined) afterSaves.push(at - savedAt);
  }
  await untilWhole(scene, Date.now());
  return { afterFaults: Number.isFinite(levelAt) ? levelAt - healedAt : undefined, afterSaves };
}

/**
 * A node that lost its disk gets its copy back from the others. Before that the next round must not take one of them away.
 *
 * @param {Scene} scene
 * @param {number} since
 */
async function untilWhole({ world }, since) {
  const partial = await eventually(since + upWithinMs, async () =>
    (await world.view.answers()) === 'whole' ? undefined : 'it does not',
  );
  if (partial)
    throw new Error(`The replicas of the store are not in sync ${upWithinMs} ms after it was mended.`);
}

/**
 * @param {Scene} scene
 * @param {number} since
 */
async function untilUp(scene, since) {
  const { world, observer, violations } = scene;
  for (const [name, sampler] of observer.samplers) {
    const down = await eventually(since + upWithinMs, () => (sampler.isUp ? undefined : 'it does not'));
    if (down)
      violations.report('Available', name, `to answer ${upWithinMs} ms after its start; ${down}`, [name]);
  }
  const away = await eventually(since + upWithinMs, async () =>
    (await world.view.answers()) ? undefined : 'it does not',
  );
  // Nothing of ours: but what comes now could not be judged.
  if (away) throw new Error(`The store does not answer ${upWithinMs} ms after it was mended.`);
  await healDeafBucket(scene);
}

/**
 * nats-server 2.9 may come out of the loss of a whole cluster with a leader that answers, but hears of no put. This does
 * what docs/operations.md tells an operator to do; where that does not help nothing of ours can be judged, and the soak ends.
 *
 * @param {Scene} scene
 * @returns {Promise<boolean>} whether that was necessary
 */
async function healDeafBucket({ world, book, onServerFault }) {
  const listens = async () => ((await world.view.takesDocuments()) ? undefined : 'it does not');
  if (!(await eventually(Date.now() + deafAfterMs, listens))) return false;
  book.add('chaos', 'the leader of the bucket takes no documents; the bucket is deleted');
  onServerFault('its own deaf leader');
  await world.view.deleteBucket();
  if (await eventually(Date.now() + upWithinMs, listens))
    throw new Error(`The store takes no documents ${upWithinMs} ms after its bucket was deleted.`);
  return true;
}

/**
 * What is wrong with the bucket, that is not the server's own fault: it may also go deaf after it took documents at first.
 *
 * @param {Scene} scene
 * @param {Saved} saved
 * @param {number} since
 */
async function notInBucket(scene, saved, since) {
  const wrong = await notPublished(scene.world, saved, since);
  if (wrong === undefined) return undefined;
  // Once for all keys that wait for it.
  scene.healing ??= healDeafBucket(scene).finally(() => (scene.healing = undefined));
  return (await scene.healing) ? notPublished(scene.world, saved, Date.now()) : wrong;
}

/**
 * @param {Scene} scene
 * @param {Saved} saved the newest of its key
 * @param {number} since
 * @returns {Promise<{ runs: boolean, at: number | undefined }>} whether the service runs it; since when all is as it should
 *   be with it, undefined when it never was
 */
async function settleKey(scene, saved, since) {
  const { world, observer, violations } = scene;
  const app = /** @type {string} */ (keys[saved.key]);
  const subject = app === saved.key ? app : `${app}, ${saved.key}`;
  const kept = (/** @type {Promised} */ promise, /** @type {string | undefined} */ wrong) => {
    if (wrong) violations.report(promise, subject, wrong, [app, 'loader', 'twin']);
    return wrong === undefined;
  };
  const at = (/** @type {boolean} */ well) => (well ? Date.now() : undefined);
  if (saved.fate === 'unparsable')
    return { runs: false, at: at(kept('Honest', await unparsableNotShown(world, saved, since))) };
  if (!kept('Current', await notInBucket(scene, saved, since))) return { runs: false, at: undefined };
  if (saved.fate !== 'good') {
    const wrong = await refusalNotShown(world, observer, app, saved, Date.now());
    return { runs: false, at: at(kept('Honest', wrong)) };
  }
  const level = at(kept('Current', await notServed(observer, app, saved, Date.now())));
  if (level === undefined) return { runs: false, at: undefined };
  if (app === 'chaos-service') {
    kept('Isolated', await hookNotTold(observer, saved));
    kept('Honest', await hookFailureNotShown(observer, saved));
  }
  return { runs: true, at: level };
}
