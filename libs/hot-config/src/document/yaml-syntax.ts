import { Composer, type Document, isScalar, type ParsedNode, Parser, type YAMLError } from 'yaml';
import { type Findings, ReadingStopped } from './findings.js';
import { MAX_DEPTH, MAX_ISSUES, TOO_DEEP } from './limits.js';
import { type Lexeme, meaningfulLexemes } from './yaml-lexemes.js';
import { isOpenQuote, yamlMessage } from './yaml-messages.js';

type SyntaxToken = Parameters<Composer['next']>[0];

/** What the parser keeps on its stack beside the open mappings and lists: the document, a scalar, one in transit. */
const STACK_SPARE = 3;

const SEVERAL = 'several documents in one; a document must not contain a second "---"';

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  // Compares every key with every other; duplicates are found in linear time when the value is built.
  uniqueKeys: false,
  // Merge keys, aliases and tags are dealt with when the value is built, under the limits.
  merge: false,
  resolveKnownTags: false,
  logLevel: 'silent',
} as const;

/** Text → syntax tree, undefined when the text is empty or not valid YAML. Depth and size are bounded before anything recurses. */
export function parseYaml(findings: Findings): ParsedNode | undefined {
  const lexemes = meaningfulLexemes(findings);
  const composer = new Composer(OPTIONS);
  const problems = boundedProblems(composer);
  let document: Document.Parsed | undefined;
  try {
    for (const token of syntaxTokens(lexemes, findings)) {
      for (const composed of composer.next(token)) document = composed;
    }
    for (const composed of composer.end()) document = composed;
  } catch (error) {
    if (problems.length < MAX_ISSUES) throw error;
  }
  const found = document ? [...document.errors, ...document.warnings] : problems;
  tell(findings, found, lexemes);
  return found.length > 0 || !document || isBlank(document.contents) ? undefined : document.contents;
}

/** The library misses a closing quote where the text ends; who has to close it looks for where it was opened. */
function tell(findings: Findings, found: readonly YAMLError[], lexemes: readonly Lexeme[]): void {
  const told = new Set<number>();
  for (const problem of found) {
    const [place] = problem.pos;
    // What else is missed at that end only follows from it, and is now told at another place than the quote.
    if (told.has(place)) continue;
    told.add(place);
    const endsThere = ({ source, offset }: Lexeme): boolean =>
      offset + source.length === place && /^["']/.test(source);
    const opened = isOpenQuote(problem) ? lexemes.find(endsThere) : undefined;
    findings.add(yamlMessage(problem), opened?.offset ?? place);
  }
}

/** Comments only, or only the marks around a document: not the same as a `null` that somebody wrote. */
function isBlank(contents: ParsedNode | null): contents is null {
  return contents === null || (isScalar(contents) && contents.type === 'PLAIN' && contents.source === '');
}

/** The parser keeps what is open on a stack, so depth is known while it grows, before the composer recurses into it. */
function* syntaxTokens(lexemes: readonly Lexeme[], findings: Findings): Generator<SyntaxToken> {
  const parser = new Parser();
  let documents = 0;
  const admitted = (token: SyntaxToken): SyntaxToken => {
    if (token.type === 'document') documents += 1;
    return documents > 1 ? findings.stop(SEVERAL, token.offset) : token;
  };
  for (const { source, offset } of lexemes) {
    parser.offset = offset;
    for (const token of parser.next(source)) yield admitted(token);
    if (parser.stack.length > MAX_DEPTH + STACK_SPARE) findings.stop(TOO_DEEP, offset);
  }
  for (const token of parser.end()) yield admitted(token);
}

/**
 * A text can hold an error per character, each an Error with a stack to the library, so composing must end early. The
 * composer offers no way to end it but throwing from where it records; should it come to record elsewhere, the problems
 * are still found in the document, only later.
 */
function boundedProblems(composer: Composer): readonly YAMLError[] {
  const recorded: YAMLError[] = [];
  const { errors, warnings } = composer.streamInfo();
  for (const list of [errors, warnings] as YAMLError[][]) {
    list.push = (...problems) => {
      recorded.push(...problems);
      if (recorded.length >= MAX_ISSUES) throw new ReadingStopped();
      return Array.prototype.push.apply(list, problems);
    };
  }
  return recorded;
}
