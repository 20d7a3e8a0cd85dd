/** One mebibyte, the default max payload of a NATS server: what is larger could not be published anyway. */
export const DEFAULT_MAX_BYTES = 1024 * 1024;

/** Mappings and lists inside one another, the top-level mapping being the first. */
export const MAX_DEPTH = 64;

/** Mappings, lists and scalars of one document, counted again for every alias that repeats them. */
export const MAX_NODES = 50_000;

/** Issues reported about one document: enough to work on, too few to flood a log. */
export const MAX_ISSUES = 20;

/** Aliases of one long string repeat it at no cost in nodes, so characters have a limit too, as a multiple of `maxBytes`. */
export const MAX_EXPANSION = 4;

/** Names that reach a prototype when somebody merges or copies a value carelessly. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export const TOO_DEEP = `mappings and lists are nested deeper than ${MAX_DEPTH} levels`;
export const TOO_MANY = `more than ${MAX_NODES.toLocaleString('en')} values, counting what aliases repeat`;

/** What one document has used up. `spend` answers why no more may be spent, or undefined. */
export class Budget {
  #nodes = 0;
  #characters = 0;
  readonly #maxCharacters: number;

  constructor(maxBytes: number) {
    this.#maxCharacters = maxBytes * MAX_EXPANSION;
  }

  spend(nodes: number, characters: number, depth: number): string | undefined {
    this.#nodes += nodes;
    this.#characters += characters;
    if (depth > MAX_DEPTH) return TOO_DEEP;
    if (this.#nodes > MAX_NODES) return TOO_MANY;
    if (this.#characters > this.#maxCharacters) return 'aliases repeat more text than a document may hold';
    return undefined;
  }
}
