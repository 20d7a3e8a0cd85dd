import type { ErrorCode, YAMLError } from 'yaml';

/** The library's own messages may quote the document, and so a secret. These messages never do. */
const MESSAGES: Record<ErrorCode, string> = {
  ALIAS_PROPS: 'an alias must not have an anchor or a tag of its own',
  BAD_ALIAS: 'the name of this anchor or alias is missing or ends in ":"',
  BAD_COLLECTION_TYPE: 'the tag does not fit the value',
  BAD_DIRECTIVE: 'this directive is not supported; only "%YAML 1.2" is',
  BAD_DQ_ESCAPE: 'unknown escape sequence; write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: 'wrong indentation, or a bracket that is not closed',
  BAD_PROP_ORDER: 'an anchor or tag must come after the "-", "?" or ":"',
  BAD_SCALAR_START: 'a string that starts with this character must be quoted',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping or list cannot start here; quote a string that contains ": "',
  BLOCK_IN_FLOW: 'an indented mapping or list must not be inside { } or [ ]',
  DUPLICATE_KEY: 'duplicate key',
  IMPOSSIBLE: 'not valid YAML',
  KEY_OVER_1024_CHARS: 'a key must not be longer than 1024 characters; is a quote not closed?',
  MISSING_CHAR: 'a character is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must end with ":" on the line it starts on; is a ":" or a quote missing?',
  MULTIPLE_ANCHORS: 'a value can have only one anchor',
  MULTIPLE_DOCS: 'several documents in one; a document must not contain a second "---"',
  MULTIPLE_TAGS: 'a value can have only one tag',
  NON_STRING_KEY: 'a key must be a string',
  RESOURCE_EXHAUSTION: 'too complex to be read',
  TAB_AS_INDENT: 'a tab must not indent YAML; use spaces',
  TAG_RESOLVE_FAILED: 'the tag does not fit the value',
  UNEXPECTED_TOKEN: 'unexpected here',
};

/** The code says only that something is missing. The fixed words of the library's message say what. */
const MISSING: readonly (readonly [RegExp, string])[] = [
  [/quote/, 'a closing quote is missing'],
  [/must end with/, 'a closing bracket is missing'],
  [/followed by map values/, 'a key must be followed by ":" and a value'],
  [/^Missing ,/, 'a comma is missing'],
  [/white ?space/, 'a space is missing'],
  [/directives-end|doc-start/, 'a line "---" is missing after the directive'],
  [
    /explicit indentation/,
    'blank lines at the start of a block string must not be indented deeper than its text',
  ],
  [/same line with directives-end/, 'a mapping must start on the line after "---"'],
  [/newline/, 'a line break is missing'],
];

export function isOpenQuote({ code, message }: YAMLError): boolean {
  return code === 'MISSING_CHAR' && /quote/.test(message);
}

export function yamlMessage({ code, message }: YAMLError): string {
  const missing = code === 'MISSING_CHAR' && MISSING.find(([words]) => words.test(message));
  return missing ? missing[1] : MESSAGES[code];
}
