import type { HotConfigIssue } from '../contract/index.js';
import { nearestName } from '../document/index.js';
import { dotted, shortened } from './issue-list.js';

const MAX_LISTED = 8;

/** The issue for a key that the schema does not know, with what was most likely meant. */
export function unknownKeyIssue(path: readonly string[], known: readonly string[]): HotConfigIssue {
  const key = path.at(-1) ?? '';
  const meant = nearestName(key, known);
  return {
    path: dotted(path),
    message: `unknown key ${quoted(key)}${meant === undefined ? listed(known) : `; did you mean ${quoted(meant)}?`}`,
  };
}

function listed(known: readonly string[]): string {
  if (known.length === 0 || known.length > MAX_LISTED) return '';
  return `; known here: ${known.map(quoted).join(', ')}`;
}

function quoted(key: string): string {
  return JSON.stringify(shortened(key));
}
