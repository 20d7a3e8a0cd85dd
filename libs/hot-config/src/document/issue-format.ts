import type { HotConfigIssue } from '../contract/index.js';
import { formatPath } from './path.js';

/** Stands for a key that is not shown. */
export const HIDDEN_KEY = '‹key›';

const MAX_NAME = 60;
/** Names consist of letters and digits of any script, and of what joins the parts of a word, a version or a route; `<<` merges. */
const NOT_IN_A_NAME = /[^\p{ID_Continue}$.*/<-]/u;

/** One line per issue, `  - database.host: must be a string`, for below the first line of an error message. */
export function formatIssues(issues: readonly HotConfigIssue[]): string {
  return issues.map((issue) => `  - ${lineOf(issue)}`).join('\n');
}

/** All issues on one line, for a log that is read by line. */
export function issuesOnOneLine(issues: readonly HotConfigIssue[]): string {
  return issues.map(lineOf).join('; ');
}

function lineOf(issue: HotConfigIssue): string {
  return oneLine(locationOf(issue) + issue.message);
}

function locationOf({ path, line, column }: HotConfigIssue): string {
  if (line === undefined) return path && `${path}: `;
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
  return path ? `${place}, at ${path}: ` : `${place}: `;
}

/**
 * The key as it may stand in a message or a path. A key that does not look like a name may hold a value: in YAML
 * `{url:postgres://app:secret@db}`, where a space is missing, is a key.
 */
export function shownKey(key: string): string {
  return isName(key) ? key : HIDDEN_KEY;
}

export function isName(key: string): boolean {
  return key.length <= MAX_NAME && !NOT_IN_A_NAME.test(key);
}

/** The text before the first character that is not allowed in a name: `url` of `url:postgres://app:secret@db`. */
export function nameAtStart(key: string): string {
  return key.split(NOT_IN_A_NAME, 1)[0] ?? '';
}

/** The path of an issue, in the notation of `formatPath`, without keys that may hold a value. */
export function dottedPath(steps: readonly (string | number)[]): string {
  return formatPath(steps.map((step) => shownKey(String(step))));
}

/** Without line ends and terminal control sequences, which a key or a header can hold but a log line must not. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** A name from outside, as that of a file, in quotes and on one line: it may hold a line end. */
export function quoted(name: string): string {
  return oneLine(JSON.stringify(name));
}
