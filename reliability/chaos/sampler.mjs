import { setTimeout as sleep } from 'node:timers/promises';
import { get } from '../../harness/http.mjs';

/** @import { Child } from '../../harness/child.mjs' */
/** @import { App } from './apps.mjs' */
/**
 * @typedef {object} ServiceAnswer what a service shows of one of its documents
 * @property {string} key
 * @property {number} revision
 * @property {string} epoch
 * @property {string} digest
 * @property {string} status
 * @property {{ logging: { level: string, format: string }, features: { enable_feature_x: boolean, enable_feature_y: boolean } }} value
 * @property {{ revision: number, stage: string }} [rejection]
 * @property {number[]} [markers] only the chaos service has this and the following properties
 * @property {boolean} [frozen]
 * @property {number} [notified] the last document of which a hook was notified
 * @property {string[]} [failedHooks]
 */
/** @typedef {{ app: string, child: Child, sentAt: number, at: number, isFirst: boolean, text: string, readings: ServiceAnswer[] }} Sample `isFirst`: the first sample of its process */

/** Milliseconds from an answer to the next query. */
const everyMs = 50;
/** Milliseconds within which a running service must answer, also on a loaded machine. */
const answerWithinMs = 10_000;

/** Queries the config of one service for as long as the service runs. */
export class Sampler {
  /** @type {Map<string, { child: Child, at: number, reading: ServiceAnswer }>} */
  latest = new Map();
  /** @type {Child | undefined} */
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

  /** Whether the process that runs has answered. */
  get isUp() {
    const { child } = this.#app.program;
    return child !== undefined && child === this.answered;
  }

  async #run() {
    while (!this.#stopped) {
      const { child, awake } = this.#app.program;
      if (child && awake) await this.#query(child);
      await sleep(everyMs);
    }
  }

  /** @param {Child} child */
  async #query(child) {
    const { program, base, path } = this.#app;
    const sentAt = Date.now();
    const undisturbed = () => child.running && !child.asked && !child.paused && child.pausedLast < sentAt;
    try {
      const { status, text } = await get(base + path, answerWithinMs);
      if (status !== 200) throw new Error(`it answered ${status}: ${text.slice(0, 300)}`);
      const parsed = JSON.parse(text);
      /** @type {ServiceAnswer[]} */
      const readings = Array.isArray(parsed) ? parsed : [parsed];
      const isFirst = this.answered !== child;
      this.answered = child;
      this.samples += 1;
      const at = Date.now();
      for (const reading of readings) this.latest.set(reading.key, { child, at, reading });
      this.#observer.onSample({ app: program.name, child, sentAt, at, isFirst, text, readings });
    } catch (error) {
      if (this.answered === child && undisturbed() && !this.#stopped)
        this.#observer.onSilence(program.name, error instanceof Error ? error.message : String(error));
    }
  }
}
