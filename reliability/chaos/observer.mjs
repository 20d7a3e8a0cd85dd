import { tornValue } from './checks/atomic.mjs';
import { containsSecret, falselyLive } from './checks/honest.mjs';
import { OrderedCheck } from './checks/ordered.mjs';
import { ValidCheck } from './checks/valid.mjs';
import { apps } from './participants.mjs';
import { Sampler } from './sampler.mjs';
import { stillWrong } from './still-wrong.mjs';

/** @import { Disorder } from './checks/ordered.mjs' */
/** @import { Sample } from './sampler.mjs' */
/** @import { Violations } from './violations.mjs' */
/** @import { World } from './world.mjs' */

/** A writer that pauses for longer, in the middle of a line, may have its first part published. Milliseconds. */
const completeAfterMs = 300;

/** Milliseconds within which the store must show that it has returned to an earlier epoch itself. */
const returnKnownMs = 5_000;

/** Queries all services all the time, also during faults, and checks in each answer the promises that always hold. */
export class Observer {
  #world;
  #violations;
  #valid;
  #ordered = new OrderedCheck();

  /** @param {World} world @param {Violations} violations */
  constructor(world, violations) {
    this.#world = world;
    this.#violations = violations;
    this.#valid = new ValidCheck(world.savedDocuments);
    /** @type {Map<string, Sampler>} */
    this.samplers = new Map(
      apps.map((name) => [
        name,
        new Sampler(world.app(name), {
          onSample: (sample) => this.#check(sample),
          onSilence: (app, why) =>
            violations.report('Available', app, `GET /config answers while the process runs; ${why}`, [app]),
        }),
      ]),
    );
  }

  start() {
    this.#world.view.follow((key, digest, revision) => void this.#checkPut(key, digest, revision));
    for (const sampler of this.samplers.values()) sampler.start();
  }

  async stop() {
    await Promise.all(Array.from(this.samplers.values(), (sampler) => sampler.stop()));
  }

  get samples() {
    return Array.from(this.samplers.values()).reduce((sum, { samples }) => sum + samples, 0);
  }

  /**
   * The last answer of a service about a key, from the process that runs now.
   *
   * @param {string} app
   * @param {string} key
   */
  latest(app, key) {
    const sampler = this.samplers.get(app);
    return sampler?.isUp ? sampler.latest.get(key) : undefined;
  }

  /** @param {string} key @param {string} digest @param {number} revision */
  async #checkPut(key, digest, revision) {
    const { savedDocuments } = this.#world;
    if (savedDocuments.find(key, digest)) return;
    const pausedMs = await savedDocuments.findPart(key, digest);
    if (pausedMs !== undefined && pausedMs > completeAfterMs) return;
    const part =
      pausedMs === undefined ? 'was never saved' : `was half written for ${Math.round(pausedMs)} ms`;
    const expected = `whole documents to be published; revision ${revision} of ${key} ${part}`;
    this.#violations.report('Valid', 'loader', expected, ['loader', 'second-loader']);
  }

  /**
   * After an outage of all nodes nats-server 2.9 may itself return to an earlier epoch of the bucket. A service must follow it.
   *
   * @param {string} app
   * @param {string} subject
   * @param {Disorder} disorder
   */
  async #checkDisorder(app, subject, { expected, returnedTo }) {
    const { view } = this.#world;
    const isFault =
      returnedTo === undefined ||
      (await stillWrong(Date.now() + returnKnownMs, async () =>
        (await view.epoch()) === returnedTo.split('~')[0] ? undefined : expected,
      ));
    if (isFault) this.#violations.report('Ordered', subject, expected, [app, 'loader', 'second-loader']);
  }

  /** @param {Sample} sample */
  #check(sample) {
    const { app, text, readings } = sample;
    const { savedDocuments, awaySince } = this.#world;
    const report = this.#violations.report.bind(this.#violations);
    for (const reading of readings) {
      const subject = app === reading.key ? app : `${app}, ${reading.key}`;
      const invalid = this.#valid.problem(sample, reading);
      if (invalid) report('Valid', subject, invalid, [app, 'loader', 'second-loader']);
      const torn = tornValue(savedDocuments, reading);
      if (torn) report('Atomic', subject, torn, [app]);
      const disordered = this.#ordered.problem(sample, reading);
      if (disordered) void this.#checkDisorder(app, subject, disordered);
    }
    const live = falselyLive(sample, awaySince);
    if (live) report('Honest', app, live, [app]);
    if (containsSecret(text)) report('Honest', app, 'no secret in GET /config; there is one', [app]);
  }
}
