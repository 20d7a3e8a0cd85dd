import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Case, Checked } from './decoding.mjs' */

/** Limits in megabytes, for old and for young objects. */
const HEAP = ['--max-old-space-size=47', '--max-semi-space-size=1'];
/** Milliseconds. Long enough for every case that ends, also on a busy machine. */
const TIMEOUT_MS = 60_000;

/** Decodes and checks documents in a process with a small heap. Starts another process when a document ends the process. */
export class DecodingProcess {
  /** @private @type {ChildProcess | undefined} */
  child;

  /**
   * Call it again only after it has settled. Rejects when a case violates a promise.
   *
   * @param {Case} given
   */
  async check(given) {
    const child = (this.child ??= this.start());
    /** @type {Checked | { violation: string }} */
    const answer = await new Promise((resolve) => {
      const ended = () =>
        resolve({ violation: 'the process ran out of memory, or did not end, and was killed' });
      const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
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
    const child = this.child;
    if (!child) return;
    child.disconnect();
    await once(child, 'exit');
  }

  /** @private */
  start() {
    const child = fork(join(import.meta.dirname, 'decoding-child.mjs'), {
      execArgv: HEAP,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.once('exit', () => (this.child = undefined));
    return child;
  }
}
