import type { DocumentContentType, HotConfigIssue, PlainObject, PlainValue } from '../contract/index.js';
import { digestOf } from './digest.js';
import { Findings, ReadingStopped } from './findings.js';
import { inspectJson, parseJson } from './json-text.js';
import { Budget, MAX_BYTES } from './limits.js';
import { isMapping } from './plain-value.js';
import { refuseUnprintable, textOf } from './text.js';
import { parseYaml } from './yaml-syntax.js';
import { YamlValueBuilder } from './yaml-value.js';

const OPENING_BRACKET = /^[ \t\r\n]*[{[]/;

export type Decoded =
  | { readonly ok: true; readonly value: PlainObject; readonly digest: string }
  | { readonly ok: false; readonly issues: readonly HotConfigIssue[] };

export interface DecodeOptions {
  /** `application/json` is read as strict JSON, everything else as YAML 1.2, which includes JSON. */
  readonly contentType?: DocumentContentType | undefined;
  /** For messages about the document as a whole: the file, or the key. */
  readonly name: string;
}

/**
 * Turns the bytes of a document into a tree of plain objects, arrays, strings, finite numbers, booleans and null, or lists
 * what is wrong with it, at most 20 problems. Never throws, takes bounded time and memory for hostile bytes, and no issue
 * holds a value of the document.
 */
export function decodeDocument(bytes: Uint8Array, options: DecodeOptions): Decoded {
  const { name, contentType } = options;
  if (bytes.length > MAX_BYTES) {
    return refused([whole(`${name} has ${bytes.length} bytes; the limit is ${MAX_BYTES}`)]);
  }
  const decoded = textOf(bytes);
  if ('issue' in decoded) return refused([decoded.issue]);
  if (decoded.text.trim() === '')
    return refused([whole(`${name} is empty; to empty a configuration write {}`)]);
  const findings = new Findings(decoded.text);
  try {
    const value = read(findings, contentType);
    if (!findings.any)
      return value === undefined
        ? refused([whole(`${name} contains only comments; to empty a configuration write {}`)])
        : mapping(value, name);
  } catch (error) {
    // Whatever else the libraries below may throw, for a text that nobody thought of, must not end the process.
    if (!(error instanceof ReadingStopped)) return refused([whole(`${name} is too complex to be read`)]);
  }
  return refused(findings.issues);
}

function read(findings: Findings, contentType: DocumentContentType | undefined): PlainValue | undefined {
  const { text } = findings;
  const isSaidToBeJson = contentType === 'application/json';
  const json = isSaidToBeJson || OPENING_BRACKET.test(text) ? parseJson(text) : undefined;
  if (json || isSaidToBeJson) {
    inspectJson(findings, new Budget('json'));
    if (!json && !findings.any) findings.add('not valid JSON', 0);
    return json?.value;
  }
  refuseUnprintable(findings);
  const tree = parseYaml(findings);
  return tree && new YamlValueBuilder(findings, new Budget('yaml')).build(tree);
}

function mapping(value: PlainValue, name: string): Decoded {
  if (isMapping(value)) return { ok: true, value, digest: digestOf(value) };
  const found = Array.isArray(value) ? 'a list' : 'a single value';
  return refused([whole(`${name} contains ${found}; a document must be a mapping of keys to values`)]);
}

function whole(message: string): HotConfigIssue {
  return { path: '', message };
}

function refused(issues: readonly HotConfigIssue[]): Decoded {
  return { ok: false, issues };
}
