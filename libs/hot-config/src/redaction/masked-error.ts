import { inspect } from 'node:util';
import type { HotConfigDefinition } from '../contract/index.js';
import { concealSensitive } from './concealment.js';

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

/** Replaces secrets in a text that others wrote, such as a driver's error message. */
export type Mask = (text: string) => string;

/**
 * A mask of every sensitive value inside these values of one config. A message about a change may quote both sides of it:
 * the value in force before is a secret still, and in force again if the change fails.
 */
export function maskOf(
  { isSensitive }: Pick<HotConfigDefinition, 'isSensitive'>,
  ...values: readonly unknown[]
): Mask {
  return (text) =>
    values.reduce<string>(
      (shown, value) => concealSensitive(shown, value, (path) => isSensitive(value, path)),
      text,
    );
}

/**
 * The error itself, if nothing that a logger prints of it is to be masked, its causes and properties included; else one with
 * the same name, message and stack that may be shown, and nothing more. Never throws, not even what the mask does.
 */
export function maskedError(cause: unknown, mask: Mask): Error {
  let message = NOT_SHOWN;
  try {
    message = mask(reasonOf(cause));
    if (cause instanceof Error) {
      const printed = inspect(cause, { depth: DEPTH });
      if (message === cause.message && mask(printed) === printed) return cause;
      return Object.assign(new Error(message), { name: cause.name, stack: mask(String(cause.stack)) });
    }
  } catch {
    // Its properties cannot be read; what it says is known without them.
  }
  return new Error(message);
}
