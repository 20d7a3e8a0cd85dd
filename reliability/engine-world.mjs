/** A real engine between a store and hooks that misbehave in every way. Time passes only when the test advances it. */
import assert from 'node:assert/strict';
import { HotConfigEngine } from '../libs/hot-config/dist/esm/engine.js';
import { DEFAULTS, Model } from './engine-model.mjs';
import { KEYS, Store } from './engine-store.mjs';
import { FakeClock } from './fake-clock.mjs';

/** @import { HotConfigChange, HotConfigSnapshot, Position } from 'nestjs-hot-config' */
/** @import { Key, Stage } from './engine-model.mjs' */

/** @typedef {{ n: number, twice: readonly number[] }} Value */
/** @typedef {'ok' | 'throws' | 'hangs'} Mode */

export { KEYS, RECONCILE_MS, STALE_MS } from './engine-store.mjs';
export const HOOK_MS = 1_000;
const START_MS = 5_000;

/** @returns {Record<Stage | 'notify', Mode>} */
function willing() {
  return { schema: 'ok', prepare: 'ok', confirm: 'ok', notify: 'ok' };
}

export class World {
  model = new Model();
  store = new Store();
  modes = { a: willing(), b: willing() };
  /** Calls of schema and hooks that hang. @type {Record<Key, number>} */
  hanging = { a: 0, b: 0 };
  stopped = false;
  /** Keys for whose newest document the engine has had a hint. @type {Set<Key>} */
  hinted = new Set();
  /** The last content that each hook has seen. @type {Map<string, number>} */
  #seen = new Map();
  /** The engine survives errors of its callbacks, so violations found in a callback are collected. @type {unknown[]} */
  #violations = [];
  #clock = new FakeClock();
  #engine = new HotConfigEngine({
    source: this.store,
    lastKnownGoodStore: {
      name: 'disk',
      load: () => Promise.resolve(undefined),
      save: ({ key, ...place }) =>
        Promise.resolve(this.#check(() => this.#isServed(/** @type {Key} */ (key), place))),
    },
    startup: { timeoutMs: START_MS, fallback: ['defaults'] },
    hookTimeoutMs: HOOK_MS,
    graceMs: HOOK_MS,
    report: () => undefined,
  });

  async open() {
    for (const key of KEYS) this.#register(key);
    await this.#engine.start();
    const ready = Promise.all(KEYS.map((key) => this.#engine.ready(key)));
    await this.#clock.advance(START_MS + HOOK_MS);
    await ready;
    this.check();
  }

  async close() {
    void this.#engine.stop();
    await this.#clock.advance(10 * HOOK_MS);
    this.#clock.restore();
  }

  /**
   * Checks the promises that hold after each step. A document for which the engine has had a hint is applied before
   * any time has passed when nothing delays its key, whatever happens to the other key.
   */
  check() {
    for (const key of KEYS) {
      this.#check(() => this.model.checkServed(key, this.served(key)));
      const { hookFailures } = this.status(key);
      this.#check(() =>
        assert(
          hookFailures.every(({ hook }) => hook === 'bad'),
          'Isolated: a hook failed with another',
        ),
      );
      if (this.stopped || this.hanging[key] > 0) continue;
      this.#check(() => this.hasSeen(key, 'first'));
      this.#check(() => this.hasSeen(key, 'last'));
      if (!this.hinted.has(key) || !this.isFree(key)) continue;
      this.#check(() => this.model.checkCurrent(key, this.served(key), ['schema', 'prepare', 'confirm']));
    }
    if (this.#violations.length > 0) throw this.#violations[0];
  }

  /**
   * @param {Key} key
   * @param {'first' | 'bad' | 'last'} hook
   */
  hasSeen(key, hook) {
    assert.equal(
      this.#seen.get(`${key} ${hook}`),
      this.served(key).value.n,
      `Isolated: the ${hook} hook waits for another`,
    );
  }

  /** @param {Key} key */
  served(key) {
    return /** @type {HotConfigSnapshot<Value>} */ (this.#engine.pipeline(key).snapshot);
  }

  /** @param {Key} key */
  status(key) {
    return this.#engine.status(key);
  }

  /** @param {number} ms */
  advance(ms) {
    return this.#clock.advance(ms);
  }

  /** @param {Key} key */
  refresh(key) {
    void this.#engine.refresh(key);
  }

  stop() {
    this.stopped = true;
    this.model.stop();
    void this.#engine.stop();
  }

  /**
   * Whether nothing delays the documents for which the engine has had a hint.
   *
   * @param {Key} key
   */
  isFree(key) {
    const { up, pending, waiting } = this.store;
    return !this.stopped && up && !waiting.has(key) && pending[key] + this.hanging[key] === 0;
  }

  /** @param {Key} key */
  #register(key) {
    const pipeline = this.#engine.register({
      key,
      defaults: DEFAULTS,
      validate: async (document) => {
        const value = /** @type {Value} */ (document);
        if (typeof value.n !== 'number')
          return { accepted: false, issues: [{ path: 'n', message: 'must be a number' }] };
        await this.#answer(key, 'schema', value.n);
        return { accepted: true, value };
      },
      isSensitive: () => false,
      holdsSensitive: () => false,
      needsRestart: () => false,
    });
    pipeline.served.onSwap((snapshot) => this.#check(() => this.model.checkServed(key, snapshot)));
    pipeline.hooks.addPrepare({
      name: 'prepare',
      run: ({ current }) => this.#answer(key, 'prepare', current.n),
    });
    pipeline.hooks.addCritical({
      name: 'confirm',
      run: ({ previous, current }) => {
        const isRolledBack = previous && this.model.isRejected(key, ['confirm'], previous.n);
        return isRolledBack ? undefined : this.#answer(key, 'confirm', current.n);
      },
    });
    for (const name of /** @type {const} */ (['first', 'bad', 'last'])) {
      const run = (/** @type {HotConfigChange<Value>} */ change) => {
        this.#check(() => this.#see(`${key} ${name}`, change));
        return this.#behave(name === 'bad' ? this.modes[key].notify : 'ok');
      };
      pipeline.hooks.addNotify({ name, run }, 'nothing');
    }
  }

  /**
   * @param {Key} key
   * @param {Stage} stage
   * @param {number} n
   */
  async #answer(key, stage, n) {
    const mode = this.modes[key][stage];
    this.model.recordAnswer(key, stage, n, mode === 'ok');
    if (mode === 'hangs') {
      this.hanging[key] += 1;
      setTimeout(() => (this.hanging[key] -= 1), HOOK_MS);
    }
    await this.#behave(mode);
  }

  /** @param {Mode} mode */
  #behave(mode) {
    if (mode === 'throws') throw new Error('no');
    return mode === 'hangs' ? new Promise(() => undefined) : undefined;
  }

  /**
   * @param {string} hook
   * @param {HotConfigChange<Value>} change
   */
  #see(hook, { previous, current }) {
    assert.equal(
      previous?.n,
      this.#seen.get(hook),
      'Isolated: `previous` is not the last value that the hook saw',
    );
    this.#seen.set(hook, current.n);
  }

  /**
   * @param {Key} key
   * @param {Position} place
   */
  #isServed(key, { epoch, revision }) {
    const served = this.served(key);
    assert.deepEqual(
      [epoch, revision],
      [served.epoch, served.revision],
      'Valid: the disk has what is not in force',
    );
  }

  /** @param {() => void} promise */
  #check(promise) {
    try {
      promise();
    } catch (violation) {
      this.#violations.push(violation);
    }
  }
}
