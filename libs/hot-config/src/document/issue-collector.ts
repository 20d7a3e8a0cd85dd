import type { HotConfigIssue } from '../contract/index.js';
import { shownKey } from './issue-format.js';
import { MAX_ISSUES } from './limits.js';

class Aborted extends Error {}

/** Collects the issues of one text. A place gets one issue, because further issues at the same place only follow from it. */
export class IssueCollector {
  private readonly collected: { readonly issue: HotConfigIssue; readonly offset: number }[] = [];
  private readonly places = new Set<string>();

  constructor(readonly text: string) {}

  get isEmpty(): boolean {
    return this.collected.length === 0;
  }

  /** In the order of the text. */
  get issues(): readonly HotConfigIssue[] {
    return this.collected.toSorted((a, b) => a.offset - b.offset).map(({ issue }) => issue);
  }

  /** The result of `read`; undefined when `read` was aborted. */
  collect<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (error instanceof Aborted) return undefined;
      throw error;
    }
  }

  /** Aborts the reading when the issue is the last that is listed. */
  add(message: string, offset: number, path = ''): void {
    const issue: HotConfigIssue = { path, message, ...locationOf(this.text, offset) };
    const place = `${issue.line}:${issue.column}`;
    if (this.places.has(place)) return;
    this.places.add(place);
    this.collected.push({ issue, offset });
    if (this.collected.length >= MAX_ISSUES) throw new Aborted();
  }

  addDuplicateKey(key: string, first: number, offset: number, path: string): void {
    const { line } = locationOf(this.text, first);
    this.add(`duplicate key "${shownKey(key)}", first defined on line ${line}`, offset, path);
  }

  /** Adds an issue after which reading on would be unsafe or pointless, and ends the `read` of `collect`. */
  abort(message: string, offset: number, path = ''): never {
    this.add(message, offset, path);
    throw new Aborted();
  }
}

/** Counts lines and columns from 1, columns in UTF-16 units as editors do. */
export function locationOf(text: string, offset: number): { line: number; column: number } {
  const end = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: end - lineStart + 1 };
}
