/** @typedef {{ at: number, name: string, text: string }} Line */

/** How many lines are kept: the lines of some minutes. */
const kept = 5_000;

/** The lines of all processes and of the soak itself, in the order in which they were read. */
export class LogBook {
  /** @type {Line[]} */
  #lines = [];
  #onLine;

  /** @param {(line: Line) => void} onLine called for each line at once */
  constructor(onLine) {
    this.#onLine = onLine;
  }

  /** @param {string} name @param {string} text */
  add(name, text) {
    const line = { at: Date.now(), name, text };
    this.#lines.push(line);
    if (this.#lines.length > 2 * kept) this.#lines.splice(0, kept);
    this.#onLine(line);
  }

  /**
   * @param {readonly string[]} names of the processes that matter; none: all
   * @param {number} count
   */
  last(names, count) {
    const wanted = this.#lines.filter(({ name }) => names.length === 0 || names.includes(name));
    return wanted.slice(-count).map(formatLine);
  }
}

/** @param {Line} line */
export function formatLine({ at, name, text }) {
  return `${new Date(at).toISOString().slice(11, 23)} ${name} | ${text}`;
}
