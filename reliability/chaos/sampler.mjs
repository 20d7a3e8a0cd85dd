import { setTimeout as sleep } from 'node:timers/promises';
import { get } from '../../harness/http.mjs';

/** @import { Life } from '../../harness/program.mjs' */
/** @import { App } from './apps.mjs' */
/**
 * @typedef {object} Reading what a service shows of one of its documents
 * @property {string} key
 * @property {number} revision
 * @property {string} epoch
 * @property {string} digest
 * @property {string} status
 * @property {{ logging: { level: string, format: string }, features: { enable_feature_x: boolean, enable_feature_y: boolean } }} value
 * @property {{ revision: number, stage: string }} [rejection]
 * @property {number[]} [markers] of the chaos service alone, as all below
 * @property {boolean} [frozen]
 * @property {number} [notified] the document that a hook was notified of last
 * @property {string[]} [failedHooks]
 */
/** @typedef {{ app: string, life: Life, sentAt: number, at: number, isFirst: boolean, text: string, readings: Reading[] }} Sample `isFirst` of its life */

/** Milliseconds from an answer to the next query. */
const everyMs = 50;
/** Milliseconds in which a service that runs must answer, on a loaded machine. */
const answerWithinMs = 10_000;

/** Queries the config of one service for as long as the service runs. */
export class Sampler {
  /** @type {Map<string, { life: Life, at: number, reading: Reading }>} */
  latest = new Map();
  /** @type {Life | undefined} */
  answered;
  samples = 0;
  #stopped = false;
  /** @type {Promise<void>} */
  #ended = Promise.resolve();
  #app;
  #observer;

  /**
   * @param {App} app
   * @param {{ onSample: (sample: Sample) => void, onSilence: (app: string, why: string) => void }} observer
   */
  constructor(app, observer) {
    this.#app = app;
    this.#observer = observer;
  }

  start() {
    this.#ended = this.#run();
  }

  stop() {
    this.#stopped = true;
    return this.#ended;
  }

  /** Whether the life that goes on has answered. */
  get isUp() {
    const { life } = this.#app.program;
    return life !== undefined && life === this.answered;
  }

  async #run() {
    while (!this.#stopped) {
      const { life, awake } = this.#app.program;
      if (life && awake) await this.#query(life);
      await sleep(everyMs);
    }
  }

  /** @param {Life} life */
  async #query(life) {
    const { program, base, path } = this.#app;
    const sentAt = Date.now();
    const undisturbed = () => !life.ended && !life.child.asked && !life.paused && life.pausedLast < sentAt;
    try {
      const { status, text } = await get(base + path, answerWithinMs);
      if (status !== 200) throw new Error(`it answered ${status}: ${text.slice(0, 300)}`);
      const parsed = JSON.parse(text);
      /** @type {Reading[]} */
      const readings = Array.isArray(parsed) ? parsed : [parsed];
      const isFirst = this.answered !== life;
      this.answered = life;
      this.samples += 1;
      const at = Date.now();
      for (const reading of readings) this.latest.set(reading.key, { life, at, reading });
      this.#observer.onSample({ app: program.name, life, sentAt, at, isFirst, text, readings });
    } catch (error) {
      if (this.answered === life && undisturbed() && !this.#stopped)
        this.#observer.onSilence(program.name, error instanceof Error ? error.message : String(error));
    }
  }
}
