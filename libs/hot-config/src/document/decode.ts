import type { DocumentContentType, HotConfigIssue, PlainObject, PlainValue } from '../contract/index.js';
import { digestOf } from './digest.js';
import { Findings, ReadingStopped } from './findings.js';
import { isJson, readJson } from './json-text.js';
import { Budget, DEFAULT_MAX_BYTES } from './limits.js';
import { refuseUnprintable, textOf } from './text.js';
import { parseYaml } from './yaml-syntax.js';
import { YamlValueBuilder } from './yaml-value.js';

export type Decoded =
  | { readonly ok: true; readonly value: PlainObject; readonly digest: string }
  | { readonly ok: false; readonly issues: readonly HotConfigIssue[] };

export interface DecodeOptions {
  /** `application/json` is read as strict JSON, everything else as YAML 1.2, which holds JSON too. */
  readonly contentType?: DocumentContentType | undefined;
  /** For messages about the document as a whole: the file, or the key. */
  readonly name: string;
  /** 1 MiB unless said otherwise. */
  readonly maxBytes?: number | undefined;
}

/**
 * Turns the bytes of a document into a tree of plain objects, arrays, strings, finite numbers, booleans and null, or lists
 * what is wrong with it, at most 20 problems. Never throws, takes bounded time and memory for hostile bytes, and no issue
 * holds a value of the document.
 */
export function decodeDocument(bytes: Uint8Array, options: DecodeOptions): Decoded {
  const { name, contentType, maxBytes = DEFAULT_MAX_BYTES } = options;
  if (bytes.length > maxBytes) {
    return refused([whole(`${name} has ${bytes.length} bytes; the limit is ${maxBytes}`)]);
  }
  const decoded = textOf(bytes);
  if ('issue' in decoded) return refused([decoded.issue]);
  if (decoded.text.trim() === '')
    return refused([whole(`${name} is empty; to empty a configuration write {}`)]);
  const findings = new Findings(decoded.text);
  try {
    const value = read(findings, contentType, new Budget(maxBytes));
    if (!findings.any)
      return value === undefined
        ? refused([whole(`${name} holds comments only; to empty a configuration write {}`)])
        : mapping(value, name);
  } catch (error) {
    // Whatever else the libraries below may throw, for a text that nobody thought of, must not end the process.
    if (!(error instanceof ReadingStopped)) return refused([whole(`${name} is too complex to be read`)]);
  }
  return refused(findings.issues);
}

function read(
  findings: Findings,
  contentType: DocumentContentType | undefined,
  budget: Budget,
): PlainValue | undefined {
  if (contentType === 'application/json' || isJson(findings.text)) return readJson(findings, budget);
  refuseUnprintable(findings);
  const tree = parseYaml(findings);
  return tree && new YamlValueBuilder(findings, budget).build(tree);
}

function mapping(value: PlainValue, name: string): Decoded {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return { ok: true, value: value as PlainObject, digest: digestOf(value) };
  }
  const found = Array.isArray(value) ? 'a list' : 'a single value';
  return refused([whole(`${name} holds ${found}; a document must be a mapping of keys to values`)]);
}

function whole(message: string): HotConfigIssue {
  return { path: '', message };
}

function refused(issues: readonly HotConfigIssue[]): Decoded {
  return { ok: false, issues };
}
