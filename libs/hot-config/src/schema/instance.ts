import type { HotConfigIssue, PlainValue } from '../contract/index.js';
import { shownKey } from '../document/index.js';
import type { ClassRules } from './class-rules.js';
import { errorName } from './issue-list.js';
import type { ClassTransformer } from './peers.js';

type Plain = Record<string, PlainValue>;

/** Beyond so many top-level keys the one that a transformation fails on is not searched for: each costs another attempt. */
const MAX_SUSPECTS = 20;

/** An instance filled from a document that may be changed, or the places at which a `@Transform` or constructor throws. */
export function instantiate<T extends object>(
  transformer: ClassTransformer,
  type: new () => T,
  plain: Plain,
  complete: (instance: T) => void,
): { readonly instance: T } | { readonly issues: readonly HotConfigIssue[]; readonly thrown: unknown } {
  const attempt = (document: Plain): T => {
    const instance = transformer.plainToInstance(type, document, {
      enableImplicitConversion: false,
      exposeDefaultValues: true,
    });
    complete(instance);
    return instance;
  };
  try {
    return { instance: attempt(plain) };
  } catch (error) {
    // The text of such an error quotes the document more often than not: "hunter2" is not valid JSON.
    const message = `cannot be turned into a ${type.name}: a transformation threw ${errorName(error)}`;
    const issues = culprits(attempt, plain).map((key) => ({ path: shownKey(key), message }));
    return { issues, thrown: error };
  }
}

/** The top-level keys without which it works; the document itself when no single one is to blame. */
function culprits(attempt: (document: Plain) => unknown, plain: Plain): string[] {
  const keys = Object.keys(plain);
  if (keys.length > MAX_SUSPECTS) return [''];
  const blamed = keys.filter((key) => {
    try {
      attempt(Object.fromEntries(Object.entries(plain).filter(([name]) => name !== key)));
      return true;
    } catch {
      return false;
    }
  });
  return blamed.length === 0 ? [''] : blamed;
}

/** Takes out the properties that initializers of the language made without giving them a value. */
export function dropUnset(value: unknown, rules: ClassRules): void {
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) {
    (value as Set<unknown>).forEach((member) => dropUnset(member, rules));
  } else if (typeof value === 'object' && value !== null && rules.of(value).length > 0) {
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) Reflect.deleteProperty(value, name);
      else dropUnset(member, rules);
    }
  }
}
