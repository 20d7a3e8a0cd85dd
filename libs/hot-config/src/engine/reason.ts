import { inspect } from 'node:util';
import type { HotConfigDefinition } from '../contract/index.js';

/** Levels of nested causes and properties, more than a logger prints. */
const DEPTH = 8;

const NOT_SHOWN = 'something was thrown that cannot be shown';

/** What somebody else's error says, for a message. Never throws, whatever was thrown. */
function reasonOf(cause: unknown): string {
  try {
    return saidBy(cause);
  } catch {
    return NOT_SHOWN;
  }
}

/** Drivers that try several addresses throw an error that says nothing and holds the others. */
function saidBy(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const parts = cause instanceof AggregateError ? (cause.errors as readonly unknown[]).map(reasonOf) : [];
  const message = String(cause.message);
  const said = message !== '' ? message : [...new Set(parts)].join('; ');
  const { code } = cause as { code?: unknown };
  return said || (typeof code === 'string' ? code : String(cause.name));
}

/**
 * Takes what is sensitive in any of these values out of a text. A message about a change may quote both sides of it: what was
 * in force before is a secret still, and in force again if the change fails.
 */
export function concealer(
  definition: Pick<HotConfigDefinition, 'conceal'>,
  ...values: readonly unknown[]
): (text: string) => string {
  return (text) => values.reduce<string>((shown, value) => definition.conceal(shown, value), text);
}

/**
 * The error itself, if nothing that a logger prints of it is to be concealed, its causes and properties included; else one with
 * the same name, message and stack that may be shown, and nothing more. Never throws, not even what `conceal` does.
 */
export function shownError(cause: unknown, conceal: (text: string) => string): Error {
  let message = NOT_SHOWN;
  try {
    message = conceal(reasonOf(cause));
    if (cause instanceof Error) {
      const printed = inspect(cause, { depth: DEPTH });
      if (message === cause.message && conceal(printed) === printed) return cause;
      return Object.assign(new Error(message), { name: cause.name, stack: conceal(String(cause.stack)) });
    }
  } catch {
    // Its properties cannot be read; what it says is known without them.
  }
  return new Error(message);
}
