import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { services } from '../scripts/demo/apps.mjs';

/** @typedef {'atomic' | 'in place'} SaveKind a rename over the file, or a write into it */

/** Milliseconds after which a save counts as lost. */
const lostAfterMs = 10_000;

const feature = /enable_feature_x: (true|false)/;

/** The documents of one folder: saves all three at once, and knows when each of the saves has arrived. */
export class Documents {
  /** @type {Map<string, number>} */
  #arrived = new Map();
  /** @type {() => void} */
  #complete = () => undefined;
  #directory;
  #value;
  #counted = 0;

  /** @param {string} directory */
  constructor(directory) {
    this.#directory = directory;
    this.#value = feature.exec(this.#read('service1'))?.[1] === 'true';
    // All three at one value: then a save flips all of them, and one word tells a new document from the one before.
    for (const name of services) this.#replace(name, this.#text(name, this.#value));
  }

  /** How many arrivals were seen, the expected and all others. */
  get arrivals() {
    return this.#counted;
  }

  /**
   * @param {string} name of the document
   * @param {boolean} value of the feature in the document that arrived
   */
  arrive(name, value) {
    this.#counted += 1;
    if (value !== this.#value || this.#arrived.has(name)) return;
    this.#arrived.set(name, performance.now());
    if (this.#arrived.size === services.length) this.#complete();
  }

  /**
   * @param {SaveKind} kind
   * @returns {Promise<number>} milliseconds from before the first of three saves, back to back, until the last arrival
   */
  async save(kind) {
    this.#value = !this.#value;
    this.#arrived.clear();
    const texts = services.map((name) => /** @type {const} */ ([name, this.#text(name, this.#value)]));
    const complete = new Promise((resolve) => (this.#complete = () => resolve(undefined)));
    // Synchronous: this process has nothing else to do, and no turn of its event loop comes into the figure.
    if (kind === 'atomic') for (const [name, text] of texts) writeFileSync(this.#temporary(name), text);
    const start = performance.now();
    for (const [name, text] of texts) {
      if (kind === 'atomic') renameSync(this.#temporary(name), this.#path(name));
      else writeFileSync(this.#path(name), text);
    }
    await this.#within(complete);
    return Math.max(...this.#arrived.values()) - start;
  }

  /** @param {Promise<unknown>} complete */
  async #within(complete) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const lost = new Promise((_resolve, reject) => {
      timer = setTimeout(() => {
        const missing = services.filter((name) => !this.#arrived.has(name)).join(', ');
        reject(
          new Error(`A save in ${this.#directory} did not arrive within ${lostAfterMs} ms: ${missing}.`),
        );
      }, lostAfterMs);
    });
    await Promise.race([complete, lost]).finally(() => clearTimeout(timer));
  }

  /**
   * @param {string} name
   * @param {boolean} value
   */
  #text(name, value) {
    return this.#read(name).replace(feature, `enable_feature_x: ${value}`);
  }

  /** @param {string} name */
  #read(name) {
    return readFileSync(this.#path(name), 'utf8');
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #replace(name, text) {
    writeFileSync(this.#temporary(name), text);
    renameSync(this.#temporary(name), this.#path(name));
  }

  /** @param {string} name */
  #path(name) {
    return join(this.#directory, `${name}.yaml`);
  }

  /** @param {string} name */
  #temporary(name) {
    return join(this.#directory, `.${name}.yaml.tmp`);
  }
}
