import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { buildWhatIsStale } from '../../scripts/demo/build.mjs';
import { ProcessSet } from '../../scripts/demo/process-set.mjs';
import { findNatsServer } from '../../scripts/nats-server-bin.mjs';
import { tellsSecret } from './checks/honest.mjs';
import { formatLine, LogBook } from './log-book.mjs';
import { runPhase } from './phase.mjs';
import { Tally } from './tally.mjs';
import { Violations } from './violations.mjs';

/** @import { Told } from './phase.mjs' */
/** @import { Topology } from './cast.mjs' */
/** @import { Result } from './tally.mjs' */
/** @import { Violation } from './violations.mjs' */
/**
 * @typedef {object} SoakOptions
 * @property {string} root of the repository
 * @property {string} seed
 * @property {number} minutes
 * @property {readonly Topology[]} topologies
 * @property {number | undefined} round this one only
 * @property {string | undefined} log file for all lines
 */
/**
 * @typedef {object} Listener
 * @property {(step: string) => void} onStep
 * @property {(told: Told) => void} onRound
 * @property {(violation: Violation) => void} onViolation
 */

/** The share of the time that the first of two stores gets. */
const firstShare = 2 / 3;

/** All that is started for a soak, and what came of it. */
export class Soak {
  #options;
  #listener;
  #tally = new Tally();
  #start = Date.now();
  #natsServer = '';
  #book;
  #violations;
  #set;

  /**
   * @param {SoakOptions} options
   * @param {Listener} listener
   */
  constructor(options, listener) {
    this.#options = options;
    this.#listener = listener;
    this.#book = new LogBook((line) => this.#onLine(line));
    this.#violations = new Violations(this.#book, listener.onViolation);
    this.#set = new ProcessSet((name, line) => this.#book.add(name, line));
  }

  async run() {
    const { root, seed, minutes, topologies, round } = this.#options;
    const { onStep, onRound } = this.#listener;
    await this.#set.open('hot-config-chaos-');
    await buildWhatIsStale(this.#set, root, onStep);
    const binary = await findNatsServer();
    this.#natsServer = (await promisify(execFile)(binary, ['--version'])).stdout.replace(/^.*v/, '').trim();
    onStep(`nats-server ${this.#natsServer} (${binary}), seed ${seed}`);
    this.#start = Date.now();
    for (const [at, topology] of topologies.entries()) {
      const share = at + 1 < topologies.length ? firstShare : 1;
      await runPhase({
        ...{ seed, topology, only: round, until: this.#start + minutes * 60_000 * share },
        ...{ violations: this.#violations, book: this.#book },
        world: { set: this.#set, root, binary },
        onRound: (told) => {
          this.#tally.add(told);
          onRound(told);
        },
        onServerFault: (what) => this.#tally.addServerFault(what),
      });
    }
  }

  /** @returns {Result} so far */
  get result() {
    const { rounds, faults, saves, answers, recovery } = this.#tally;
    const seconds = Math.round((Date.now() - this.#start) / 1000);
    const played = { rounds, faults, saves, answers, recovery };
    const { seed } = this.#options;
    return { seed, natsServer: this.#natsServer, seconds, ...played, violations: this.#violations.found };
  }

  /** Ends every process and removes the folder, whatever is going on. */
  async end() {
    this.#set.kill();
    await this.#set.end();
  }

  /** @param {import('./log-book.mjs').Line} line */
  #onLine(line) {
    const { log } = this.#options;
    if (log) appendFileSync(log, `${formatLine(line)}\n`);
    if (line.name !== 'chaos' && tellsSecret(line.text))
      this.#violations.report('Honest', line.name, 'no secret in any line of a log; there is one', [
        line.name,
      ]);
  }
}
