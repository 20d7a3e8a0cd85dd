import type { HotConfigIssue } from '../contract/index.js';
import { dottedPath, HIDDEN_KEY, isList, memberOf, parsePath, valueAt } from '../document/index.js';
import { type Mask, maskOfSecrets, type Sensitivity } from './mask.js';

const NOT_VALID = 'is not valid; the value is sensitive, so neither the value nor the reason is shown';
const MISSING = 'is missing or not valid; the value is sensitive, so the reason is not shown';
/** Characters of a message: nobody reads on, and a log has to hold it. */
const MAX_MESSAGE = 500;

/**
 * The issues of a document as they may be shown: a fixed text at a sensitive path; elsewhere the words of their authors, but for
 * sensitive values, which the mask replaces. Keys that are no names are not shown.
 *
 * @param document what the schema was given, variables filled in
 */
export function redactIssues(
  definition: Sensitivity,
  document: unknown,
  issues: readonly HotConfigIssue[],
  mask: Mask,
): readonly HotConfigIssue[] {
  return issues.map((issue) => {
    const steps = parsePath(issue.path);
    const path = dottedPath(shownSteps(definition, document, steps));
    const message = fixedText(definition, document, steps) ?? cut(mask(issue.message));
    return { ...issue, path, message };
  });
}

/** The issues of a document that could not be decoded. They show no value; below a sensitive path they show no key either. */
export function redactUndecoded(
  definition: Sensitivity,
  issues: readonly HotConfigIssue[],
): readonly HotConfigIssue[] {
  return issues.map((issue) => {
    const steps = parsePath(issue.path);
    const hidden = steps.findIndex(
      (step, depth) => definition.isSensitive(undefined, steps.slice(0, depth)) && !/^\d+$/.test(step),
    );
    if (hidden === -1) return issue;
    const path = dottedPath([...steps.slice(0, hidden), HIDDEN_KEY]);
    return { ...issue, path, message: maskOfSecrets(steps.slice(hidden))(issue.message) };
  });
}

/** Undefined where the author's words may be shown. */
function fixedText(definition: Sensitivity, document: unknown, steps: readonly string[]): string | undefined {
  const value = valueAt(document, steps);
  if (definition.isSensitive(document, steps)) return value === undefined ? MISSING : NOT_VALID;
  return replacesSecret(definition, value, steps) ? NOT_VALID : undefined;
}

/** Whether a scalar, or a list with a scalar in it, stands in place of a mapping with a secret: most likely that secret. */
function replacesSecret(definition: Sensitivity, value: unknown, steps: readonly string[]): boolean {
  if (isList(value))
    return value.some((member, index) => replacesSecret(definition, member, [...steps, String(index)]));
  const isScalar = value !== undefined && value !== null && typeof value !== 'object';
  return isScalar && definition.holdsSensitive(steps);
}

/** Below a sensitive place a key of the document is as secret as a value; a position in a list, or what is missing, is not. */
function shownSteps(definition: Sensitivity, document: unknown, steps: readonly string[]): readonly string[] {
  const hidden = steps.findIndex((step, depth) => {
    const above = steps.slice(0, depth);
    return definition.isSensitive(document, above) && isKeyOf(valueAt(document, above), step);
  });
  return hidden === -1 ? steps : [...steps.slice(0, hidden), HIDDEN_KEY];
}

/** A key of a scalar was made by the schema, of parts of that scalar. */
function isKeyOf(holder: unknown, step: string): boolean {
  if (holder === undefined || isList(holder)) return false;
  return typeof holder !== 'object' || memberOf(holder, step) !== undefined;
}

function cut(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
