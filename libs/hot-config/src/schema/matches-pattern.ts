/** Whether a path lies at or below one of the patterns. `*` stands for one array index or any one key. */
export function matchesPattern(patterns: readonly (readonly string[])[], path: readonly string[]): boolean {
  return patterns.some(
    (pattern) =>
      pattern.length <= path.length && pattern.every((step, index) => step === '*' || step === path[index]),
  );
}
