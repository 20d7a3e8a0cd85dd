import type { HotConfigIssue, PlainObject, PlainValue } from '../contract/index.js';
import { dottedPath, shownKey } from './issue-format.js';
import { MAX_ISSUES, MAX_SUBSTITUTED } from './limits.js';
import { isList, isMapping } from './plain-value.js';

/** Strings by name, for example `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

export type Substituted =
  | { readonly ok: true; readonly value: PlainObject }
  | { readonly ok: false; readonly issues: readonly HotConfigIssue[] };

/** The escape first, so that what it escapes is not a reference; last, what begins like a reference but is not one. */
const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)\})?/g;
const NO_NAME = '"${" must be followed by the name of a variable and "}"; for a literal "${" write "$${"';
const TOO_MUCH = `its variables add more than ${MAX_SUBSTITUTED.toLocaleString('en')} characters to the document`;

/**
 * Puts variables into the texts of a document: `${NAME}` becomes the variable's text, `$${` the text `${`. Keys stay as they
 * are, and so does what a variable holds. A variable that is not set is an issue, which names it and the place; an empty one
 * is set. No issue holds what a variable holds.
 */
export function substituteVariables(document: PlainObject, variables: Variables): Substituted {
  const substitution = new Substitution(variables);
  const value = substitution.mapping(document);
  const { issues } = substitution;
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value };
}

class Substitution {
  readonly issues: HotConfigIssue[] = [];
  readonly #path: (string | number)[] = [];
  #added = 0;

  constructor(private readonly variables: Variables) {}

  mapping(value: PlainObject): PlainObject {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.#member(name, member)]),
    );
  }

  #member(step: string | number, value: PlainValue): PlainValue {
    this.#path.push(step);
    const substituted = this.#value(value);
    this.#path.pop();
    return substituted;
  }

  #value(value: PlainValue): PlainValue {
    if (typeof value === 'string') return this.#text(value);
    if (isList(value)) return value.map((item, index) => this.#member(index, item));
    return isMapping(value) ? this.mapping(value) : value;
  }

  #text(text: string): string {
    return text.replace(REFERENCE, (match, name: string | undefined) => {
      if (match === '$${') return '${';
      return name === undefined ? this.#refuse(NO_NAME) : this.#variable(name);
    });
  }

  #variable(name: string): string {
    const text = Object.hasOwn(this.variables, name) ? this.variables[name] : undefined;
    if (text === undefined) return this.#refuse(`the variable ${shownKey(name)} is not set`);
    this.#added += text.length;
    // A document can name a long variable often.
    return this.#added > MAX_SUBSTITUTED ? this.#refuse(TOO_MUCH) : text;
  }

  #refuse(message: string): '' {
    const path = dottedPath(this.#path);
    const last = this.issues.at(-1);
    const again = last?.path === path && last.message === message;
    if (!again && this.issues.length < MAX_ISSUES) this.issues.push({ path, message });
    return '';
  }
}
