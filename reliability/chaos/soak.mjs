import { appendFileSync } from 'node:fs';
import { buildWhatIsStale } from '../../harness/build.mjs';
import { ProcessSet } from '../../harness/process-set.mjs';
import { findNatsServer, versionOf } from '../../scripts/nats-server-bin.mjs';
import { containsSecret } from './checks/honest.mjs';
import { formatLine, LogBook } from './log-book.mjs';
import { runPhase } from './phase.mjs';
import { Totals } from './totals.mjs';
import { Violations } from './violations.mjs';

/** @import { RoundReport } from './phase.mjs' */
/** @import { Topology } from './participants.mjs' */
/** @import { Result } from './totals.mjs' */
/** @import { Violation } from './violations.mjs' */
/**
 * @typedef {object} SoakOptions
 * @property {string} seed
 * @property {number} minutes
 * @property {readonly Topology[]} topologies
 * @property {number} round the number of the only round; 0 for all rounds
 * @property {string} log the file for all lines; empty for no file
 */
/**
 * @typedef {object} Listener
 * @property {(step: string) => void} onStep
 * @property {(report: RoundReport) => void} onRound
 * @property {(violation: Violation) => void} onViolation
 */

/** The first of two stores gets this share of the time. */
const firstShare = 2 / 3;

/** The processes of a soak, and its result. */
export class Soak {
  #options;
  #listener;
  #totals = new Totals();
  #start = Date.now();
  #natsServer = '';
  #book;
  #violations;
  #set;

  /** @param {SoakOptions} options @param {Listener} listener */
  constructor(options, listener) {
    this.#options = options;
    this.#listener = listener;
    this.#book = new LogBook((line) => this.#onLine(line));
    this.#violations = new Violations(this.#book, listener.onViolation);
    this.#set = new ProcessSet((name, line) => this.#book.add(name, line));
  }

  async run() {
    const { seed, minutes, topologies, round } = this.#options;
    const { onStep, onRound } = this.#listener;
    await this.#set.open('hot-config-chaos-');
    await buildWhatIsStale(this.#set, onStep);
    const binary = await findNatsServer();
    this.#natsServer = await versionOf(binary);
    onStep(`nats-server ${this.#natsServer} (${binary}), seed ${seed}`);
    this.#start = Date.now();
    for (const [at, topology] of topologies.entries()) {
      const share = at + 1 < topologies.length ? firstShare : 1;
      await runPhase({
        ...{ seed, topology, only: round || undefined, until: this.#start + minutes * 60_000 * share },
        ...{ violations: this.#violations, book: this.#book },
        world: { set: this.#set, binary },
        onRound: (report) => {
          this.#totals.add(report);
          onRound(report);
        },
        onServerFault: (what) => this.#totals.addServerFault(what),
      });
    }
  }

  /** @returns {Result} so far */
  get result() {
    const { rounds, faults, saves, answers, recovery } = this.#totals;
    const seconds = Math.round((Date.now() - this.#start) / 1000);
    const played = { rounds, faults, saves, answers, recovery };
    const { seed } = this.#options;
    return { seed, natsServer: this.#natsServer, seconds, ...played, violations: this.#violations.found };
  }

  /** Ends every process and removes the folder, at any time. */
  async end() {
    this.#set.kill();
    await this.#set.end();
  }

  /** @param {import('./log-book.mjs').Line} line */
  #onLine(line) {
    const { log } = this.#options;
    if (log) appendFileSync(log, `${formatLine(line)}\n`);
    if (line.name !== 'chaos' && containsSecret(line.text))
      this.#violations.report('Honest', line.name, 'no secret in any line of a log; there is one', [
        line.name,
      ]);
  }
}
