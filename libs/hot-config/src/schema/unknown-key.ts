import type { HotConfigIssue } from '../contract/index.js';
import { dottedPath, HIDDEN_KEY, isName, nameAtStart, nearestName, shownKey } from '../document/index.js';

const MAX_LISTED = 8;

/** The issue for a key that the schema does not know. Below a sensitive place a key is as secret as a value. */
export function unknownKeyIssue(
  path: readonly string[],
  known: readonly string[],
  isSensitive: boolean,
): HotConfigIssue {
  const key = path.at(-1) ?? '';
  if (!isName(key)) return valueInKeyIssue(path, known);
  if (!isSensitive) return { path: dottedPath(path), message: unknownKeyMessage(key, known) };
  return { path: pathTo(path, HIDDEN_KEY), message: HIDDEN + hintFor(key, known) };
}

export function unknownKeyMessage(key: string, known: readonly string[]): string {
  return `unknown key ${quotedName(key)}${hintFor(key, known)}`;
}

const HIDDEN = 'unknown key, not shown because it may hold a value';

/** Of a key that is no name, such as `url:postgres://app:secret@db`, only what the schema knows is shown. */
function valueInKeyIssue(path: readonly string[], known: readonly string[]): HotConfigIssue {
  const key = path.at(-1) ?? '';
  const name = nameAtStart(key);
  const meant = nearestName(name, known);
  const hint =
    meant === undefined
      ? listed(known)
      : `; did you mean "${shownKey(meant)}: …", with a space after the colon?`;
  if (!known.includes(name)) return { path: pathTo(path, HIDDEN_KEY), message: HIDDEN + hint };
  const shown = `${name}${key[name.length] === ':' ? ':' : ''}‹…›`;
  return { path: pathTo(path, shown), message: `unknown key "${shown}"${hint}` };
}

/** What was most likely meant, else what there is, if that is little. */
function hintFor(key: string, known: readonly string[]): string {
  const meant = nearestName(key, known);
  return meant === undefined ? listed(known) : `; did you mean ${quotedName(meant)}?`;
}

function listed(known: readonly string[]): string {
  if (known.length === 0 || known.length > MAX_LISTED) return '';
  return `; known here: ${known.map(quotedName).join(', ')}`;
}

function quotedName(key: string): string {
  return JSON.stringify(shownKey(key));
}

function pathTo(path: readonly string[], shown: string): string {
  return [...path.slice(0, -1).map(shownKey), shown].join('.');
}
