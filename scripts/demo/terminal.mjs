/** Escape codes of the colours that read well on a dark and on a light ground. */
const codes = { cyan: 36, green: 32, yellow: 33, magenta: 35, blue: 34, red: 31, grey: 90, bold: 1 };

/** @typedef {keyof typeof codes} Colour */
/** @typedef {(colour: Colour, text: string) => string} Paint */

/**
 * Colours text for a terminal, but not for a file or a pipe. NO_COLOR and FORCE_COLOR override this.
 *
 * @param {{ isTTY?: boolean }} stream
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Paint}
 */
export function paintFor(stream, environment = process.env) {
  // An empty variable counts as not set, for both.
  const { NO_COLOR: never, FORCE_COLOR: always, TERM: terminal } = environment;
  const forced = always ? !['0', 'false'].includes(always) : undefined;
  const wanted = forced ?? (!never && stream.isTTY === true && terminal !== 'dumb');
  if (!wanted) return (_colour, text) => text;
  return (colour, text) => `\u001B[${codes[colour]}m${text}\u001B[0m`;
}

/**
 * @param {string} title
 * @param {string[]} lines
 * @param {Paint} paint
 * @returns {string} the lines with a rule above and below and a bar before them; open to the right, for long paths
 */
export function box(title, lines, paint) {
  const width = Math.max(title.length + 4, ...lines.map((line) => line.length)) + 2;
  const edge = (/** @type {string} */ text) => paint('grey', text);
  return [
    `${edge('┌─')} ${paint('bold', title)} ${edge('─'.repeat(width - title.length - 3))}`,
    ...lines.map((line) => `${edge('│')} ${line}`.trimEnd()),
    edge(`└${'─'.repeat(width)}`),
  ].join('\n');
}
