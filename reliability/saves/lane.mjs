import { textOf } from './shapes.mjs';

/** @import { Random } from '../chaos/random.mjs' */
/** @import { Shape } from './shapes.mjs' */
/** @import { Look, Step } from './steps.mjs' */
/** @import { Done } from './writer.mjs' */
/** @typedef {(steps: readonly Step[]) => Promise<Done>} Write */
/** @typedef {{ save: number, published: string, meant: string }} Wrong the beginnings and ends of two documents */

/**
 * Milliseconds for which a save may be half done without any part being published. The file source waits for 40 ms of
 * quiet by default, for 400 ms when the file looks cut off, for 2 s when it is empty.
 *
 * @type {Record<Look, number>}
 */
export const promisedMs = { whole: 40, 'cut off': 400, empty: 2_000 };

/** Milliseconds after which a save that was not published counts as missed. Well beyond the 10 s of the content poll. */
const missedAfterMs = 30_000;

/** Every n-th save is a burst of three saves, of which the last must be published. */
const burstEvery = 10;

/** Saves one document again and again, each time after the previous save was published, and checks every published document. */
export class Lane {
  published = 0;
  missed = 0;
  /** Saves that the busy machine left half done for too long. They are repeated. */
  stretched = 0;
  /** @type {Wrong[]} */
  wrong = [];
  /** Milliseconds from the end of a save until its document was published. @type {number[]} */
  times = [];
  #shape;
  #random;
  #write;
  #number = 0;
  /** The texts that may be published now, in this order. The last text must be published. @type {string[]} */
  #meant = [];
  #next = 0;
  /** @type {Wrong[]} */
  #wrongNow = [];
  /** @type {(at: number) => void} */
  #complete = () => undefined;

  /** @param {Shape} shape @param {Random} random @param {Write} write */
  constructor(shape, random, write) {
    this.#shape = shape;
    this.#random = random;
    this.#write = write;
  }

  get name() {
    return this.#shape.name;
  }

  get key() {
    return this.#shape.key;
  }

  /** The text that the bucket should hold. */
  get newest() {
    return this.#meant.at(-1);
  }

  /** Creates the document that exists before the first save. */
  async prepare() {
    const text = textOf(this.#random, 0);
    const arrived = this.#expect([text]);
    await this.#write(this.#shape.first(text));
    if ((await arrived) === undefined) throw new Error(`${this.name}: the first document was not published.`);
    this.published = 0;
  }

  /** @param {number} saves that are checked; a burst counts as one */
  async run(saves) {
    for (let judged = 0; judged < saves;) {
      if (this.stretched > 3 * saves)
        throw new Error(`${this.name}: this machine is too busy to save as asked.`);
      if (await this.#save(judged % burstEvery === burstEvery - 1 ? 3 : 1)) judged += 1;
    }
  }

  /** @param {string} text @param {number} at */
  receive(text, at) {
    const index = this.#meant.indexOf(text, this.#next);
    if (index < 0) {
      this.#wrongNow.push({
        save: this.#number,
        published: abbreviate(text),
        meant: abbreviate(this.newest ?? ''),
      });
      return;
    }
    this.published += 1;
    this.#next = index + 1;
    if (this.#next === this.#meant.length) this.#complete(at);
  }

  /** @param {number} burst the number of saves in the burst @returns whether the result counts */
  async #save(burst) {
    const texts = Array.from({ length: burst }, (_, index) => textOf(this.#random, this.#number + 1 + index));
    const steps = texts.flatMap((text, index) => {
      const before = index === 0 ? this.newest : undefined;
      return this.#shape.save(this.#random, { number: (this.#number += 1), text, before });
    });
    const arrived = this.#expect(texts);
    const [{ ended, halfDone }, at] = await Promise.all([this.#write(steps), arrived]);
    const kept = Object.entries(halfDone).every(([look, ms]) => ms < promisedMs[/** @type {Look} */ (look)]);
    if (kept) this.wrong.push(...this.#wrongNow);
    else this.stretched += 1;
    // A document that comes between two saves is wrong in any case.
    this.#wrongNow = this.wrong;
    if (at === undefined) this.missed += 1;
    else this.times.push(at - ended);
    return kept;
  }

  /** @param {string[]} texts @returns {Promise<number | undefined>} when the last was published; undefined when it was not */
  async #expect(texts) {
    this.#meant = texts;
    this.#next = 0;
    this.#wrongNow = [];
    /** @type {NodeJS.Timeout | undefined} */
    let late;
    const arrived = new Promise((/** @type {(at: number | undefined) => void} */ resolve) => {
      this.#complete = resolve;
      late = setTimeout(() => resolve(undefined), missedAfterMs);
    });
    return arrived.finally(() => clearTimeout(late));
  }
}

/** @param {string} text */
function abbreviate(text) {
  return text.length <= 60 ? text : `${text.slice(0, 25)} … ${text.length} characters … ${text.slice(-25)}`;
}
