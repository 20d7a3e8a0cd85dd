import { Concealment, type ConcealmentOptions } from './concealment.js';

/** Shorter values stay in what was thrown: the `1` of a document is in every message. */
const SHORTEST = 3;
const FRAMES = /(?:\n {4}at [^\n]*)+$/;

/**
 * What a schema has thrown, as the cause of a rejection: where it was thrown, and what it says without the values of the document.
 * Undefined when it is no error. Never throws.
 */
export function causeOf(
  thrown: unknown,
  { document, isSensitive }: Omit<ConcealmentOptions, 'shortest'>,
): Error | undefined {
  try {
    if (!(thrown instanceof Error)) return undefined;
    const { name, message } = thrown;
    const said = new Concealment({ document, isSensitive, shortest: SHORTEST }).conceal(message, []);
    return Object.assign(new Error(said), { name, stack: `${name}: ${said}${framesOf(thrown)}` });
  } catch {
    return undefined;
  }
}

/** Of the code only: a message may have several lines. */
function framesOf({ message, stack = '' }: Error): string {
  const at = stack.indexOf(message);
  return FRAMES.exec(at === -1 ? stack : stack.slice(at + message.length))?.[0] ?? '';
}
