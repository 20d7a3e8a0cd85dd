/** An injection token, for a message: the name of a class, not its source. */
export function nameOfToken(token: unknown): string {
  if (typeof token === 'symbol') return token.description ?? 'hot resource';
  return typeof token === 'function' ? token.name : String(token);
}
