const MAX_LENGTH = 64;

/**
 * The candidate that a mistyped name most likely means, or undefined when none is near. Case, `-` and `_` are ignored. A name
 * of up to 3 characters may have one typing error, of up to 7 two, a longer name three. A typing error is a missing, a wrong or
 * an extra character, or two swapped characters.
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const typed = folded(name);
  if (typed === '' || typed.length > MAX_LENGTH) return undefined;
  const allowed = typed.length <= 3 ? 1 : typed.length <= 7 ? 2 : 3;
  let nearest: string | undefined;
  let shortest = Math.min(allowed, typed.length - 1) + 1;
  for (const candidate of candidates) {
    const meant = folded(candidate);
    if (Math.abs(meant.length - typed.length) >= shortest) continue;
    const distance = editDistance(typed, meant);
    if (distance >= shortest) continue;
    shortest = distance;
    nearest = candidate;
  }
  return nearest;
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** Optimal string alignment: the Damerau-Levenshtein distance in which no part is edited twice. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, at(beforeLast, j - 2) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
