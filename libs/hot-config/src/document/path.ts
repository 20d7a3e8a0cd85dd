/**
 * The text of a path: steps joined by dots, `servers.2.host`. A dot that belongs to a key is written `\.` and a backslash `\\`:
 * the key `db.password` below `secrets` is `secrets.db\.password`. `''` is the document itself.
 */
export function formatPath(steps: readonly (string | number)[]): string {
  return steps.map((step) => String(step).replace(/[\\.]/g, '\\$&')).join('.');
}

/** The steps of a path in the notation of `formatPath`. */
export function parsePath(path: string): readonly string[] {
  if (path === '') return [];
  const steps: string[] = [];
  let step = '';
  for (let at = 0; at < path.length; at += 1) {
    const character = path.charAt(at);
    if (character === '.') {
      steps.push(step);
      step = '';
    } else step += character === '\\' ? path.charAt((at += 1)) : character;
  }
  return [...steps, step];
}
