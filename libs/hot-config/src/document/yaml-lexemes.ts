import { CST, Lexer } from 'yaml';
import type { Findings } from './findings.js';
import { LexemeCensus, type LexemeKind } from './yaml-census.js';

/** One lexeme of the library's lexer and where it stands. */
export interface Lexeme {
  readonly source: string;
  readonly offset: number;
}

/**
 * The lexemes without comments: below a block text the parser looks, for every comment, at all blank lines before it. Stops
 * before anything is parsed when there are more of them than may be, or values that are too deep.
 */
export function meaningfulLexemes(findings: Findings): readonly Lexeme[] {
  const kept: Lexeme[] = [];
  const census = new LexemeCensus(findings);
  let offset = 0;
  let isText = false;
  let spaced = true;
  for (const source of new Lexer().lex(findings.text)) {
    const kind: LexemeKind = isText ? 'text' : CST.tokenType(source);
    if (kind !== 'comment') kept.push({ source, offset });
    else if (!spaced)
      findings.add('a comment must be preceded by a space; quote a string that contains "#"', offset);
    census.count(kind, source, offset);
    // The text of a block brings its own line end.
    spaced = kind === 'space' || kind === 'newline' || (kind === 'text' && source.endsWith('\n'));
    isText = kind === 'scalar';
    if (!isMark(kind)) offset += source.length;
  }
  return kept;
}

/** Marks are put in by the lexer and stand for no character of the text. */
function isMark(kind: LexemeKind): boolean {
  return kind === 'scalar' || kind === 'doc-mode' || kind === 'flow-error-end';
}
