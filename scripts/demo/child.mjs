import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Milliseconds from the request to end until a process is killed. The apps give themselves 4.5 s. */
const killAfterMs = 5_000;

/** @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, uid?: number, gid?: number }} Surroundings */
/** @typedef {{ code: number | null, signal: NodeJS.Signals | null, failure?: Error }} Ending */

/** One process that we started, with all that it starts. */
export class Child {
  #process;
  #endSignal;
  #over = false;
  #asked = false;
  #killed = false;

  /**
   * @param {string} name
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Surroundings & { endSignal?: NodeJS.Signals, onLine: (line: string) => void }} options
   */
  constructor(name, command, args, { endSignal = 'SIGTERM', onLine, ...surroundings }) {
    this.name = name;
    this.#endSignal = endSignal;
    // A process group of its own: Ctrl-C in a terminal reaches us alone, and we end the others in their order.
    const detached = process.platform !== 'win32';
    this.#process = spawn(command, args, {
      ...surroundings,
      detached,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    /** Resolves when it has ended and its last words were read. */
    this.ended = this.#watch(onLine);
  }

  get pid() {
    return this.#process.pid;
  }

  get running() {
    return !this.#over;
  }

  /** Whether we wanted it to end. */
  get asked() {
    return this.#asked;
  }

  /** Whether it had to be killed. */
  get killed() {
    return this.#killed;
  }

  /** SIGTERM, or what it was given to be ended by, and SIGKILL when that does not help. */
  async end() {
    this.#asked = true;
    this.#signal(this.#endSignal);
    const late = setTimeout(() => this.kill(), killAfterMs);
    const ending = await this.ended;
    clearTimeout(late);
    return ending;
  }

  kill() {
    if (this.#over) return;
    this.#asked = true;
    this.#killed = true;
    this.#signal('SIGKILL');
  }

  /**
   * @param {(line: string) => void} onLine
   * @returns {Promise<Ending>}
   */
  async #watch(onLine) {
    const { stdout, stderr } = this.#process;
    const readers = [stdout, stderr].map((input) => createInterface({ input }).on('line', onLine));
    const read = Promise.all(readers.map((reader) => once(reader, 'close')));
    /** @type {Ending} */
    const ending = await new Promise((resolve) => {
      this.#process.once('error', (failure) => resolve({ code: null, signal: null, failure }));
      this.#process.once('exit', (code, signal) => resolve({ code, signal }));
    });
    if (!ending.failure) await read;
    this.#over = true;
    return ending;
  }

  /** @param {NodeJS.Signals} signal */
  #signal(signal) {
    if (this.pid !== undefined && !this.#over) signalGroup(this.pid, signal);
  }
}

/**
 * @param {number} pid of the first process of a group
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(pid, signal) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // Nobody is left of it.
  }
}

/** @param {Ending} ending */
export function describeEnding({ code, signal, failure }) {
  if (failure) return `could not be started: ${failure.message}`;
  return signal ? `was terminated by ${signal}` : `ended with exit code ${code}`;
}
