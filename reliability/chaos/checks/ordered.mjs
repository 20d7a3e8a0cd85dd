/** @import { Child } from '../../../harness/child.mjs' */
/** @import { ServiceAnswer, Sample } from '../sampler.mjs' */
/** @typedef {{ child: Child, epoch: string, revision: number, left: Set<string> }} Position */

/** @typedef {{ expected: string, returnedTo?: string }} Disorder `returnedTo`: the earlier epoch */

/** Checks that in one process the revision of an epoch never goes back, and that an earlier epoch does not return. */
export class OrderedCheck {
  /** @type {Map<string, Position>} */
  #positions = new Map();

  /** @param {Sample} sample @param {ServiceAnswer} reading @returns {Disorder | undefined} */
  problem({ child }, { key, epoch, revision }) {
    const before = this.#positions.get(key);
    const left = before?.child === child ? before.left : new Set(/** @type {string[]} */ ([]));
    this.#positions.set(key, { child, epoch, revision, left });
    if (before?.child !== child) return undefined;
    if (before.epoch === epoch) {
      return revision < before.revision
        ? {
            expected: `revision ${before.revision} or a later one; served is ${revision}, of the same epoch ${epoch}`,
          }
        : undefined;
    }
    left.add(before.epoch);
    const expected = `no epoch that was left before; served is ${epoch} again`;
    return left.has(epoch) ? { expected, returnedTo: epoch } : undefined;
  }
}
