import { notPublished, notServed } from './checks/current.mjs';
import { hookFailureNotShown, hookNotNotified } from './checks/isolated.mjs';
import { rejectionNotShown, unparsableNotShown } from './checks/rejection.mjs';
import { keys } from './participants.mjs';
import { stillWrong } from './still-wrong.mjs';

/** @import { Promised } from './violations.mjs' */
/** @import { Recovery, RoundContext } from './round.mjs' */
/** @import { Saved } from './saved-documents.mjs' */

/** Milliseconds within which a started process or a healed store must answer, also on a loaded machine. */
const upWithinMs = 60_000;

/** Milliseconds after which a leader that stores no documents never will. */
const deafAfterMs = 20_000;

/**
 * After the faults, first everything must recover on its own, without the help of a save. Then each bad document is replaced
 * by a good document, which must be applied too.
 *
 * @param {RoundContext} context
 * @param {number} healedAt
 * @returns {Promise<Recovery>}
 */
export async function settle(context, healedAt) {
  await untilUp(context, healedAt);
  const since = Date.now();
  const names = Object.keys(keys);
  const settled = await Promise.all(
    names.map((key) => settleKey(context, context.world.savedDocuments.newest(key), since)),
  );
  const levelAt = Math.max(...settled.map(({ at }) => at ?? Infinity));
  /** @type {number[]} */
  const afterSaves = [];
  for (const [index, key] of names.entries()) {
    if (settled[index]?.runs) continue;
    const saved = await context.world.saves.save({ key, kind: 'good', manner: 'rename', pauseMs: 0 });
    context.book.add('chaos', `save ${key}: good, as nothing else is wrong`);
    const savedAt = Date.now();
    const { at } = await settleKey(context, saved, savedAt);
    if (at !== undefined) afterSaves.push(at - savedAt);
  }
  await untilWhole(context, Date.now());
  return { afterFaults: Number.isFinite(levelAt) ? levelAt - healedAt : undefined, afterSaves };
}

/**
 * A node that lost its disk gets its copy back from the others. Until then the next round must not stop another node.
 *
 * @param {RoundContext} context
 * @param {number} since
 */
async function untilWhole({ world }, since) {
  const partial = await stillWrong(since + upWithinMs, async () =>
    (await world.view.answers()) === 'whole' ? undefined : 'it does not',
  );
  if (partial)
    throw new Error(`The replicas of the store are not in sync ${upWithinMs} ms after it was mended.`);
}

/** @param {RoundContext} context @param {number} since */
async function untilUp(context, since) {
  const { world, observer, violations } = context;
  for (const [name, sampler] of observer.samplers) {
    const down = await stillWrong(since + upWithinMs, () => (sampler.isUp ? undefined : 'it does not'));
    if (down)
      violations.report('Available', name, `to answer ${upWithinMs} ms after its start; ${down}`, [name]);
  }
  const away = await stillWrong(since + upWithinMs, async () =>
    (await world.view.answers()) ? undefined : 'it does not',
  );
  // This is no fault of the product, but without the store nothing can be checked.
  if (away) throw new Error(`The store does not answer ${upWithinMs} ms after it was mended.`);
  await healDeafBucket(context);
}

/**
 * nats-server 2.9 may come out of the loss of a whole cluster with a leader that answers, but stores no put. The remedy is in
 * docs/operations.md. If it does not help, the product cannot be checked, and the soak ends.
 *
 * @param {RoundContext} context
 * @returns {Promise<boolean>} whether the remedy was necessary
 */
async function healDeafBucket({ world, book, onServerFault }) {
  const storing = async () => ((await world.view.storesDocuments()) ? undefined : 'it does not');
  if (!(await stillWrong(Date.now() + deafAfterMs, storing))) return false;
  book.add('chaos', 'the leader of the bucket stores no documents; the bucket is deleted');
  onServerFault('its own deaf leader');
  await world.view.deleteBucket();
  if (await stillWrong(Date.now() + upWithinMs, storing))
    throw new Error(`The bucket stores no documents ${upWithinMs} ms after its bucket was deleted.`);
  return true;
}

/**
 * The problem of the bucket, unless it is a fault of the server. A bucket may stop storing puts after it has stored some.
 *
 * @param {RoundContext} context
 * @param {Saved} saved
 * @param {number} since
 */
async function notInBucket(context, saved, since) {
  const wrong = await notPublished(context.world, saved, since);
  if (wrong === undefined) return undefined;
  // The bucket is healed once for all keys.
  context.healing ??= healDeafBucket(context).finally(() => (context.healing = undefined));
  return (await context.healing) ? notPublished(context.world, saved, Date.now()) : wrong;
}

/**
 * @param {RoundContext} context
 * @param {Saved} saved the newest of its key
 * @param {number} since
 * @returns {Promise<{ runs: boolean, at: number | undefined }>} whether the service runs the document; when every check
 *   was passed, undefined when a check failed
 */
async function settleKey(context, saved, since) {
  const { world, observer, violations } = context;
  const app = /** @type {string} */ (keys[saved.key]);
  const subject = app === saved.key ? app : `${app}, ${saved.key}`;
  const kept = (/** @type {Promised} */ promise, /** @type {string | undefined} */ wrong) => {
    if (wrong) violations.report(promise, subject, wrong, [app, 'loader', 'second-loader']);
    return wrong === undefined;
  };
  const at = (/** @type {boolean} */ well) => (well ? Date.now() : undefined);
  if (saved.outcome === 'unparsable')
    return { runs: false, at: at(kept('Honest', await unparsableNotShown(world, saved, since))) };
  if (!kept('Current', await notInBucket(context, saved, since))) return { runs: false, at: undefined };
  if (saved.outcome !== 'good') {
    const wrong = await rejectionNotShown(world, observer, app, saved, Date.now());
    return { runs: false, at: at(kept('Honest', wrong)) };
  }
  const level = at(kept('Current', await notServed(observer, app, saved, Date.now())));
  if (level === undefined) return { runs: false, at: undefined };
  if (app === 'chaos-service') {
    kept('Isolated', await hookNotNotified(observer, saved));
    kept('Honest', await hookFailureNotShown(observer, saved));
  }
  return { runs: true, at: level };
}
