import {
  HotConfigError,
  HotConfigParseError,
  HotConfigSetupError,
  HotConfigValidationError,
  type HotConfigDefinition,
  type HotConfigIssue,
  type HotConfigRejection,
  type PlainObject,
  type SourceDocument,
} from '../contract/index.js';
import { decodeDocument, formatIssues, substituteVariables, type Variables } from '../document/index.js';
import { withDeadline } from '../async/deadline.js';
import { deepFreeze } from './freeze.js';
import { maskedError, maskOf, redactIssues } from '../redaction/index.js';

/** A verdict against a document: at which stage it failed and why. */
export class RejectionError extends Error {
  constructor(
    readonly stage: HotConfigRejection['stage'],
    readonly error: HotConfigError,
    readonly issues: readonly HotConfigIssue[] = [],
  ) {
    super(error.message);
  }
}

/** What was thrown while a document was tried, as a refusal: what nobody has foreseen too, without what is sensitive. */
export function asRejection(thrown: unknown, mask: (text: string) => string): RejectionError {
  if (thrown instanceof RejectionError) return thrown;
  if (thrown instanceof HotConfigError) return new RejectionError('prepare', thrown);
  const cause = maskedError(thrown, mask);
  const message = `The document could not be tried: ${cause.message}`;
  return new RejectionError('prepare', new HotConfigSetupError(message, { cause }));
}

/** Bytes → plain value. Throws `RejectionError`. */
export function decode(document: SourceDocument): { value: PlainObject; digest: string } {
  const { bytes, origin: name, contentType } = document;
  const decoded = decodeDocument(bytes, { name, contentType });
  if (decoded.ok) return decoded;
  throw unreadable(document, decoded.issues);
}

/** Plain value → the same with the variables put in. Throws `RejectionError`. */
export function complete(document: SourceDocument, plain: PlainObject, variables: Variables): PlainObject {
  const substituted = substituteVariables(plain, variables);
  if (substituted.ok) return substituted.value;
  throw unreadable(document, substituted.issues);
}

/** Plain value → typed value, frozen. Throws `RejectionError`. A schema that never answers is a refusal too. */
export async function validate<T extends object>(
  definition: HotConfigDefinition<T>,
  document: SourceDocument,
  plain: PlainObject,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<T> {
  const refusal = (what: string, issues: readonly HotConfigIssue[], thrown: unknown): RejectionError => {
    const message = refusalMessage(document, what, issues);
    // What a schema throws may quote the document, so it stays in `cause`, without what is sensitive.
    const cause = thrown === undefined ? undefined : maskedError(thrown, maskOf(definition, plain));
    return new RejectionError(
      'validate',
      new HotConfigValidationError(message, issues, { ...document, cause }),
      issues,
    );
  };
  const timeout = (): Error => new LateSchema(`the schema did not answer within ${timeoutMs} ms`);
  try {
    const verdict = await withDeadline(() => definition.validate(plain), timeoutMs, stopped, timeout);
    // Here, because it reads every property: a getter of the schema's that throws is the schema's refusal.
    if (verdict.accepted) return deepFreeze(verdict.value);
    const issues = redactIssues(definition, plain, verdict.issues, maskOf(definition, plain));
    throw refusal('does not satisfy its schema', issues, verdict.cause);
  } catch (cause) {
    if (cause instanceof RejectionError || stopped.aborted) throw cause;
    if (cause instanceof HotConfigError) throw new RejectionError('validate', cause);
    const message = cause instanceof LateSchema ? cause.message : "the schema threw; see the error's cause";
    throw refusal('cannot be validated', [{ path: '', message }], cause);
  }
}

class LateSchema extends Error {}

function unreadable(document: SourceDocument, issues: readonly HotConfigIssue[]): RejectionError {
  const message = refusalMessage(document, 'cannot be read', issues);
  return new RejectionError('decode', new HotConfigParseError(message, issues, document), issues);
}

function refusalMessage(document: SourceDocument, what: string, issues: readonly HotConfigIssue[]): string {
  return (
    `"${document.key}" revision ${document.revision} (${document.origin}) ${what}:\n${formatIssues(issues)}\n` +
    'The value applied before, if any, stays in force; correct the document and publish it again.'
  );
}
