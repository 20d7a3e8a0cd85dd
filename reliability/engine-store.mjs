/** The store of the model: keeps what a bucket promises, and disturbs its answers. */
import { HotConfigUnavailableError } from 'nestjs-hot-config';

/** @import { DocumentSource, Position, ReadOutcome, SourceDocument, SourceObserver } from 'nestjs-hot-config' */
/** @import { Key, Put } from './engine-model.mjs' */

/** @typedef {'json' | 'yaml' | 'invalid' | 'unparsable'} Layout */
/** @typedef {{ lag: number, failures: number, latencyMs: number }} Disturbance of the next reads: old, failing or slow answers */

/** @type {readonly Key[]} */
export const KEYS = ['a', 'b'];
export const RECONCILE_MS = 30_000;
export const STALE_MS = 75_000;

/** @type {Record<Layout, (n: number) => string>} */
const LAYOUTS = {
  json: (n) => `{"n": ${n}, "twice": [${n}, ${n}]}`,
  yaml: (n) => `# ${n}\ntwice:\n  - ${n}\n  - ${n}\nn: ${n}\n`,
  invalid: (n) => `n: x${n}\n`,
  unparsable: (n) => `n: [${n}\n`,
};

/**
 * Keeps the promises of a bucket, but loses hints, lags, is slow, fails and stops answering, as a bucket may.
 *
 * @implements {DocumentSource}
 */
export class Store {
  name = 'store';
  reconcileMs = RECONCILE_MS;
  staleAfterMs = STALE_MS;
  up = true;
  /** @type {Record<Key, Disturbance>} */
  disturbance = { a: { lag: 0, failures: 0, latencyMs: 0 }, b: { lag: 0, failures: 0, latencyMs: 0 } };
  /** Reads that have not been answered yet. @type {Record<Key, number>} */
  pending = { a: 0, b: 0 };
  /** Keys whose reader has had no answer, or an old answer, since the last hint. Such a reader may pause now. @type {Set<Key>} */
  waiting = new Set();
  /** The documents of this epoch, the newest last; undefined for a deletion. @type {Record<Key, (SourceDocument | undefined)[]>} */
  documents = { a: [], b: [] };
  /** @type {SourceObserver | undefined} */
  observer;

  /**
   * @param {Key} key
   * @param {Put} put
   * @param {Layout} layout
   */
  put(key, { epoch, revision, n }, layout) {
    const bytes = Buffer.from(LAYOUTS[layout](n));
    const place = { key, revision, epoch: `epoch-${epoch}`, origin: `store/${key}` };
    this.documents[key].push({ ...place, bytes, contentType: undefined, publishedAt: undefined });
  }

  /** @param {SourceObserver} observer */
  start(observer) {
    this.observer = observer;
    this.#emitLink();
    return Promise.resolve();
  }

  watch() {}

  /**
   * @param {string} name
   * @param {Position | undefined} known
   */
  async read(name, known) {
    const key = /** @type {Key} */ (name);
    this.pending[key] += 1;
    const outcome = await this.#answer(key, known);
    this.pending[key] -= 1;
    if (outcome.outcome === 'unreachable') this.waiting.add(key);
    const disturbance = this.disturbance[key];
    if (disturbance.failures === 0) return outcome;
    disturbance.failures -= 1;
    throw new Error('a bug of the source');
  }

  /**
   * @param {Key} key
   * @param {Position | undefined} known
   * @returns {Promise<ReadOutcome>}
   */
  async #answer(key, known) {
    const disturbance = this.disturbance[key];
    const documents = this.documents[key];
    if (disturbance.lag > 0) this.waiting.add(key);
    const document = documents.at(disturbance.lag > 0 ? -2 : -1) ?? documents.at(-1);
    disturbance.lag = Math.max(0, disturbance.lag - 1);
    if (disturbance.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, disturbance.latencyMs));
    const older = known && document?.epoch === known.epoch && document.revision < known.revision;
    if (!this.up || older || disturbance.failures > 0) return { outcome: 'unreachable', error: silent() };
    return document ? { outcome: 'found', document } : { outcome: 'missing', reason: 'deleted' };
  }

  stop() {
    this.observer = undefined;
    return Promise.resolve();
  }

  /** @param {boolean} up */
  link(up) {
    this.up = up;
    this.#emitLink();
  }

  #emitLink() {
    this.observer?.link(this.up ? { up: true } : { up: false, error: silent() });
  }
}

function silent() {
  return new HotConfigUnavailableError('The store does not answer.');
}
