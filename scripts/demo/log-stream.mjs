/** @import { Colour, Paint } from './terminal.mjs' */

/** @type {Colour[]} */
const colours = ['cyan', 'green', 'yellow', 'magenta', 'blue'];

/** Matches the lines of Nest and nats-server about their start, which are useful only when the start fails. */
const startTalk = new RegExp(
  [
    '^LOG \\[(NestFactory|InstanceLoader|RoutesResolver|RouterExplorer|NestApplication|NestMicroservice)\\]',
    '^\\[INF\\]',
  ].join('|'),
);

/**
 * The lines of several processes as one stream, each with the aligned, coloured name of its process before it. Lines are
 * held back until `release`, so that what a reader should see first can be printed first.
 */
export class LogStream {
  /** @type {{ name: string, text: string }[] | undefined} */
  #held = [];
  /** @type {Map<string, Colour>} */
  #colours = new Map();
  #width;
  #write;
  #paint;

  /**
   * @param {readonly string[]} names of the processes; the longest sets the width
   * @param {(line: string) => void} write
   * @param {Paint} paint
   */
  constructor(names, write, paint) {
    this.#width = Math.max(...names.map((name) => name.length));
    names.forEach((name, at) => this.#colours.set(name, colours[at % colours.length] ?? 'cyan'));
    this.#write = write;
    this.#paint = paint;
  }

  /** @param {string} name @param {string} line */
  add(name, line) {
    const text = withoutPreamble(line.trimEnd());
    if (this.#held) this.#held.push({ name, text });
    else if (!startTalk.test(text)) this.#print(name, text);
  }

  /** @param {{ everything?: boolean }} [options] everything: also the lines about the start */
  release({ everything = false } = {}) {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { name, text } of held) if (everything || !startTalk.test(text)) this.#print(name, text);
  }

  /** @param {string} name @param {string} text */
  #print(name, text) {
    const prefix = this.#paint(this.#colours.get(name) ?? 'grey', `${name.padEnd(this.#width)} |`);
    this.#write(`${prefix} ${this.#emphasized(text)}`.trimEnd());
  }

  /** @param {string} text */
  #emphasized(text) {
    if (/^(WARN|\[WRN\])/.test(text)) return this.#paint('yellow', text);
    if (/^(ERROR|FATAL|\[ERR\]|\[FTL\])/.test(text)) return this.#paint('red', text);
    return text.replace(/^LOG /, '');
  }
}

/**
 * Removes process id and date, which are not useful here and take a third of the width.
 *
 * @param {string} line
 */
function withoutPreamble(line) {
  return line
    .replace(/^\[Nest\] \d+ +- .+? +(?=(?:LOG|WARN|ERROR|FATAL|DEBUG|VERBOSE) )/, '')
    .replace(/^\[\d+\] \d{4}\/\d\d\/\d\d [\d:.]+ (?=\[[A-Z]{3}\])/, '');
}
