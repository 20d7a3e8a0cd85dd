/** The events that can happen to an engine, in any order. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HOOK_MS, KEYS, RECONCILE_MS, STALE_MS } from './engine-world.mjs';
import { settled } from './fake-clock.mjs';

/** @import { AsyncCommand } from 'fast-check' */
/** @import { Key, Model, Stage } from './engine-model.mjs' */
/** @import { Layout, Disturbance } from './engine-store.mjs' */
/** @import { Mode, World } from './engine-world.mjs' */

/** @typedef {AsyncCommand<Model, World>} Command */

/**
 * A step, and the checks after each step.
 *
 * @template {unknown[]} Args
 * @param {string} name
 * @param {(world: World, ...args: Args) => Promise<void> | void} step
 * @returns {(args: Args) => Command}
 */
function command(name, step) {
  return (args) => ({
    check: () => true,
    async run(_model, world) {
      await step(world, ...args);
      await settled();
      world.check();
    },
    toString: () => `${name}(${args.map((arg) => JSON.stringify(arg) ?? 'any').join(', ')})`,
  });
}

/**
 * The store has another document, and the engine gets a hint or no hint.
 *
 * @param {World} world
 * @param {Key} key
 * @param {boolean} hint
 */
function changed(world, key, hint) {
  const { store, hinted } = world;
  hinted.delete(key);
  if (!hint || !store.up) return;
  markHinted(world, key);
  store.observer?.hint(key, store.documents[key].at(-1)?.revision);
}

/**
 * @param {World} world
 * @param {Key} key
 */
function markHinted({ hinted, store }, key) {
  hinted.add(key);
  store.waiting.delete(key);
}

/** @type {(world: World, key: Key, layout: Layout, hint: boolean) => void} */
function put(world, key, layout, hint) {
  world.store.put(key, world.model.put(key, layout === 'json' || layout === 'yaml'), layout);
  changed(world, key, hint);
}

/** The same content in another layout. @type {(world: World, key: Key, layout: 'json' | 'yaml', hint: boolean) => void} */
function putAgain(world, key, layout, hint) {
  const newest = world.model.newest.get(key);
  if (!newest?.good) return;
  world.store.put(key, world.model.put(key, true, newest.n), layout);
  changed(world, key, hint);
}

/** @type {(world: World, key: Key, hint: boolean) => void} */
function remove(world, key, hint) {
  world.model.newest.delete(key);
  world.store.documents[key].push(undefined);
  changed(world, key, hint);
}

/** The bucket is created again: revisions start from 1. @type {(world: World, hint: boolean) => void} */
function newEpoch(world, hint) {
  world.model.newEpoch();
  world.store.documents = { a: [], b: [] };
  for (const key of KEYS) changed(world, key, hint);
}

/**
 * A hint for one key or for all keys, late, repeated, or with a revision that does not exist.
 *
 * @type {(world: World, key: Key | undefined, revision: number | undefined) => void}
 */
function hint(world, key, revision) {
  for (const one of key === undefined ? KEYS : [key]) markHinted(world, one);
  world.store.observer?.hint(key, revision);
}

/** @type {(world: World, up: boolean) => void} */
function link(world, up) {
  if (up && !world.store.up) for (const key of KEYS) markHinted(world, key);
  world.store.link(up);
}

/** @type {(world: World, key: Key, disturbance: Partial<Disturbance>) => void} */
function disturb({ store }, key, disturbance) {
  Object.assign(store.disturbance[key], disturbance);
}

/** @type {(world: World, key: Key, stage: Stage | 'notify', mode: Mode) => void} */
function behave({ modes }, key, stage, mode) {
  modes[key][stage] = mode;
}

/** @type {(world: World, ms: number) => Promise<void>} */
async function wait(world, ms) {
  const wasUp = world.store.up;
  await world.advance(ms);
  for (const key of KEYS) {
    const { state } = world.status(key);
    if (ms > STALE_MS && !wasUp)
      assert.notEqual(
        state,
        'live',
        'Honest: the state is live, but the store has not answered within the bound',
      );
  }
}

/** @type {(world: World, key: Key) => void} */
function refresh(world, key) {
  world.refresh(key);
}

