import {
  HotConfigError,
  HotConfigParseError,
  HotConfigValidationError,
  type HotConfigDefinition,
  type HotConfigIssue,
  type HotConfigRejection,
  type PlainObject,
  type SourceDocument,
} from '../contract/index.js';
import { decodeDocument, formatIssues, substituteVariables, type Variables } from '../document/index.js';
import { bounded } from './bounded.js';
import { shownError } from './reason.js';

/** A verdict against a document: at which stage it failed and why. */
export class Refusal extends Error {
  constructor(
    readonly stage: HotConfigRejection['stage'],
    readonly error: HotConfigError,
    readonly issues: readonly HotConfigIssue[] = [],
  ) {
    super(error.message);
  }
}

/** Bytes → plain value. Throws `Refusal`. */
export function decode(document: SourceDocument): { value: PlainObject; digest: string } {
  const { bytes, origin: name, contentType } = document;
  const decoded = decodeDocument(bytes, { name, contentType });
  if (decoded.ok) return decoded;
  throw unreadable(document, decoded.issues);
}

/** Plain value → the same with the variables put in. Throws `Refusal`. */
export function complete(document: SourceDocument, plain: PlainObject, variables: Variables): PlainObject {
  const substituted = substituteVariables(plain, variables);
  if (substituted.ok) return substituted.value;
  throw unreadable(document, substituted.issues);
}

/** Plain value → typed value. Throws `Refusal`. A schema that never answers is a refusal too. */
export async function validate<T extends object>(
  definition: HotConfigDefinition<T>,
  document: SourceDocument,
  plain: PlainObject,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<T> {
  const timeout = (): Error => new Error(`the schema did not answer within ${timeoutMs} ms`);
  try {
    const verdict = await bounded(() => definition.validate(plain), timeoutMs, stopped, timeout);
    if (verdict.accepted) return verdict.value;
    const message = refusalMessage(document, 'does not satisfy its schema', verdict.issues);
    throw new Refusal(
      'validate',
      new HotConfigValidationError(message, verdict.issues, document),
      verdict.issues,
    );
  } catch (cause) {
    if (cause instanceof Refusal || stopped.aborted) throw cause;
    if (cause instanceof HotConfigError) throw new Refusal('validate', cause);
    // The message of a schema that throws may quote the document, so it stays in `cause`, without what is sensitive.
    const issues = [{ path: '', message: "the schema threw or timed out; see the error's cause" }];
    const message = refusalMessage(document, 'cannot be validated', issues);
    const shown = shownError(cause, (text) => definition.conceal(text, plain));
    throw new Refusal(
      'validate',
      new HotConfigValidationError(message, issues, { ...document, cause: shown }),
      issues,
    );
  }
}

function unreadable(document: SourceDocument, issues: readonly HotConfigIssue[]): Refusal {
  const message = refusalMessage(document, 'cannot be read', issues);
  return new Refusal('decode', new HotConfigParseError(message, issues, document), issues);
}

function refusalMessage(document: SourceDocument, what: string, issues: readonly HotConfigIssue[]): string {
  return (
    `"${document.key}" revision ${document.revision} (${document.origin}) ${what}:\n${formatIssues(issues)}\n` +
    'The value applied before, if any, stays in force; correct the document and publish it again.'
  );
}
