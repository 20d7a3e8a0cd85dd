/** Checks the promises of the engine, from the puts into the store and the answers of schema and hooks. It does not use the engine. */
import assert from 'node:assert/strict';

/** @typedef {'a' | 'b'} Key */
/** @typedef {'schema' | 'prepare' | 'confirm'} Stage at which a good document can be rejected */
/** @typedef {{ epoch: number, revision: number, n: number, good: boolean }} Put `n` identifies the content */
/** @typedef {{ epoch: string, revision: number, value: object }} Served */

export const DEFAULTS = { n: 0, twice: [0, 0] };

export class Model {
  epoch = 1;
  revision = 0;
  contents = 0;
  /** The newest document of each key in the store. @type {Map<Key, Put>} */
  newest = new Map();
  /** @type {Map<string, Put>} */
  #puts = new Map();
  /** @type {Map<string, boolean>} */
  #answers = new Map();
  /** @type {Map<Key, { served: Served, text: string }>} */
  #seen = new Map();
  #end = Infinity;

  /**
   * @param {Key} key
   * @param {boolean} good
   */
  put(key, good, n = (this.contents += 1)) {
    const put = { epoch: this.epoch, revision: (this.revision += 1), n, good };
    this.#puts.set(`${key} epoch-${put.epoch} ${put.revision}`, put);
    this.newest.set(key, put);
    return put;
  }

  /** No document that is put from now on may be applied. */
  stop() {
    this.#end = this.epoch * 1e9 + this.revision;
  }

  newEpoch() {
    this.epoch += 1;
    this.revision = 0;
    this.newest.clear();
  }

  /**
   * @param {Key} key
   * @param {Stage} stage
   * @param {number} n
   * @param {boolean} isAccepted
   */
  recordAnswer(key, stage, n, isAccepted) {
    this.#answers.set(`${key} ${stage} ${n}`, isAccepted);
  }

  /**
   * @param {Key} key
   * @param {Stage[]} stages
   * @param {number} n
   */
  isRejected(key, stages, n) {
    return stages.some((stage) => this.#answers.get(`${key} ${stage} ${n}`) === false);
  }

  /**
   * Checks Valid, Atomic and Ordered for each value that is applied, and after each step. Also checks Available, because there is
   * a value to check.
   *
   * @param {Key} key
   * @param {Served} served
   */
  checkServed(key, served) {
    const { epoch, revision } = served;
    const value = valueOf(served);
    const put = this.#puts.get(`${key} ${epoch} ${revision}`);
    if (revision > 0 || epoch !== '')
      assert(put?.good && put.n === value.n, 'Valid: the served document was never put, or is not good');
    assert(place(served) <= this.#end, 'a document was applied after the stop');
    assert.deepEqual(value, { n: value.n, twice: [value.n, value.n] }, 'Atomic: parts of several documents');
    assert(Object.isFrozen(value) && Object.isFrozen(value.twice), 'Atomic: can be changed');
    const before = this.#seen.get(key);
    this.#seen.set(key, { served, text: JSON.stringify(served.value) });
    if (!before) return;
    assert.equal(
      JSON.stringify(before.served.value),
      before.text,
      'Atomic: a value changed after it was read',
    );
    const isRolledBack = this.isRejected(key, ['confirm'], valueOf(before.served).n);
    const forward = place(served) >= place(before.served);
    assert(
      forward || isRolledBack,
      `Ordered: from ${before.served.epoch} ${before.served.revision} to ${epoch} ${revision}`,
    );
    if (valueOf(before.served).n !== value.n && forward) {
      assert(
        !this.isRejected(key, ['schema', 'prepare'], value.n),
        'Valid: in force although it was rejected',
      );
    }
  }

  /**
   * Checks Current: the newest document of the store is served when it is good and was not rejected, or else the previous one.
   *
   * @param {Key} key
   * @param {Served} served
   * @param {Stage[]} stages whose rejections still stand
   */
  checkCurrent(key, served, stages) {
    const newest = this.newest.get(key);
    if (!newest?.good || this.isRejected(key, stages, newest.n)) return;
    assert.deepEqual(
      [served.epoch, served.revision, valueOf(served).n],
      [`epoch-${newest.epoch}`, newest.revision, newest.n],
      'Current: behind the newest good document',
    );
  }
}

/** @param {Served} served */
function valueOf({ value }) {
  return /** @type {{ n: number, twice: readonly number[] }} */ (value);
}

/** @param {Served} served */
function place({ epoch, revision }) {
  return Number(epoch.replace('epoch-', '')) * 1e9 + revision;
}
