import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** @import { Life } from './program.mjs' */
/** @import { App } from './app.mjs' */
/**
 * @typedef {object} Reading what a service says of one of its documents
 * @property {string} key
 * @property {number} revision
 * @property {string} epoch
 * @property {string} digest
 * @property {string} status
 * @property {{ logging: { level: string, format: string }, features: { enable_feature_x: boolean, enable_feature_y: boolean } }} value
 * @property {{ revision: number, stage: string }} [rejection]
 * @property {number[]} [markers] of the chaos service alone, as all below
 * @property {boolean} [frozen]
 * @property {number} [told] which document a hook was told of last
 * @property {string[]} [failedHooks]
 */
/** @typedef {{ app: string, life: Life, sentAt: number, at: number, isFirst: boolean, body: string, readings: Reading[] }} Sample `isFirst` of its life */

/** Milliseconds from an answer to the next question. */
const everyMs = 50;
/** A service that gives no answer for so long, though it runs, has none. For a loaded machine. */
export const answerWithinMs = 10_000;

/** Asks one service for its config all the time that it runs. */
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
      if (life && awake) await this.#ask(life);
      await sleep(everyMs);
    }
  }

  /** @param {Life} life */
  async #ask(life) {
    const { program, base, path } = this.#app;
    const sentAt = Date.now();
    const undisturbed = () => !life.ended && !life.child.asked && !life.paused && life.pausedLast < sentAt;
    try {
      const { status, body } = await ask(base + path, answerWithinMs);
      if (status !== 200) throw new Error(`it answered ${status}: ${body.slice(0, 300)}`);
      const parsed = JSON.parse(body);
      /** @type {Reading[]} */
      const readings = Array.isArray(parsed) ? parsed : [parsed];
      const isFirst = this.answered !== life;
      this.answered = life;
      this.samples += 1;
      const at = Date.now();
      for (const reading of readings) this.latest.set(reading.key, { life, at, reading });
      this.#observer.onSample({ app: program.name, life, sentAt, at, isFirst, body, readings });
    } catch (error) {
      if (this.answered === life && undisturbed() && !this.#stopped)
        this.#observer.onSilence(program.name, error instanceof Error ? error.message : String(error));
    }
  }
}

/**
 * One request on a connection of its own: one that was kept would tell of the last process, not of this one.
 *
 * @param {string} url
 * @param {number} withinMs
 * @returns {Promise<{ status: number, body: string }>}
 */
export function ask(url, withinMs) {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(withinMs);
    const request = get(url, { agent: false, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (/** @type {string} */ part) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    request.on('error', (error) => reject(signal.aborted ? new Error(`no answer in ${withinMs} ms`) : error));
  });
}
