import type { HotConfigIssue } from '../contract/index.js';

const MAX_SHOWN = 60;

/** One line per issue, `  - database.host: must be a string`, to stand below the first line of an error message. */
export function formatIssues(issues: readonly HotConfigIssue[]): string {
  return issues.map((issue) => `  - ${oneLine(whereOf(issue) + issue.message)}`).join('\n');
}

function whereOf({ path, line, column }: HotConfigIssue): string {
  if (line === undefined) return path && `${path}: `;
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
  return path ? `${place}, at ${path}: ` : `${place}: `;
}

/** A key as it may stand in a message or a path: on one line, and no longer than anybody reads. */
export function shownKey(key: string): string {
  const line = oneLine(key);
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

export function dottedPath(steps: readonly (string | number)[]): string {
  return steps.map((step) => shownKey(String(step))).join('.');
}

/** A key can hold line ends and terminal control sequences; a log line must not. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
