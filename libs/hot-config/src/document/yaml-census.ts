import type { CST } from 'yaml';
import type { Findings } from './findings.js';
import { MAX_DEPTH, MAX_LEXEMES, TOO_DEEP, TOO_LONG } from './limits.js';

/** What the library says of a lexeme by its first character; `text` is the plain or block text after a `scalar` mark. */
export type LexemeKind = ReturnType<typeof CST.tokenType> | 'text';

const CORE_TAG = /^!!(?:str|int|float|bool|null|map|seq)$/;
const DIRECTIVE = /^%YAML[ \t]+1\.2$/;

/** Tells from the lexemes alone what is not supported, and when there are too many of them, or values that are too deep. */
export class LexemeCensus {
  #lexemes = 0;
  #brackets = 0;
  #indicators = 0;

  constructor(private readonly findings: Findings) {}

  count(kind: LexemeKind, source: string, offset: number): void {
    this.#lexemes += kind === 'newline' ? 1 : 1 + lineEndsIn(source);
    if (this.#lexemes > MAX_LEXEMES) this.findings.stop(TOO_LONG, offset);
    if (kind === 'space' || kind === 'comment' || kind === 'scalar') return;
    if (kind === 'newline') {
      this.#indicators = 0;
      return;
    }
    this.#refuseUnsupported(kind, source, offset);
    this.#refuseTooDeep(kind, offset);
  }

  #refuseUnsupported(kind: LexemeKind, source: string, offset: number): void {
    if (kind === 'tag' && !CORE_TAG.test(source)) {
      this.findings.add('this tag is not supported; a document holds plain data only, like JSON', offset);
    } else if (kind === 'directive-line' && !DIRECTIVE.test(source)) {
      this.findings.add('this directive is not supported; only "%YAML 1.2" is', offset);
    }
  }

  /** Counts brackets that are open, and indicators as in `- - -` that follow one another on a line. */
  #refuseTooDeep(kind: LexemeKind, offset: number): void {
    if (kind === 'flow-map-start' || kind === 'flow-seq-start') this.#brackets += 1;
    else if (kind === 'flow-map-end' || kind === 'flow-seq-end')
      this.#brackets = Math.max(0, this.#brackets - 1);
    else if (kind === 'flow-error-end') this.#brackets = 0;
    const indicator = kind === 'seq-item-ind' || kind === 'explicit-key-ind' || kind === 'map-value-ind';
    this.#indicators = indicator ? this.#indicators + 1 : 0;
    if (this.#brackets + this.#indicators > MAX_DEPTH + 1) this.findings.stop(TOO_DEEP, offset);
  }
}

function lineEndsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
