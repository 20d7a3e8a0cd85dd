/** @import { LogBook } from './log-book.mjs' */
/** @typedef {'Valid' | 'Atomic' | 'Ordered' | 'Current' | 'Available' | 'Isolated' | 'Honest'} Promised */
/**
 * @typedef {object} Violation
 * @property {string} at
 * @property {string} round with its topology
 * @property {Promised} promise
 * @property {string} subject the process, the key
 * @property {string} expected and what was found
 * @property {number} times how often it was found in this round
 * @property {string[]} log
 */

/** The promises that were broken. The same violation in one round counts once, because a sampler would find it hundreds of times. */
export class Violations {
  /** @type {Violation[]} */
  found = [];
  round = '';
  #book;
  #onFound;

  /**
   * @param {LogBook} book
   * @param {(violation: Violation) => void} onFound called once for each
   */
  constructor(book, onFound) {
    this.#book = book;
    this.#onFound = onFound;
  }

  /**
   * @param {Promised} promise
   * @param {string} subject
   * @param {string} expected the expected state, and what was found instead
   * @param {readonly string[]} [processes] whose lines are added to the lines of the soak; default: all
   */
  report(promise, subject, expected, processes = []) {
    const { round } = this;
    const known = this.found.find(
      (other) => other.round === round && other.promise === promise && other.subject === subject,
    );
    if (known) {
      known.times += 1;
      return;
    }
    const names = processes.length === 0 ? [] : ['chaos', ...processes];
    const at = new Date().toISOString();
    const violation = { at, round, promise, subject, expected, times: 1, log: this.#book.last(names, 20) };
    this.found.push(violation);
    this.#onFound(violation);
  }
}
