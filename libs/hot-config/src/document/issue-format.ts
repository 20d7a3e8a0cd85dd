import type { HotConfigIssue } from '../contract/index.js';
import { formatPath } from './path.js';

/** Stands for a key that is not shown. */
export const HIDDEN_KEY = '‹key›';

const MAX_NAME = 60;
/** Names have letters and digits of any script, and what joins the parts of a word, a version or a route; `<<` merges. */
const IN_NO_NAME = /[^\p{ID_Continue}$.*/<-]/u;

/** One line per issue, `  - database.host: must be a string`, for below the first line of an error message. */
export function formatIssues(issues: readonly HotConfigIssue[]): string {
  return issues.map((issue) => `  - ${shown(issue)}`).join('\n');
}

/** All of them on one line, for a log that is read by line. */
export function issuesOnOneLine(issues: readonly HotConfigIssue[]): string {
  return issues.map(shown).join('; ');
}

function shown(issue: HotConfigIssue): string {
  return oneLine(whereOf(issue) + issue.message);
}

function whereOf({ path, line, column }: HotConfigIssue): string {
  if (line === undefined) return path && `${path}: `;
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
  return path ? `${place}, at ${path}: ` : `${place}: `;
}

/**
 * A key as it may stand in a message or a path. One that does not look like a name may hold a value: to YAML
 * `{url:postgres://app:secret@db}`, with the space missing, is a key.
 */
export function shownKey(key: string): string {
  return isName(key) ? key : HIDDEN_KEY;
}

export function isName(key: string): boolean {
  return key.length <= MAX_NAME && !IN_NO_NAME.test(key);
}

/** What stands before the first character that no name has: `url` of `url:postgres://app:secret@db`. */
export function nameAtStart(key: string): string {
  return key.split(IN_NO_NAME, 1)[0] ?? '';
}

export function dottedPath(steps: readonly (string | number)[]): string {
  return formatPath(steps.map((step) => shownKey(String(step))));
}

/** Without line ends and terminal control sequences, which a key or a header can hold and a log line must not. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** A name that somebody else chose, as of a file, in quotes: it may hold a line end, and would write a line of its own. */
export function quoted(name: string): string {
  return oneLine(JSON.stringify(name));
}
