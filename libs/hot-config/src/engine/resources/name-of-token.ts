/** An injection token as messages show it: of a class its name, not its source. */
export function nameOfToken(token: unknown): string {
  if (typeof token === 'symbol') return token.description ?? 'hot resource';
  return typeof token === 'function' ? token.name : String(token);
}
