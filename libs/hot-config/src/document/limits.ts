/**
 * What keeps the reading of a document, good or hostile, within 50 ms of processor time, for it holds up everything else that
 * a service does: the parsers need up to 0.15 µs for a character, 2 µs for a value of JSON, 1.4 µs for a lexeme of YAML.
 */
export const MAX_BYTES = 256 * 1024;

/** Mappings and lists inside one another, the top-level mapping being the first. */
export const MAX_DEPTH = 64;

/** Mappings, lists and scalars of one document; in YAML each counts again for every alias that repeats it. */
export const MAX_NODES = { json: 15_000, yaml: 10_000 } as const;

/** What YAML is made of: keys, values, marks, spaces, comments, and every line end, also inside a text. About 2,100 lines. */
export const MAX_LEXEMES = 15_000;

/** Issues reported about one document: enough to work on, too few to flood a log. */
export const MAX_ISSUES = 20;

/** Aliases of one long string repeat it at no cost in nodes, so characters have a limit too, as a multiple of `MAX_BYTES`. */
export const MAX_EXPANSION = 4;

/** Characters that variables may add to a document. */
export const MAX_SUBSTITUTED = MAX_BYTES;

/** Names that reach a prototype when somebody merges or copies a value carelessly. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export const TOO_DEEP = `mappings and lists are nested deeper than ${MAX_DEPTH} levels`;
export const TOO_LONG = `too long for YAML, more than ${MAX_LEXEMES.toLocaleString('en')} keys, values, marks, comments and line breaks; JSON may be longer`;

/** What one document has used up. `spend` answers why no more may be spent, or undefined. */
export class Budget {
  #nodes = 0;
  #characters = 0;
  readonly #maxNodes: number;

  constructor(format: keyof typeof MAX_NODES) {
    this.#maxNodes = MAX_NODES[format];
  }

  spend(nodes: number, characters: number, depth: number): string | undefined {
    this.#nodes += nodes;
    this.#characters += characters;
    if (depth > MAX_DEPTH) return TOO_DEEP;
    if (this.#nodes > this.#maxNodes) {
      return `more than ${this.#maxNodes.toLocaleString('en')} values, counting what aliases repeat`;
    }
    if (this.#characters > MAX_BYTES * MAX_EXPANSION)
      return 'aliases repeat more text than a document may contain';
    return undefined;
  }
}
