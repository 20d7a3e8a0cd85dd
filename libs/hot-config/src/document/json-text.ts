import { type JSONPath, type JSONVisitor, printParseErrorCode, visit } from 'jsonc-parser';
import type { PlainValue } from '../contract/index.js';
import { type Findings, ReadingStopped } from './findings.js';
import { dottedPath } from './issue-format.js';
import { type Budget, FORBIDDEN_KEYS, MAX_DEPTH } from './limits.js';
import { numberProblem } from './number.js';

type PathSupplier = () => JSONPath;

const STRICT = { disallowComments: true, allowTrailingComma: false };

const MESSAGES: Record<ReturnType<typeof printParseErrorCode>, string> = {
  InvalidSymbol: 'not valid JSON: a text must stand in double quotes',
  InvalidNumberFormat: 'not a valid number',
  PropertyNameExpected: 'a key in double quotes is missing here; JSON allows no comma before "}"',
  ValueExpected: 'a value is missing here',
  ColonExpected: 'a ":" is missing before this',
  CommaExpected: 'a comma is missing before this',
  CloseBraceExpected: 'a closing "}" is missing',
  CloseBracketExpected: 'a closing "]" is missing',
  EndOfFileExpected: 'the document must end here',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'a closing double quote is missing',
  UnexpectedEndOfNumber: 'the number is incomplete',
  InvalidUnicode: 'invalid \\u escape sequence',
  InvalidEscapeCharacter: 'unknown escape sequence; write \\\\ for a backslash',
  InvalidCharacter: 'a control character must be written as an escape sequence',
  '<unknown ParseErrorCode>': 'not valid JSON',
};

/** Strict JSON. Every problem goes to the findings; undefined when there are any. */
export function readJson(findings: Findings, budget: Budget): PlainValue | undefined {
  visit(findings.text, jsonVisitor(findings, budget), STRICT);
  return findings.any ? undefined : (JSON.parse(findings.text) as PlainValue);
}

/**
 * Whether the text is JSON by its syntax, as far as it is not nested too deeply to look; what it holds may be refused all
 * the same. YAML holds JSON too, but not quite: it does not take every tab, nor long keys.
 */
export function isJson(text: string): boolean {
  if (!/^[ \t\r\n]*[{[]/.test(text)) return false;
  let depth = 0;
  let valid = true;
  const stop = (): never => {
    throw new ReadingStopped();
  };
  const begin = (): void => void ((depth += 1) > MAX_DEPTH && stop());
  const end = (): void => void (depth -= 1);
  const onError = (): never => {
    valid = false;
    return stop();
  };
  try {
    visit(
      text,
      { onObjectBegin: begin, onArrayBegin: begin, onObjectEnd: end, onArrayEnd: end, onError },
      STRICT,
    );
  } catch (error) {
    if (!(error instanceof ReadingStopped)) throw error;
  }
  return valid;
}

/** `JSON.parse` would take duplicate keys and rounded integers silently, so every token is looked at before it. */
function jsonVisitor(findings: Findings, budget: Budget): JSONVisitor {
  const open: Map<string, number>[] = [];
  const spend = (characters: number, offset: number, path: PathSupplier): void => {
    const reason = budget.spend(1, characters, open.length);
    if (reason) findings.stop(reason, offset, dottedPath(path()));
  };
  const begin = (offset: number, path: PathSupplier): void => {
    open.push(new Map());
    spend(0, offset, path);
  };
  const end = (): void => void open.pop();
  return {
    onObjectBegin: (offset, _length, _line, _column, path) => begin(offset, path),
    onArrayBegin: (offset, _length, _line, _column, path) => begin(offset, path),
    onObjectEnd: end,
    onArrayEnd: end,
    onObjectProperty: (name, offset, _length, _line, _column, path) => {
      const seen = open.at(-1);
      const first = seen?.get(name);
      if (first !== undefined) findings.addDuplicate(name, first, offset, dottedPath([...path(), name]));
      else seen?.set(name, offset);
      if (FORBIDDEN_KEYS.has(name))
        findings.add(`the key "${name}" is not allowed`, offset, dottedPath(path()));
    },
    onLiteralValue: (value: unknown, offset, length, _line, _column, path) => {
      spend(length, offset, path);
      if (typeof value !== 'number') return;
      const problem = numberProblem(value, findings.text.slice(offset, offset + length));
      if (problem) findings.add(problem, offset, dottedPath(path()));
    },
    onError: (error, offset) => findings.add(MESSAGES[printParseErrorCode(error)], offset),
  };
}
