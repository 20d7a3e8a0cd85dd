import { CST, Lexer } from 'yaml';
import type { IssueCollector } from './issue-collector.js';
import { MAX_DEPTH, MAX_YAML_TOKENS, TOO_DEEP, TOO_LONG } from './limits.js';

/** A token of the library's lexer and where it stands. */
export interface YamlToken {
  readonly source: string;
  readonly offset: number;
}

/** The library tells the kind by the first character, except for `text`, the plain or block text after a `scalar` mark. */
type TokenKind = ReturnType<typeof CST.tokenType> | 'text';

const CORE_TAG = /^!!(?:str|int|float|bool|null|map|seq)$/;
const DIRECTIVE = /^%YAML[ \t]+1\.2$/;
/** The lexer inserts these kinds, which stand for no character of the text. */
const INSERTED: ReadonlySet<TokenKind> = new Set(['scalar', 'doc-mode', 'flow-error-end']);

/**
 * The tokens without comments: for every comment below a block text the parser would look at all blank lines before it.
 * Aborts before anything is parsed when there are too many tokens, or when they nest too deep.
 */
export function yamlTokensOf(issues: IssueCollector): readonly YamlToken[] {
  const tokens: YamlToken[] = [];
  const limits = new TokenLimits(issues);
  let offset = 0;
  let isText = false;
  let isSpaced = true;
  for (const source of new Lexer().lex(issues.text)) {
    const kind: TokenKind = isText ? 'text' : CST.tokenType(source);
    if (kind !== 'comment') tokens.push({ source, offset });
    else if (!isSpaced)
      issues.add('a comment must be preceded by a space; quote a string that contains "#"', offset);
    limits.check(kind, source, offset);
    if (kind === 'tag' && !CORE_TAG.test(source)) {
      issues.add('this tag is not supported; a document holds plain data only, like JSON', offset);
    } else if (kind === 'directive-line' && !DIRECTIVE.test(source)) {
      issues.add('this directive is not supported; only "%YAML 1.2" is', offset);
    }
    // The text of a block ends with its own line end.
    isSpaced = kind === 'space' || kind === 'newline' || (kind === 'text' && source.endsWith('\n'));
    isText = kind === 'scalar';
    if (!INSERTED.has(kind)) offset += source.length;
  }
  return tokens;
}

/** Counts tokens, and estimates depth from them alone. */
class TokenLimits {
  private tokens = 0;
  private openBrackets = 0;
  /** As in `- - -`, which follow one another on a line. */
  private indicators = 0;

  constructor(private readonly issues: IssueCollector) {}

  check(kind: TokenKind, source: string, offset: number): void {
    this.tokens += kind === 'newline' ? 1 : 1 + lineEndsIn(source);
    if (this.tokens > MAX_YAML_TOKENS) this.issues.abort(TOO_LONG, offset);
    if (kind === 'flow-map-start' || kind === 'flow-seq-start') this.openBrackets += 1;
    else if (kind === 'flow-map-end' || kind === 'flow-seq-end')
      this.openBrackets = Math.max(0, this.openBrackets - 1);
    else if (kind === 'flow-error-end') this.openBrackets = 0;
    if (kind === 'seq-item-ind' || kind === 'explicit-key-ind' || kind === 'map-value-ind')
      this.indicators += 1;
    else if (kind !== 'space' && kind !== 'comment' && kind !== 'scalar') this.indicators = 0;
    if (this.openBrackets + this.indicators > MAX_DEPTH + 1) this.issues.abort(TOO_DEEP, offset);
  }
}

function lineEndsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
