import type { HotConfigIssue } from '../contract/index.js';
import { nearestName } from '../document/index.js';
import { dotted, shortened } from './issue-list.js';

const MAX_LISTED = 8;

/** The issue for a key that the schema does not know. */
export function unknownKeyIssue(path: readonly string[], known: readonly string[]): HotConfigIssue {
  return { path: dotted(path), message: unknownKeyMessage(path.at(-1) ?? '', known) };
}

/** With what was most likely meant, else with what there is, if that is little. */
export function unknownKeyMessage(key: string, known: readonly string[]): string {
  const meant = nearestName(key, known);
  return `unknown key ${quoted(key)}${meant === undefined ? listed(known) : `; did you mean ${quoted(meant)}?`}`;
}

function listed(known: readonly string[]): string {
  if (known.length === 0 || known.length > MAX_LISTED) return '';
  return `; known here: ${known.map(quoted).join(', ')}`;
}

function quoted(key: string): string {
  return JSON.stringify(shortened(key));
}
