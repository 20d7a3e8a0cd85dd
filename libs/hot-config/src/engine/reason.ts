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
 * The error itself, if nothing in it is to be concealed, else one that may be shown, with the same name and `cause`: what was
 * thrown. Never throws.
 */
export function shownError(cause: unknown, conceal: (text: string) => string): Error {
  const reason = reasonOf(cause);
  const message = conceal(reason);
  try {
    if (cause instanceof Error) {
      const stack = conceal(String(cause.stack));
      if (message === cause.message && stack === cause.stack) return cause;
      return Object.assign(new Error(message, { cause }), { name: cause.name, stack });
    }
  } catch {
    // Its properties cannot be read; what it says is known without them.
  }
  return new Error(message, { cause });
}
