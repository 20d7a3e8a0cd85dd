/** The `code` of a system error, for messages and decisions; any other error as a text. */
export function errorCode(error: unknown): string {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return String(isCoded ? error.code : error);
}
