import type { HotConfigIssue } from '../contract/index.js';
import { formatPath, isName, nameAtStart, nearestName, shownKey } from '../document/index.js';

const MAX_LISTED = 8;

/** The issue for a key that the schema does not know. */
export function unknownKeyIssue(path: readonly string[], known: readonly string[]): HotConfigIssue {
  const key = path.at(-1) ?? '';
  const message = isName(key) ? unknownKeyMessage(key, known) : valueAsKeyMessage(key, known);
  return { path: formatPath(path), message };
}

/** Names the nearest known key, or all of them if they are few. */
export function unknownKeyMessage(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  const hint = nearest === undefined ? listOf(known) : `; did you mean ${quoted(nearest)}?`;
  return `unknown key ${quoted(key)}${hint}`;
}

/** Of a key that is no name, such as `url:postgres://app:secret@db`, only what the schema knows is shown. */
function valueAsKeyMessage(key: string, known: readonly string[]): string {
  const name = nameAtStart(key);
  const nearest = nearestName(name, known);
  const what = known.includes(name)
    ? `unknown key "${name}${key[name.length] === ':' ? ':' : ''}‹…›"`
    : 'unknown key, not shown because it may hold a value';
  if (nearest === undefined) return what + listOf(known);
  return `${what}; did you mean "${shownKey(nearest)}: …", with a space after the colon?`;
}

function listOf(known: readonly string[]): string {
  if (known.length === 0 || known.length > MAX_LISTED) return '';
  return `; known here: ${known.map(quoted).join(', ')}`;
}

function quoted(key: string): string {
  return JSON.stringify(shownKey(key));
}
