import type { HotConfigIssue, PlainValue } from '../contract/index.js';
import { IssueCollector } from './issue-collector.js';
import { dottedPath } from './issue-format.js';
import { MAX_DEPTH, MAX_VALUES, TOO_DEEP } from './limits.js';
import { keyProblem, numberProblem, textProblem } from './scalar-rules.js';
import { unprintableProblem } from './text.js';

export interface ParsedJson {
  /** Whether the syntax is that of strict JSON, as far as it was read; the content may be rejected. */
  readonly isJson: boolean;
  readonly value: PlainValue | undefined;
  readonly issues: readonly HotConfigIssue[];
}

/** Gives the value that `JSON.parse` gives, unless the scan finds an issue. */
export function parseJson(text: string): ParsedJson {
  const issues = new IssueCollector(text);
  const scan = new JsonScan(issues);
  const value = issues.collect(() => {
    scan.run();
    return issues.isEmpty ? (JSON.parse(text) as PlainValue) : undefined;
  });
  return { value, issues: issues.issues, isJson: scan.isJson };
}

/** A mapping or a list whose end is not reached yet. */
interface Container {
  readonly closing: '}' | ']';
  /** The offset of each key of a mapping; undefined for a list. */
  readonly keys: Map<string, number> | undefined;
  members: number;
  /** The key or the index of the member that is being read. */
  step: string | number;
}

