/** @import { Child } from './child.mjs' */

/** A program that is started, ended, paused and started again: one process after another. */
export class Program {
  /** @type {Child | undefined} */
  #last;
  #launch;
  #onEndUnasked;

  /**
   * @param {string} name
   * @param {() => Child} launch
   * @param {(name: string, ending: string) => void} [onEndUnasked]
   */
  constructor(name, launch, onEndUnasked) {
    this.name = name;
    this.#launch = launch;
    this.#onEndUnasked = onEndUnasked;
  }

  /** The process of the program; undefined when the program does not run. */
  get child() {
    return this.#last?.running ? this.#last : undefined;
  }

  get awake() {
    return this.child?.paused === false;
  }

  /** 0 when the program does not run. */
  get pid() {
    return this.child?.pid ?? 0;
  }

  /** The lines of the last process of the program. */
  get log() {
    return this.#last?.lines ?? [];
  }

  /** Does nothing when the program runs. */
  start() {
    if (this.child) return this.child;
    const child = this.#launch();
    this.#last = child;
    void child.ended.then(({ code, signal }) => {
      if (!child.asked) this.#onEndUnasked?.(this.name, signal ?? `exit code ${code}`);
    });
    return child;
  }

  /** Sends SIGTERM. Resolves when the program has ended. */
  async end() {
    await this.child?.end();
  }

  /** Sends SIGKILL, like a crash or a lost machine. Resolves when the program has ended. */
  async kill() {
    const { child } = this;
    child?.kill();
    await child?.ended;
  }

  /** Makes the program hang with its connections open. Resolves when it really has stopped. */
  async pause() {
    await this.child?.pause();
  }

  resume() {
    this.child?.resume();
  }
}
