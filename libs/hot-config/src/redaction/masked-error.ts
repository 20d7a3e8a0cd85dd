import { inspect } from 'node:util';
import type { Mask } from './mask.js';

/** Levels of nested causes and properties, more than a logger prints. A text of several lines is printed as one. */
const PRINTED = { depth: 8, breakLength: Infinity };

const NOT_SHOWN = 'something was thrown that cannot be shown';

/**
 * The error itself, if the mask changes nothing of what a logger prints of it, its causes and properties included; else one
 * with the same name, and the message and the stack as masked. Never throws, whatever was thrown and whatever the mask does.
 */
export function maskedError(cause: unknown, mask: Mask): Error {
  let message = NOT_SHOWN;
  try {
    message = mask(reasonOf(cause));
    if (cause instanceof Error) {
      const printed = inspect(cause, PRINTED);
      if (message === cause.message && mask(printed) === printed) return cause;
      return Object.assign(new Error(message), { name: cause.name, stack: mask(String(cause.stack)) });
    }
  } catch {
    // The properties of the error cannot be read; what is known of its message is kept.
  }
  return new Error(message);
}

/** What somebody else's error says, for a message. */
function reasonOf(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return String(cause);
    // Drivers that try several addresses throw an error that says nothing and holds the others.
    const parts = cause instanceof AggregateError ? (cause.errors as readonly unknown[]).map(reasonOf) : [];
    const message = String(cause.message) || [...new Set(parts)].join('; ');
    const { code } = cause as { code?: unknown };
    return message || (typeof code === 'string' ? code : String(cause.name));
  } catch {
    return NOT_SHOWN;
  }
}
