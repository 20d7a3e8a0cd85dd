import type { HotConfigIssue } from '../contract/index.js';
import { shownKey } from './issue-format.js';
import { MAX_ISSUES } from './limits.js';

/** Ends the reading of a document of which enough is known. Never leaves this folder. */
export class ReadingStopped extends Error {}

/** Collects what is wrong with one text, one per place because further ones only follow from it, in the order of the text. */
export class Findings {
  readonly #found: { readonly issue: HotConfigIssue; readonly offset: number }[] = [];
  readonly #seen = new Set<string>();

  constructor(readonly text: string) {}

  get any(): boolean {
    return this.#found.length > 0;
  }

  get issues(): readonly HotConfigIssue[] {
    return this.#found.toSorted((a, b) => a.offset - b.offset).map(({ issue }) => issue);
  }

  /** Throws `ReadingStopped` when there are enough of them. */
  add(message: string, offset: number, path = ''): void {
    const issue: HotConfigIssue = { path, message, ...placeOf(this.text, offset) };
    const identity = `${issue.line}:${issue.column}`;
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    this.#found.push({ issue, offset });
    if (this.#found.length >= MAX_ISSUES) throw new ReadingStopped();
  }

  addDuplicate(key: string, first: number, offset: number, path: string): void {
    const { line } = placeOf(this.text, first);
    this.add(`duplicate key "${shownKey(key)}", first defined on line ${line}`, offset, path);
  }

  /** For what makes it unsafe or pointless to read on. */
  stop(message: string, offset: number, path = ''): never {
    this.add(message, offset, path);
    throw new ReadingStopped();
  }
}

/** Counts lines and columns from 1, columns in UTF-16 units as editors do. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const end = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: end - lineStart + 1 };
}
