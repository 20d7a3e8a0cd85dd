import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Case, Checked } from './decoding.mjs' */

/** Megabytes for what lives long, and a little for what does not. */
const HEAP = ['--max-old-space-size=47', '--max-semi-space-size=1'];
/** Milliseconds after which a case counts as one that never ends, on a machine however busy. */
const NEVER = 60_000;

/** A process with a small heap in which documents are decoded and checked; made anew when one of them ends it. */
export class DecodingProcess {
  /** @type {ChildProcess | undefined} */
  #child;

  /**
   * One at a time. Rejects when a promise is violated.
   *
   * @param {Case} given
   */
  async check(given) {
    const child = (this.#child ??= this.#start());
    /** @type {Checked | { violation: string }} */
    const answer = await new Promise((resolve) => {
      const ended = () =>
        resolve({ violation: 'the process ran out of memory, or did not end, and was killed' });
      const timer = setTimeout(() => child.kill('SIGKILL'), NEVER);
      child.once('exit', ended);
      child.once('message', (message) => {
        clearTimeout(timer);
        child.off('exit', ended);
        resolve(/** @type {Checked} */ (message));
      });
      child.send(given);
    });
    if ('violation' in answer) throw new Error(answer.violation);
    return answer;
  }

  async end() {
    const child = this.#child;
    if (!child) return;
    child.disconnect();
    await once(child, 'exit');
  }

  #start() {
    const child = fork(join(import.meta.dirname, 'decoding-child.mjs'), {
      execArgv: HEAP,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.once('exit', () => (this.#child = undefined));
    return child;
  }
}
