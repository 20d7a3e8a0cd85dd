import { inspect } from 'node:util';

/** Levels of nested causes and properties, more than a logger prints. */
const DEPTH = 8;

/** What somebody else's error says, for a message. Never throws, whatever was thrown. */
export function reasonOf(cause: unknown): string {
  try {
    return saidBy(cause);
  } catch {
    return 'something was thrown that cannot be shown';
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
 * The error itself, if nothing that a logger prints of it is to be concealed, its causes and properties included; else one with
 * the same name, message and stack that may be shown, and nothing more. Never throws.
 */
export function shownError(cause: unknown, conceal: (text: string) => string): Error {
  const message = conceal(reasonOf(cause));
  try {
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
