import type { DocumentContentType, HotConfigIssue, PlainObject, PlainValue } from '../contract/index.js';
import { digestOf } from './digest.js';
import { IssueCollector } from './issue-collector.js';
import { parseJson } from './json-scan.js';
import { MAX_BYTES } from './limits.js';
import { isMapping } from './plain-value.js';
import { rejectUnprintable, textOf } from './text.js';
import { yamlTreeOf } from './yaml-tree.js';
import { YamlValueBuilder } from './yaml-value.js';

const OPENING_BRACKET = /^[ \t\r\n]*[{[]/;

export type Decoded =
  | { readonly ok: true; readonly value: PlainObject; readonly digest: string }
  | { readonly ok: false; readonly issues: readonly HotConfigIssue[] };

export interface DecodeOptions {
  /** `application/json` is read as strict JSON, everything else as YAML 1.2, which includes JSON. */
  readonly contentType?: DocumentContentType | undefined;
  /** The file or the key, for messages about the document as a whole. */
  readonly name: string;
}

/**
 * Turns the bytes of a document into a tree of plain objects, arrays, strings, finite numbers, booleans and null, or lists
 * what is wrong with it, at most 20 issues. Never throws, takes bounded time and memory for hostile bytes, and no issue
 * holds a value of the document.
 */
export function decodeDocument(bytes: Uint8Array, options: DecodeOptions): Decoded {
  const { name, contentType } = options;
  if (bytes.length > MAX_BYTES)
    return rejected(`${name} has ${bytes.length} bytes; the limit is ${MAX_BYTES}`);
  const decoded = textOf(bytes);
  if ('issue' in decoded) return { ok: false, issues: [decoded.issue] };
  if (decoded.text.trim() === '') return rejected(`${name} is empty; to empty a configuration write {}`);
  try {
    const { value, issues } = parse(decoded.text, contentType);
    return issues.length > 0 ? { ok: false, issues } : mappingOf(value, name);
  } catch {
    // An error that a parser throws for a text that nobody thought of must not end the process.
    return rejected(`${name} is too complex to be read`);
  }
}

interface Parsed {
  readonly value: PlainValue | undefined;
  readonly issues: readonly HotConfigIssue[];
}

/** YAML includes JSON, but the YAML parser is slower, and takes neither every tab nor long keys. */
function parse(text: string, contentType: DocumentContentType | undefined): Parsed {
  const mustBeJson = contentType === 'application/json';
  if (mustBeJson || OPENING_BRACKET.test(text)) {
    const json = parseJson(text);
    if (mustBeJson || json.isJson) return json;
  }
  return parseYaml(text);
}

function parseYaml(text: string): Parsed {
  const issues = new IssueCollector(text);
  const value = issues.collect(() => {
    rejectUnprintable(issues);
    const tree = yamlTreeOf(issues);
    return tree && new YamlValueBuilder(issues).build(tree);
  });
  return { value, issues: issues.issues };
}

function mappingOf(value: PlainValue | undefined, name: string): Decoded {
  if (value === undefined)
    return rejected(`${name} contains only comments; to empty a configuration write {}`);
  if (isMapping(value)) return { ok: true, value, digest: digestOf(value) };
  const found = Array.isArray(value) ? 'a list' : 'a single value';
  return rejected(`${name} contains ${found}; a document must be a mapping of keys to values`);
}

function rejected(message: string): Decoded {
  return { ok: false, issues: [{ path: '', message }] };
}
