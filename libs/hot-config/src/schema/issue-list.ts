import type { HotConfigIssue } from '../contract/index.js';

const MAX_ISSUES = 100;

/**
 * Every problem of a document, up to what a log has room for, then how many more there are. Only what is shown is put into
 * words: finding the nearest name takes time, and a document may have tens of thousands of problems.
 */
export function limitedIssues(problems: readonly (() => HotConfigIssue)[]): readonly HotConfigIssue[] {
  const shown = problems.slice(0, MAX_ISSUES).map((describe) => describe());
  const more = problems.length - shown.length;
  return more === 0 ? shown : [...shown, { path: '', message: `${more} more problems` }];
}

/** The class of an error, whose message may quote the document. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}
