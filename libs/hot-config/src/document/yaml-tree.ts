import { Composer, type Document, isScalar, type ParsedNode, Parser, type YAMLError } from 'yaml';
import type { IssueCollector } from './issue-collector.js';
import { MAX_DEPTH, MAX_ISSUES, TOO_DEEP } from './limits.js';
import { isOpenQuote, yamlMessage } from './yaml-messages.js';
import { type YamlToken, yamlTokensOf } from './yaml-tokens.js';

type SyntaxNode = Parameters<Composer['next']>[0];

/** What the parser keeps on its stack beside the open mappings and lists: the document, a scalar, and a node that moves. */
const STACK_SPARE = 3;

const SEVERAL = 'several documents in one; a document must not contain a second "---"';

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  // The library compares every key with every other. `YamlValueBuilder` finds duplicates in linear time.
  uniqueKeys: false,
  // `YamlValueBuilder` handles merge keys, aliases and tags, under the limits.
  merge: false,
  resolveKnownTags: false,
  logLevel: 'silent',
} as const;

/** The syntax tree; undefined when the text is empty or not valid YAML. Depth and size are bounded before anything recurses. */
export function yamlTreeOf(issues: IssueCollector): ParsedNode | undefined {
  const tokens = yamlTokensOf(issues);
  const composer = new Composer(OPTIONS);
  const firstErrors = limitErrors(composer);
  let document: Document.Parsed | undefined;
  try {
    for (const node of syntaxNodes(tokens, issues)) {
      for (const composed of composer.next(node)) document = composed;
    }
    for (const composed of composer.end()) document = composed;
  } catch (error) {
    if (firstErrors.length < MAX_ISSUES) throw error;
  }
  const errors = document ? [...document.errors, ...document.warnings] : firstErrors;
  addErrors(issues, errors, tokens);
  return errors.length > 0 || !document || isBlank(document.contents) ? undefined : document.contents;
}

/** The library reports an unclosed quote where the text ends. The issue gives the place where the quote was opened. */
function addErrors(issues: IssueCollector, errors: readonly YAMLError[], tokens: readonly YamlToken[]): void {
  const seen = new Set<number>();
  for (const error of errors) {
    const [place] = error.pos;
    // A further error at the same place only follows from the first, even when the first is listed at another place.
    if (seen.has(place)) continue;
    seen.add(place);
    const endsThere = ({ source, offset }: YamlToken): boolean =>
      offset + source.length === place && /^["']/.test(source);
    const opened = isOpenQuote(error) ? tokens.find(endsThere) : undefined;
    issues.add(yamlMessage(error), opened?.offset ?? place);
  }
}

/** Comments only, or only the marks around a document; a `null` that somebody wrote is not blank. */
function isBlank(contents: ParsedNode | null): contents is null {
  return contents === null || (isScalar(contents) && contents.type === 'PLAIN' && contents.source === '');
}

/** The parser keeps what is open on its stack. So the depth is known while it grows, before the composer recurses into it. */
function* syntaxNodes(tokens: readonly YamlToken[], issues: IssueCollector): Generator<SyntaxNode> {
  const parser = new Parser();
  let documents = 0;
  const single = (node: SyntaxNode): SyntaxNode => {
    if (node.type === 'document') documents += 1;
    return documents > 1 ? issues.abort(SEVERAL, node.offset) : node;
  };
  for (const { source, offset } of tokens) {
    parser.offset = offset;
    for (const node of parser.next(source)) yield single(node);
    if (parser.stack.length > MAX_DEPTH + STACK_SPARE) issues.abort(TOO_DEEP, offset);
  }
  for (const node of parser.end()) yield single(node);
}

/**
 * A text can hold an error per character, and the library makes an Error with a stack of each, so composing must end early.
 * The composer can only be ended by throwing where it records an error. Should the library come to record errors elsewhere,
 * they are still found in the document, only later.
 *
 * @returns the errors so far; composing throws when there are as many as are listed
 */
function limitErrors(composer: Composer): readonly YAMLError[] {
  const recorded: YAMLError[] = [];
  const { errors, warnings } = composer.streamInfo();
  for (const list of [errors, warnings] as YAMLError[][]) {
    list.push = (...added) => {
      recorded.push(...added);
      if (recorded.length >= MAX_ISSUES) throw new Error('as many errors as are listed');
      return Array.prototype.push.apply(list, added);
    };
  }
  return recorded;
}
