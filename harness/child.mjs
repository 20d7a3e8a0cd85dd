import { execFile, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EventWaiter } from './event-waiter.mjs';

/** Milliseconds from the request to end until a process is killed: the 4.5 s of the apps, and more for a busy machine. */
const killAfterMs = 10_000;
/** How many lines of a process are kept. */
const keptLines = 10_000;

/** @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, uid?: number, gid?: number }} Surroundings */
/** @typedef {{ code: number | null, signal: NodeJS.Signals | null, failure?: Error }} Ending */
/**
 * @typedef {object} ChildOptions
 * @property {NodeJS.Signals} [endSignal] the signal that asks the process to end (SIGTERM)
 * @property {boolean} [ownGroup] signals reach all processes that the process starts, and Ctrl-C in a terminal reaches none of them
 * @property {(line: string) => void} [onLine]
 */

/** @type {Set<Child>} */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill();
});

/** One process that this process has started. It does not outlive this process. */
export class Child {
  /** The lines that the process has printed, newest last. @type {string[]} */
  lines = [];
  /** Whether this process has asked the child to end. */
  asked = false;
  /** Whether the child had to be killed. */
  killed = false;
  paused = false;
  /** When the child was paused or resumed last, 0 for never. */
  pausedLast = 0;
  #process;
  #endSignal;
  #ownGroup;
  #events = new EventWaiter();
  /** @type {Ending | undefined} */
  #ending;

  /**
   * @param {string} name
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Surroundings & ChildOptions} [options]
   */
  constructor(name, command, args, options = {}) {
    const { endSignal = 'SIGTERM', ownGroup = false, onLine, ...surroundings } = options;
    this.name = name;
    this.#endSignal = endSignal;
    this.#ownGroup = ownGroup && process.platform !== 'win32';
    this.#process = spawn(command, args, {
      ...surroundings,
      detached: this.#ownGroup,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const input of [this.#process.stdout, this.#process.stderr])
      createInterface({ input }).on('line', (line) => this.#read(line, onLine));
    running.add(this);
    /** Resolves when the child has ended and its last lines were read. */
    this.ended = this.#watch();
  }

  /** 0 when the child could not be started. */
  get pid() {
    return this.#process.pid ?? 0;
  }

  get running() {
    return this.#ending === undefined;
  }

  /**
   * The first line that matches, from the `from`th on; waits for it. Rejects when the process ends without such a line.
   *
   * @param {RegExp} pattern
   * @param {number} [from]
   * @param {number} [withinMs]
   * @returns {Promise<string>}
   */
  async line(pattern, from = 0, withinMs = 60_000) {
    const missing = () => `${this.name} printed no line ${pattern}`;
    const look = () => {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found === undefined && this.#ending)
        throw new Error(`${this.name} ${describeEnding(this.#ending)}, before a line ${pattern}`);
      return found;
    };
    try {
      return await this.#events.until(look, missing, withinMs);
    } catch (error) {
      const lastLines = new Error(this.lines.slice(-40).join('\n'));
      throw new Error(error instanceof Error ? error.message : String(error), { cause: lastLines });
    }
  }

  /** Asks the child to end, and kills it when it does not end in time. */
  async end() {
    this.asked = true;
    this.resume();
    this.signal(this.#endSignal);
    const late = setTimeout(() => this.kill(), killAfterMs);
    const ending = await this.ended;
    clearTimeout(late);
    return ending;
  }

  kill() {
    if (!this.running) return;
    this.asked = true;
    this.killed = true;
    this.signal('SIGKILL');
  }

  /** Makes the child hang with its connections open. Resolves when the child really has stopped. */
  async pause() {
    this.#setPaused(true);
    this.signal('SIGSTOP');
    while (this.running && !(await isStopped(this.pid))) await setImmediate();
  }

  resume() {
    if (!this.paused) return;
    this.#setPaused(false);
    this.signal('SIGCONT');
  }

  /** Stops reading the output of the child, as when the reader of a log ends. */
  closeOutput() {
    this.#process.stdout.destroy();
    this.#process.stderr.destroy();
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    if (!this.running || this.pid === 0) return;
    if (this.#ownGroup) signalGroup(this.pid, signal);
    else this.#process.kill(signal);
  }

  /** @param {boolean} paused */
  #setPaused(paused) {
    this.paused = paused;
    this.pausedLast = Date.now();
  }

  /** @param {string} line @param {((line: string) => void) | undefined} onLine */
  #read(line, onLine) {
    this.lines.push(line);
    if (this.lines.length > 2 * keptLines) this.lines.splice(0, keptLines);
    onLine?.(line);
    this.#events.notify();
  }

  /** @returns {Promise<Ending>} */
  async #watch() {
    /** @type {Ending} */
    const ending = await new Promise((resolve) => {
      this.#process.on('error', (failure) => resolve({ code: null, signal: null, failure }));
      this.#process.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.#ending = ending;
    running.delete(this);
    this.#events.notify();
    return ending;
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
    // No process of the group is left.
  }
}

/** @param {Ending} ending */
export function describeEnding({ code, signal, failure }) {
  if (failure) return `could not be started: ${failure.message}`;
  return signal ? `was terminated by ${signal}` : `ended with exit code ${code}`;
}

/**
 * SIGSTOP reaches one thread, which then stops the others. On a busy machine that took up to 50 ms, and during that time a nats-server
 * still answered more than half of all requests.
 *
 * @param {number} pid
 */
async function isStopped(pid) {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => undefined);
  if (threads) {
    const stats = await Promise.all(
      threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ') T')),
    );
    return stats.every((stat) => stat.slice(stat.lastIndexOf(')') + 2).startsWith('T'));
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]);
  return stdout.trim().startsWith('T');
}