const LITERALS: ReadonlySet<string> = new Set(['true', 'false', 'null']);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[-+]?\d+)?$/i;
const WORD = /[-+.\w]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const COMMENT = /(?:#|\/\/)[^\n]*|\/\*[^]*?(?:\*\/|$)/y;

const NO_STRING = 'not valid JSON: strings must be in double quotes';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const HASH = 0x23;
const SLASH = 0x2f;

/**
 * Goes over a text once and finds what `JSON.parse` accepts but a document must not contain (duplicate keys, forbidden keys,
 * rounded numbers, too many values, deep nesting), and what is wrong with the syntax, with the place of each. Does not
 * recurse.
 */
class JsonScan {
  isJson = true;
  private readonly text: string;
  private readonly open: Container[] = [];
  private values = 0;
  private at = 0;

  constructor(private readonly issues: IssueCollector) {
    this.text = issues.text;
  }

  run(): void {
    this.readValue();
    for (let inner = this.open.at(-1); inner; inner = this.open.at(-1)) this.readMember(inner);
    this.skipSpace();
    if (this.at < this.text.length) this.fail('the document must end here');
  }

  /** Reads a member with the comma before it, or the end of the container. */
  private readMember(container: Container): void {
    this.skipSpace();
    if (this.text[this.at] === container.closing) {
      this.at += 1;
      this.open.pop();
      return;
    }
    if (container.members > 0) {
      this.readComma(container);
      if (this.text[this.at] === container.closing) {
        this.addFault(`JSON allows no comma before "${container.closing}"`);
        return;
      }
    }
    container.step = container.members;
    container.members += 1;
    if (container.keys) this.readKey(container, container.keys);
    this.readValue();
  }

  private readComma({ closing }: Container): void {
    const found = this.text[this.at];
    if (found === ',') this.at += 1;
    else if (found === '}' || found === ']') this.fail(`a closing "${closing}" is missing before this`);
    else this.addFault('a comma is missing before this');
    this.skipSpace();
  }

  private readKey(container: Container, keys: Map<string, number>): void {
    const offset = this.at;
    if (this.text[offset] !== '"') {
      const isMissing = /[\]},:]/.test(this.text.charAt(offset));
      this.fail(isMissing ? 'a key in double quotes is missing here' : 'a key must be in double quotes');
    }
    const key = this.readString().text;
    const problem = keyProblem(key);
    if (problem) this.issues.add(problem, offset, this.pathOf(this.open.slice(0, -1)));
    container.step = key;
    const earlier = keys.get(key);
    if (earlier === undefined) keys.set(key, offset);
    else this.issues.addDuplicateKey(key, earlier, offset, this.pathOf());
    this.skipSpace();
    if (this.text[this.at] !== ':') this.fail('a ":" is missing before this');
    this.at += 1;
  }

  /** Reads a scalar, or the opening bracket of a mapping or a list. */
  private readValue(): void {
    this.skipSpace();
    const offset = this.at;
    const first = this.text[offset];
    this.values += 1;
    if (this.values > MAX_VALUES.json) {
      this.issues.abort(`more than ${MAX_VALUES.json.toLocaleString('en')} values`, offset, this.pathOf());
    }
    if (first === '{') this.openContainer({ closing: '}', keys: new Map(), members: 0, step: '' });
    else if (first === '[') this.openContainer({ closing: ']', keys: undefined, members: 0, step: '' });
    else if (first === '"') {
      const { text, isEscaped } = this.readString();
      // Only an escape sequence can write half a character.
      const problem = isEscaped && textProblem(text);
      if (problem) this.issues.add(problem, offset, this.pathOf());
    } else this.readWord();
  }

  private openContainer(container: Container): void {
    if (this.open.length >= MAX_DEPTH) this.issues.abort(TOO_DEEP, this.at, this.pathOf());
    this.open.push(container);
    this.at += 1;
  }

  /** Reads a number, true, false or null. */
  private readWord(): void {
    WORD.lastIndex = this.at;
    const [word = ''] = WORD.exec(this.text) ?? [];
    if (NUMBER.test(word)) {
      const problem = numberProblem(Number(word), word);
      if (problem) this.issues.add(problem, this.at, this.pathOf());
    } else if (!LITERALS.has(word)) this.rejectWord(word);
    this.at += word.length;
  }

  private rejectWord(word: string): void {
    if (/^[-+.\d]/.test(word)) {
      this.addFault(/[-+.e]$/i.test(word) ? 'the number is incomplete' : 'not a valid number');
    } else if (word !== '') this.addFault(NO_STRING);
    else if (/[\]},]/.test(this.text.charAt(this.at))) this.addFault('a value is missing here');
    else this.fail(NO_STRING);
  }

  private readString(): { text: string; isEscaped: boolean } {
    const start = this.at;
    let isEscaped = false;
    this.at += 1;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        isEscaped = true;
        this.readEscape();
      } else if (code >= SPACE) this.at += 1;
      else this.rejectInString(start);
    }
    this.at += 1;
    const text =
      isEscaped && this.isJson
        ? (JSON.parse(this.text.slice(start, this.at)) as string)
        : this.text.slice(start + 1, this.at - 1);
    return { text, isEscaped };
  }

  private readEscape(): void {
    ESCAPE.lastIndex = this.at;
    if (ESCAPE.test(this.text)) {
      this.at = ESCAPE.lastIndex;
      return;
    }
    const isUnicode = this.text[this.at + 1] === 'u';
    this.addFault(
      isUnicode ? 'invalid \\u escape sequence' : 'unknown escape sequence; write \\\\ for a backslash',
    );
    this.at += 2;
  }

  private rejectInString(start: number): void {
    if (!/[^\r\n]/.test(this.text.charAt(this.at))) {
      this.at = start;
      this.fail('a closing double quote is missing');
    }
    this.addFault('a control character must be written as an escape sequence');
    this.at += 1;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === SPACE || code === 0x0a || code === 0x0d || code === 0x09) this.at += 1;
      else if (!(code === HASH || code === SLASH) || !this.skipComment()) return;
    }
  }

  private skipComment(): boolean {
    COMMENT.lastIndex = this.at;
    if (!COMMENT.test(this.text)) return false;
    this.addFault('JSON has no comments');
    this.at = COMMENT.lastIndex;
    return true;
  }

  /** Adds an error in the syntax after which the scan can go on. */
  private addFault(message: string): void {
    this.isJson = false;
    this.issues.add(this.cause() ?? message, this.at);
  }

  /** Adds an error in the syntax after which anything may follow. */
  private fail(message: string): never {
    this.isJson = false;
    return this.issues.abort(this.cause() ?? message, this.at);
  }

  /** The end of the text and an unprintable character explain an error better than what the syntax demands there. */
  private cause(): string | undefined {
    if (this.at < this.text.length) return unprintableProblem(this.text.charAt(this.at));
    const innermost = this.open.at(-1);
    return innermost && `a closing "${innermost.closing}" is missing`;
  }

  private pathOf(containers: readonly Container[] = this.open): string {
    return dottedPath(containers.map(({ step }) => step));
  }
}
