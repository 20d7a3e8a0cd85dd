import { type JSONPath, type JSONVisitor, printParseErrorCode, visit } from 'jsonc-parser';
import type { PlainValue } from '../contract/index.js';
import { type Findings } from './findings.js';
import { dottedPath } from './issue-format.js';
import { type Budget, MAX_DEPTH } from './limits.js';
import { numberProblem } from './number.js';
import { nameProblem, textProblem } from './text.js';

type PathSupplier = () => JSONPath;

const STRICT = { disallowComments: true, allowTrailingComma: false };

const MESSAGES: Record<ReturnType<typeof printParseErrorCode>, string> = {
  InvalidSymbol: 'not valid JSON: strings must be in double quotes',
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

/**
 * The value of a text that is JSON by its syntax, though what it holds may be refused; undefined for any other text. YAML holds
 * JSON too, but not quite: it does not take every tab, nor long keys.
 */
export function parseJson(text: string): { readonly value: PlainValue } | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return { value: JSON.parse(text) as PlainValue };
  } catch {
    return undefined;
  }
}

/** `JSON.parse` takes 100 ms for 256 KiB of brackets, which are refused anyway. Errs by a level to "no". */
function isTooDeep(text: string): boolean {
  const most = MAX_DEPTH + 1;
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length && depth <= most; at += 1) {
    const character = text[at];
    if (isInText && character === '\\') at += 1;
    else if (character === '"') isInText = !isInText;
    else if (isInText) continue;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
  }
  return depth > most;
}

/** Finds every problem of a text that is, or should be, strict JSON. */
export function inspectJson(findings: Findings, budget: Budget): void {
  visit(findings.text, jsonVisitor(findings, budget), STRICT);
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
      const problem = nameProblem(name);
      if (problem) findings.add(problem, offset, dottedPath(path()));
    },
    onLiteralValue: (value: unknown, offset, length, _line, _column, path) => {
      spend(length, offset, path);
      const problem =
        typeof value === 'number'
          ? numberProblem(value, findings.text.slice(offset, offset + length))
          : typeof value === 'string' && textProblem(value);
      if (problem) findings.add(problem, offset, dottedPath(path()));
    },
    onError: (error, offset) => findings.add(MESSAGES[printParseErrorCode(error)], offset),
  };
}
