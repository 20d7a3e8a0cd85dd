import { within } from '../harness/within.mjs';
import { editDatabase } from '../scripts/demo/edit.mjs';

/** @import { PostgresServer } from '../harness/postgres.mjs' */
/** @typedef {{ revision: number, reason?: string }} Verdict */
/** @typedef {'good' | 'dead host' | 'wrong password' | 'missing database'} TargetKind */

/** Milliseconds until a change counts as lost. */
const lostAfterMs = 30_000;

/** Half of the changes name a wrong database. @type {readonly TargetKind[]} */
export const kinds = ['good', 'dead host', 'good', 'wrong password', 'good', 'missing database'];

/** The reason that service1 must show when it rejects such a database. @type {Record<Exclude<TargetKind, 'good'>, RegExp>} */
const reasons = {
  'dead host': /ECONNREFUSED/,
  'wrong password': /password authentication failed/,
  'missing database': /database "nowhere" does not exist/,
};

/** The application name of the connections of service1. */
export const application = 'service1';

/** Gives service1 one database after the other, and checks whether service1 applies or rejects each as it must. */
export class DatabaseTargets {
  /** Which server each applied revision names. @type {Map<number, PostgresServer>} */
  applied = new Map();
  /** Changes that service1 handled wrongly. @type {string[]} */
  problems = [];
  /** @type {Record<TargetKind, number>} */
  judged = { good: 0, 'dead host': 0, 'wrong password': 0, 'missing database': 0 };
  /** @type {(verdict: Verdict) => void} */
  #judge = () => undefined;
  #configs;
  #servers;
  #at = 0;
  #lastRevision = 0;

  /**
   * @param {string} configs the folder of the documents
   * @param {readonly PostgresServer[]} servers
   */
  constructor(configs, servers) {
    this.#configs = configs;
    this.#servers = servers;
  }

  /** The server that service1 must be on. */
  get current() {
    return this.#server(0);
  }

  /** Puts service1 on the first server, before it starts. */
  prepare() {
    return editDatabase(this.#configs, 'service1', named(this.current.url));
  }

  /** @param {string} line that service1 has printed */
  read(line) {
    const [, applied] = /service1 applied revision (\d+): /.exec(line) ?? [];
    const [, rejected, reason] = /service1 rejected revision (\d+) of .* \(prepare\): (.*)/.exec(line) ?? [];
    const revision = Number(applied ?? rejected);
    // A rejected document is tried again from time to time, and then reported again.
    if (!(revision > this.#lastRevision)) return;
    this.#lastRevision = revision;
    if (line.includes(': first value')) this.applied.set(revision, this.current);
    else this.#judge(reason === undefined ? { revision } : { revision, reason });
  }

  /** Resolves when service1 has applied or rejected the change. @param {TargetKind} kind */
  async change(kind) {
    /** @type {Promise<Verdict>} */
    const verdict = new Promise((resolve) => (this.#judge = resolve));
    await editDatabase(this.#configs, 'service1', named(this.#target(kind)));
    this.#record(kind, await within(lostAfterMs, verdict, () => `service1 did not judge a ${kind} target`));
  }

  /** @param {TargetKind} kind @param {Verdict} verdict */
  #record(kind, { revision, reason }) {
    if (reason === undefined) {
      this.#at += 1;
      this.applied.set(revision, this.current);
    }
    const isRight = kind === 'good' ? reason === undefined : reasons[kind].test(reason ?? '');
    if (isRight) this.judged[kind] += 1;
    else
      this.problems.push(`a ${kind} target was ${reason === undefined ? 'applied' : `rejected: ${reason}`}`);
  }

  /** Always on another server than the current one: the same URL again would be no change. @param {TargetKind} kind */
  #target(kind) {
    const next = this.#server(1);
    const url = new URL(next.url);
    if (kind === 'dead host') url.port = '1';
    if (kind === 'wrong password') url.password = 'mistyped';
    if (kind === 'missing database') url.pathname = '/nowhere';
    return url.href;
  }

  /** @param {number} ahead */
  #server(ahead) {
    const server = this.#servers[(this.#at + ahead) % this.#servers.length];
    if (!server) throw new Error('There are no servers.');
    return server;
  }
}

/** @param {string} url */
function named(url) {
  const target = new URL(url);
  target.searchParams.set('application_name', application);
  return target.href;
}
