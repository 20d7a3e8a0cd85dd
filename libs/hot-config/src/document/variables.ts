import type { HotConfigIssue, PlainObject, PlainValue } from '../contract/index.js';
import { dottedPath, shownKey } from './issue-format.js';
import { MAX_ISSUES, MAX_SUBSTITUTED } from './limits.js';
import { isList, isMapping } from './plain-value.js';

/** Strings by name, for example `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

export type Substituted =
  | { readonly ok: true; readonly value: PlainObject }
  | { readonly ok: false; readonly issues: readonly HotConfigIssue[] };

/** The escape `$${` comes first, so that it is never read as a reference. A `${` that begins no reference matches too. */
const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)\})?/g;
const NOT_A_REFERENCE =
  '"${" must be followed by the name of a variable and "}"; for a literal "${" write "$${"';
const TOO_MUCH = `its variables add more than ${MAX_SUBSTITUTED.toLocaleString('en')} characters to the document`;

/**
 * Puts variables into the texts of a document: `${NAME}` becomes the variable's text, `$${` becomes `${`. Keys stay as they
 * are. The text of a variable is not searched for further variables. A variable that is not set is an issue, which names the
 * variable and its path; a variable may be empty. No issue holds the text of a variable.
 */
export function substituteVariables(document: PlainObject, variables: Variables): Substituted {
  const substitution = new Substitution(variables);
  const value = substitution.mapping(document);
  const { issues } = substitution;
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value };
}

class Substitution {
  readonly issues: HotConfigIssue[] = [];
  private readonly path: (string | number)[] = [];
  private added = 0;

  constructor(private readonly variables: Variables) {}

  mapping(value: PlainObject): PlainObject {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.member(name, member)]),
    );
  }

  private member(step: string | number, value: PlainValue): PlainValue {
    this.path.push(step);
    const substituted = this.value(value);
    this.path.pop();
    return substituted;
  }

  private value(value: PlainValue): PlainValue {
    if (typeof value === 'string') return this.text(value);
    if (isList(value)) return value.map((item, index) => this.member(index, item));
    return isMapping(value) ? this.mapping(value) : value;
  }

  private text(text: string): string {
    return text.replace(REFERENCE, (match, name: string | undefined) => {
      if (match === '$${') return '${';
      return name === undefined ? this.reject(NOT_A_REFERENCE) : this.variable(name);
    });
  }

  private variable(name: string): string {
    const text = Object.hasOwn(this.variables, name) ? this.variables[name] : undefined;
    if (text === undefined) return this.reject(`the variable ${shownKey(name)} is not set`);
    this.added += text.length;
    return this.added > MAX_SUBSTITUTED ? this.reject(TOO_MUCH) : text;
  }

  private reject(message: string): '' {
    const path = dottedPath(this.path);
    const last = this.issues.at(-1);
    const again = last?.path === path && last.message === message;
    if (!again && this.issues.length < MAX_ISSUES) this.issues.push({ path, message });
    return '';
  }
}
