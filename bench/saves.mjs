import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { services } from '../harness/apps.mjs';
import { within } from '../harness/within.mjs';

/** @typedef {'atomic' | 'in place'} SaveKind a rename over the file, or a write into it */
/**
 * The change of a save: its place in the document, and whether the document gets longer or shorter. Both matter for saves in place.
 *
 * @typedef {'a middle line, longer' | 'a middle line, shorter' | 'the last line, longer' | 'the last line, shorter'} Edit
 */
/** @typedef {'enable_feature_x' | 'enable_feature_y'} Feature x is in a middle line, y in the last line */

/** Milliseconds after which a save counts as lost. */
const lostAfterMs = 10_000;

/** The documents of one folder: saves all three at once, and knows when each of the saves has arrived. */
export class Documents {
  /** @type {Map<string, number>} */
  #arrived = new Map();
  /** @type {() => void} */
  #complete = () => undefined;
  #directory;
  /** The values of all three documents. A save flips one feature in all of them, so that each new document differs in one word. */
  #values = { enable_feature_x: false, enable_feature_y: false };
  /** The feature that the last save has flipped. @type {Feature} */
  #flipped = 'enable_feature_y';
  #counted = 0;

  /** @param {string} directory */
  constructor(directory) {
    this.#directory = directory;
    for (const name of services) {
      // The part after the features is optional. Without that part the features are the end of each document.
      const text = this.#read(name).replace(/(?<=enable_feature_y: \w+\n)[^]*/, '');
      this.#replace(name, this.#edited(text));
    }
  }

  /** How many arrivals were seen, expected or not. */
  get arrivals() {
    return this.#counted;
  }

  /**
   * @param {string} name of the document
   * @param {string} text with the new values of features, like `enable_feature_x: true`
   */
  arrive(name, text) {
    this.#counted += 1;
    const expected = `${this.#flipped}: ${this.#values[this.#flipped]}`;
    if (!text.includes(expected) || this.#arrived.has(name)) return;
    this.#arrived.set(name, performance.now());
    if (this.#arrived.size === services.length) this.#complete();
  }

  /**
   * Flips one feature after the other, so that four saves make each of the edits once.
   *
   * @param {SaveKind} kind
   * @returns {Promise<{ edit: Edit, time: number }>} milliseconds from before the first of three saves, back to back,
   *   until the last arrival
   */
  async save(kind) {
    const feature = this.#flipped === 'enable_feature_x' ? 'enable_feature_y' : 'enable_feature_x';
    this.#flipped = feature;
    const value = (this.#values[feature] = !this.#values[feature]);
    this.#arrived.clear();
    const texts = services.map((name) => /** @type {const} */ ([name, this.#edited(this.#read(name))]));
    const complete = new Promise((resolve) => (this.#complete = () => resolve(undefined)));
    // Synchronous, so that no turn of this process's event loop is part of the figure.
    if (kind === 'atomic') for (const [name, text] of texts) writeFileSync(this.#temporary(name), text);
    const start = performance.now();
    for (const [name, text] of texts) {
      if (kind === 'atomic') renameSync(this.#temporary(name), this.#path(name));
      else writeFileSync(this.#path(name), text);
    }
    await within(lostAfterMs, complete, () => {
      const missing = services.filter((name) => !this.#arrived.has(name)).join(', ');
      return `A save in ${this.#directory} did not arrive within ${lostAfterMs} ms: ${missing}.`;
    });
    const line = feature === 'enable_feature_x' ? 'a middle line' : 'the last line';
    return {
      edit: `${line}, ${value ? 'shorter' : 'longer'}`,
      time: Math.max(...this.#arrived.values()) - start,
    };
  }

  /** @param {string} text */
  #edited(text) {
    const { enable_feature_x: x, enable_feature_y: y } = this.#values;
    return text
      .replace(/enable_feature_x: \w+/, `enable_feature_x: ${x}`)
      .replace(/enable_feature_y: \w+/, `enable_feature_y: ${y}`);
  }

  /** @param {string} name */
  #read(name) {
    return readFileSync(this.#path(name), 'utf8');
  }

  /** @param {string} name @param {string} text */
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