/** All disturbance ends, and time passes without any hint. @type {(world: World) => Promise<void>} */
async function calmDown(world) {
  for (const key of KEYS) {
    disturb(world, key, { lag: 0, failures: 0, latencyMs: 0 });
    for (const stage of /** @type {const} */ (['schema', 'prepare', 'confirm', 'notify']))
      behave(world, key, stage, 'ok');
  }
  link(world, true);
  // Hanging calls end, one stage after the other. Then the timer reads, and once more for documents that a hook has rejected.
  await world.advance(10 * HOOK_MS + 2 * RECONCILE_MS);
  world.check();
  for (const key of KEYS) {
    world.model.checkCurrent(key, world.served(key), ['schema', 'confirm']);
    world.hasSeen(key, 'bad');
    world.refresh(key);
  }
  await settled();
  for (const key of KEYS) checkHonest(world, key);
}

/**
 * Checks the status when schema and hooks accept everything and have been called.
 *
 * @param {World} world
 * @param {Key} key
 */
function checkHonest(world, key) {
  const { model } = world;
  const newest = model.newest.get(key);
  const { state, missing, rejection } = world.status(key);
  assert.equal(missing === undefined, newest !== undefined, 'Honest: `missing` in the status');
  if (newest?.good) {
    model.checkCurrent(key, world.served(key), []);
    assert.deepEqual(
      [state, rejection],
      ['live', undefined],
      'Honest: the newest good document is live without a rejection',
    );
  } else if (newest) {
    const rejected = [rejection?.epoch, rejection?.revision];
    assert.deepEqual(
      rejected,
      [`epoch-${newest.epoch}`, newest.revision],
      'Honest: the rejection in the status',
    );
  }
}

/**
 * The end of each sequence: all keys become current, and nothing is applied after the stop.
 *
 * @param {World} world
 */
export async function end(world) {
  await calmDown(world);
  // The stop waits for a hook of key `a`, while key `b` could be read again.
  behave(world, 'a', 'notify', 'hangs');
  disturb(world, 'b', { failures: 1 });
  for (const key of KEYS) put(world, key, 'json', true);
  await settled();
  world.stop();
  for (const key of KEYS) put(world, key, 'json', true);
  await world.advance(RECONCILE_MS);
  world.check();
}

const key = fc.constantFrom(...KEYS);
const layout = fc.constantFrom(/** @type {Layout} */ ('json'), 'yaml', 'invalid', 'unparsable');
const goodLayout = fc.constantFrom(/** @type {'json' | 'yaml'} */ ('json'), 'yaml');
const stage = fc.constantFrom(/** @type {Stage | 'notify'} */ ('schema'), 'prepare', 'confirm', 'notify');
const mode = fc.constantFrom(/** @type {Mode} */ ('ok'), 'throws', 'hangs');
const hinted = fc.boolean();
const disturbance = fc.oneof(
  fc.record({ lag: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ failures: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ latencyMs: fc.constantFrom(0, 5, 400) }),
);
const anyKey = fc.option(key, { nil: undefined });
const anyRevision = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });
const ms = fc.constantFrom(1, 100, 400, HOOK_MS, RECONCILE_MS + 1, STALE_MS + 1);

/** A command that is listed more often happens more often. */
export const sequences = fc.commands(
  [
    ...Array.from({ length: 3 }, () => fc.tuple(key, goodLayout, hinted).map(command('put', put))),
    fc.tuple(key, layout, hinted).map(command('put', put)),
    fc.tuple(key, goodLayout, hinted).map(command('put again', putAgain)),
    fc.tuple(key, hinted).map(command('remove', remove)),
    fc.tuple(hinted).map(command('new epoch', newEpoch)),
    ...Array.from({ length: 2 }, () => fc.tuple(anyKey, anyRevision).map(command('hint', hint))),
    fc.tuple(fc.boolean()).map(command('link', link)),
    ...Array.from({ length: 3 }, () => fc.tuple(key, disturbance).map(command('disturb', disturb))),
    ...Array.from({ length: 3 }, () => fc.tuple(key, stage, mode).map(command('behave', behave))),
    ...Array.from({ length: 2 }, () => fc.tuple(ms).map(command('wait', wait))),
    fc.tuple(key).map(command('refresh', refresh)),
    fc.tuple().map(command('calm down', calmDown)),
  ],
  { maxCommands: 60, size: 'max' },
);

/** The state in which the engine starts. */
export const beginnings = fc.record({
  a: fc.option(layout, { nil: undefined }),
  b: fc.option(layout, { nil: undefined }),
  up: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
});
