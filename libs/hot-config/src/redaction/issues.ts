import type { HotConfigDefinition, HotConfigIssue } from '../contract/index.js';
import type { Mask } from './masked-error.js';

/**
 * The issues of a document as they may be shown: by path, then by the mask.
 *
 * @param document what the schema was given, variables filled in
 */
export function redactIssues(
  _definition: Pick<HotConfigDefinition, 'isSensitive' | 'holdsSensitive'>,
  _document: unknown,
  issues: readonly HotConfigIssue[],
  mask: Mask,
): readonly HotConfigIssue[] {
  return issues.map((issue) => ({ ...issue, message: mask(issue.message) }));
}
