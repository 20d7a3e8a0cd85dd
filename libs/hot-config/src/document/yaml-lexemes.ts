import { CST, Lexer } from 'yaml';
import type { Findings } from './findings.js';
import { LexemeCensus, type LexemeKind } from './yaml-census.js';

/** One lexeme of the library's lexer and where it stands. */
export interface Lexeme {
  readonly source: string;
  readonly offset: number;
}

/**
 * The lexemes that carry meaning. Comments and blank lines end here: the parser keeps them in lists that it searches
 * again and again, so that a megabyte of them could take it minutes. Stops before anything is parsed when there are so many
 * lexemes that the document must hold too many values, or be nested too deeply.
 */
export function meaningfulLexemes(findings: Findings): readonly Lexeme[] {
  const kept: Lexeme[] = [];
  const census = new LexemeCensus(findings);
  let offset = 0;
  let isText = false;
  /** Where the current line begins in `kept`; undefined once the line holds more than spaces. */
  let blankFrom: number | undefined = 0;
  let spaced = true;
  for (const source of new Lexer().lex(findings.text)) {
    const kind: LexemeKind = isText ? 'text' : CST.tokenType(source);
    const blankLine = kind === 'newline' && blankFrom !== undefined;
    if (blankLine) kept.splice(blankFrom ?? 0);
    else if (kind !== 'comment') kept.push({ source, offset });
    else if (!spaced)
      findings.add('a comment must be set off by a space; quote a text with "#" in it', offset);
    census.count(kind, source, offset);
    if (kind === 'newline' || (kind === 'text' && source.endsWith('\n'))) blankFrom = kept.length;
    else if (kind !== 'space' && kind !== 'comment') blankFrom = undefined;
    spaced = kind === 'space' || kind === 'newline' || blankFrom !== undefined;
    isText = kind === 'scalar';
    if (!isMark(kind)) offset += source.length;
  }
  return kept;
}

/** Marks are put in by the lexer and stand for no character of the text. */
function isMark(kind: LexemeKind): boolean {
  return kind === 'scalar' || kind === 'doc-mode' || kind === 'flow-error-end';
}
