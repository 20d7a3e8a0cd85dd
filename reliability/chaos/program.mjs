import { signalGroup } from '../../scripts/demo/child.mjs';

/** @import { Child } from '../../scripts/demo/child.mjs' */
/** @import { ProcessSet } from '../../scripts/demo/process-set.mjs' */
/**
 * @typedef {object} Life one process, from its start to its end
 * @property {number} number from 1
 * @property {Child} child
 * @property {boolean} paused
 * @property {number} pausedLast when it was paused or resumed last, 0 for never
 * @property {boolean} ended
 */

/** A program that is started, killed, paused and started again. */
export class Program {
  /** @type {Life | undefined} */
  #life;
  #lives = 0;
  #set;
  #command;
  #onEndUnasked;

  /**
   * @param {ProcessSet} set
   * @param {string} name
   * @param {{ file: string, args?: string[], cwd?: string, env?: NodeJS.ProcessEnv, endsLast?: boolean }} command
   * @param {(name: string, ending: string) => void} onEndUnasked
   */
  constructor(set, name, command, onEndUnasked) {
    this.#set = set;
    this.name = name;
    this.#command = command;
    this.#onEndUnasked = onEndUnasked;
  }

  /** The life that goes on, be it paused. */
  get life() {
    return this.#life?.ended ? undefined : this.#life;
  }

  get awake() {
    return this.life !== undefined && !this.life.paused;
  }

  start() {
    if (this.life) return;
    const { file, args = [], ...options } = this.#command;
    const child = this.#set.start(this.name, file, args, options);
    /** @type {Life} */
    const life = { number: ++this.#lives, child, paused: false, pausedLast: 0, ended: false };
    this.#life = life;
    void child.ended.then(({ code, signal }) => {
      life.ended = true;
      if (!child.asked) this.#onEndUnasked(this.name, signal ?? `exit code ${code}`);
    });
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill() {
    const { life } = this;
    life?.child.kill();
    await life?.child.ended;
  }

  /** SIGTERM, and a new start. */
  async restart() {
    await this.life?.child.end();
    this.start();
  }

  pause() {
    this.#pause(true);
  }

  resume() {
    this.#pause(false);
  }

  /** @param {boolean} paused */
  #pause(paused) {
    const { life } = this;
    if (!life || life.paused === paused) return;
    life.paused = paused;
    life.pausedLast = Date.now();
    if (life.child.pid !== undefined) signalGroup(life.child.pid, paused ? 'SIGSTOP' : 'SIGCONT');
  }
}
