/**
 * These limits keep the reading of a document, good or hostile, within 50 ms of processor time, because a service does nothing
 * else meanwhile. The parsers need up to 0.15 µs for a character, 1 µs for a value of JSON, 1.4 µs for a token of YAML.
 */
export const MAX_BYTES = 256 * 1024;

/** Mappings and lists inside one another, the top-level mapping being the first. */
export const MAX_DEPTH = 64;

/** Mappings, lists and scalars of one document; in YAML each counts again for every alias that repeats it. */
export const MAX_VALUES = { json: 15_000, yaml: 10_000 } as const;

/** Keys, values, marks, spaces, comments, and every line end, also inside a text. About 2,100 lines. */
export const MAX_YAML_TOKENS = 15_000;

/** Issues reported about one document: enough to work on, too few to flood a log. */
export const MAX_ISSUES = 20;

/** Characters of all keys and texts in YAML. Aliases of one long text repeat it, although they add few values. */
export const MAX_YAML_CHARACTERS = 4 * MAX_BYTES;

/** Characters that variables may add to a document. */
export const MAX_SUBSTITUTED = MAX_BYTES;

/** Names that reach a prototype when somebody merges or copies a value carelessly. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export const TOO_DEEP = `mappings and lists are nested deeper than ${MAX_DEPTH} levels`;
export const TOO_LONG = `too long for YAML, more than ${MAX_YAML_TOKENS.toLocaleString('en')} keys, values, marks, comments and line breaks; JSON may be longer`;
