import { keys } from './participants.mjs';

/** @import { DocumentKind } from './documents.mjs' */
/** @import { Random } from './random.mjs' */
/** @typedef {'in-place' | 'rename' | 'half-written' | 'deleted-and-made-again'} SaveManner */
/** @typedef {{ at: number, key: string, kind: DocumentKind, manner: SaveManner, pauseMs: number }} PlannedSave milliseconds */

/** @param {Random} random @param {number} lastsMs @returns {PlannedSave} */
export function planSave(random, lastsMs) {
  const key = random.pick(Object.keys(keys));
  return {
    at: random.integer(0, lastsMs),
    key,
    kind: random.weighted(key === 'hooked' ? hookedKinds : plainKinds),
    manner: random.weighted({ 'in-place': 4, rename: 4, 'half-written': 2, 'deleted-and-made-again': 1 }),
    pauseMs: random.integer(10, 250),
  };
}

/** @type {Partial<Record<DocumentKind, number>>} */
const plainKinds = {
  good: 12,
  unparsable: 1,
  'unparsable-at-the-secret': 1,
  empty: 0.5,
  'wrong-type': 1,
  'wrong-secret': 1,
  'unknown-key': 1,
};

/** @type {Partial<Record<DocumentKind, number>>} */
const hookedKinds = {
  ...plainKinds,
  good: 4,
  'prepare-slow': 2,
  'prepare-throws': 1,
  'prepare-hangs': 1,
  'notify-slow': 2,
  'notify-throws': 2,
  'notify-hangs': 1,
};
