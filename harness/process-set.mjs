import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, describeEnding } from './child.mjs';

/** @import { ChildOptions, Surroundings } from './child.mjs' */

/** Processes and one temporary folder that live and end together. */
export class ProcessSet {
  /** Each process, and whether it must end last because the others need it. @type {Map<Child, boolean>} */
  #running = new Map();
  /** @type {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, null, null> | undefined} */
  #guard;
  /** @type {(reason: Error) => void} */
  #fail = () => undefined;
  #onLine;
  #directory = '';
  #ending = false;
  #forced = false;

  /** @param {(name: string, line: string) => void} onLine called for each line that a process prints */
  constructor(onLine) {
    this.#onLine = onLine;
    /** Rejects when a process ends on its own. @type {Promise<never>} */
    this.failure = new Promise((_resolve, reject) => (this.#fail = reject));
    this.failure.catch(() => undefined);
  }

  /** The temporary folder. */
  get directory() {
    return this.#directory;
  }

  /** @param {string} prefix of the folder's name */
  async open(prefix) {
    this.#directory = await mkdtemp(join(tmpdir(), prefix));
    const guard = fileURLToPath(new URL('guard-process.mjs', import.meta.url));
    this.#guard = spawn(process.execPath, [guard, this.#directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      windowsHide: true,
    });
    this.#guard.stdin.on('error', () => undefined);
  }

  /**
   * Starts a process that runs until `end`.
   *
   * @param {string} name
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Surroundings & ChildOptions & { endsLast?: boolean }} [options]
   *   endsLast: the process ends after the others, which need it until they have ended
   */
  start(name, command, args, { onLine, endsLast = false, ...options } = {}) {
    const forward = (/** @type {string} */ line) => {
      this.#onLine(name, line);
      onLine?.(line);
    };
    const child = this.#launch(name, command, args, { ...options, onLine: forward }, endsLast);
    void child.ended.then((ending) => {
      if (!child.asked) this.#fail(new Error(`${name} ${describeEnding(ending)}.`));
    });
    return child;
  }

  /**
   * Runs a process that ends on its own.
   *
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Surroundings} [surroundings]
   * @returns {Promise<{ ok: boolean, lines: string[] }>} what it printed
   */
  async run(command, args, surroundings = {}) {
    const child = this.#launch(command, command, args, surroundings);
    const { code, failure } = await child.ended;
    return { ok: code === 0, lines: failure ? [failure.message] : child.lines };
  }

  /** Ends all processes and removes the folder. @returns {Promise<string[]>} the processes that did not end as they should */
  async end() {
    this.#ending = true;
    const problems = await endAll([...this.#running].flatMap(([child, last]) => (last ? [] : child)));
    // The exit codes of the last processes are not checked: nats-server 2.9 has exit code 1 after SIGTERM.
    await endAll([...this.#running.keys()]);
    if (this.#directory) await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
    await this.#dismissGuard();
    return this.#forced ? ['The processes were killed, as requested.'] : problems;
  }

  /** Ends all processes at once. A call of `end`, before or after, then waits less. */
  kill() {
    this.#ending = true;
    this.#forced = true;
    for (const child of this.#running.keys()) child.kill();
  }

  /**
   * @param {string} name
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Surroundings & ChildOptions} options
   * @param {boolean} [endsLast]
   */
  #launch(name, command, args, options, endsLast = false) {
    if (this.#ending) throw new Error(`${name} is not started: everything is stopping.`);
    // In its own group, so that Ctrl-C in a terminal reaches only this process, which ends the others in order.
    const child = new Child(name, command, args, { ...options, ownGroup: true });
    this.#running.set(child, endsLast);
    if (child.pid > 0) this.#guard?.stdin.write(`+${child.pid}\n`);
    void child.ended.then(() => {
      this.#running.delete(child);
      if (child.pid > 0) this.#guard?.stdin.write(`-${child.pid}\n`);
    });
    return child;
  }

  async #dismissGuard() {
    const guard = this.#guard;
    if (!guard || guard.exitCode !== null || guard.signalCode !== null) return;
    const gone = once(guard, 'exit');
    guard.stdin.end();
    await gone;
  }
}

/** @param {readonly Child[]} children @returns {Promise<string[]>} the processes that did not end as they should */
async function endAll(children) {
  const problems = children.map(async (child) => {
    const ending = await child.end();
    if (child.killed) return `${child.name} did not stop when asked, and was killed.`;
    // A process that has just started has no handler yet, so SIGTERM itself ends it.
    const well = ending.code === 0 || ending.signal === 'SIGTERM';
    return well ? '' : `${child.name} ${describeEnding(ending)} when it was asked to stop.`;
  });
  return (await Promise.all(problems)).filter((problem) => problem !== '');
}
