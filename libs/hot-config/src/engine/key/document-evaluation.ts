import { withDeadline } from '../../async/deadline.js';
import {
  type HotConfigDefinition,
  HotConfigError,
  type HotConfigIssue,
  HotConfigParseError,
  type HotConfigSnapshot,
  HotConfigValidationError,
  type PlainObject,
  type SourceDocument,
} from '../../contract/index.js';
import { decodeDocument, formatIssues, substituteVariables, type Variables } from '../../document/index.js';
import { type Mask, maskedError, maskOf, redactIssues, redactUndecoded } from '../../redaction/index.js';
import { asRejection, RejectionError } from '../rejection-error.js';
import { diffValues } from './diff.js';
import { deepFreeze } from './freeze.js';
import { withRestartOnlyOf } from './restart-only.js';
import type { ServedValue } from './served-value.js';

/** A valid document: what is served if no hook and no resource rejects it. */
export interface EvaluatedDocument<T extends object> {
  readonly snapshot: HotConfigSnapshot<T>;
  /** The document as plain values, variables filled in unless its digest is that of the applied document. */
  readonly plain: PlainObject;
  /** Paths whose values in the document wait for a restart. */
  readonly pendingRestart: readonly string[];
}

export interface EvaluationContext<T extends object> {
  readonly definition: HotConfigDefinition<T>;
  /** For `${NAME}` in the texts of documents; undefined: such a text stays as it is. */
  readonly variables?: Variables | undefined;
  /** Milliseconds that the schema may take. */
  readonly timeoutMs: number;
  readonly stopped: AbortSignal;
  /** What the process serves: restart-only properties keep the values of its first document. */
  readonly served: Pick<ServedValue<T>, 'state'>;
}

/**
 * Turns a document into the value to serve. Needs no pipeline and changes nothing. A document with the digest of the applied one
 * gives the very same value, without any of the steps after decoding.
 *
 * @throws RejectionError, or `stopped.reason`
 */
export async function evaluateDocument<T extends object>(
  document: SourceDocument,
  context: EvaluationContext<T>,
): Promise<EvaluatedDocument<T>> {
  const { served, variables, stopped } = context;
  const { value: written, digest } = decode(document, context);
  const { applied } = served.state;
  if (applied?.digest === digest) {
    const snapshot = snapshotOf(document, applied.value, digest, applied.appliedAt);
    return { snapshot, plain: written, pendingRestart: served.state.pendingRestart };
  }
  const plain = variables ? withVariables(document, written, variables, context) : written;
  try {
    const accepted = await validate(document, plain, context);
    const { value: made, pendingRestart } = await deferRestartOnly(document, plain, accepted, context);
    const value = made as HotConfigSnapshot<T>['value'];
    return { snapshot: snapshotOf(document, value, digest, new Date()), plain, pendingRestart };
  } catch (cause) {
    if (stopped.aborted) throw cause;
    throw asRejection(cause, maskOfAttempt(plain, context));
  }
}

function decode<T extends object>(
  document: SourceDocument,
  context: EvaluationContext<T>,
): { readonly value: PlainObject; readonly digest: string } {
  const { bytes, origin: name, contentType } = document;
  const decoded = decodeDocument(bytes, { name, contentType });
  if (decoded.ok) return decoded;
  throw unreadable(document, context, decoded.issues);
}

function withVariables<T extends object>(
  document: SourceDocument,
  written: PlainObject,
  variables: Variables,
  context: EvaluationContext<T>,
): PlainObject {
  const substituted = substituteVariables(written, variables);
  if (substituted.ok) return substituted.value;
  throw unreadable(document, context, substituted.issues);
}

/** Plain values → the typed value, frozen. A schema that throws or never answers rejects the document. */
async function validate<T extends object>(
  document: SourceDocument,
  plain: PlainObject,
  context: EvaluationContext<T>,
): Promise<T> {
  const { definition, timeoutMs, stopped } = context;
  const late = (): Error => new LateSchema(`the schema did not answer within ${timeoutMs} ms`);
  const mask = maskOfAttempt(plain, context);
  try {
    const validation = await withDeadline(() => definition.validate(plain), timeoutMs, stopped, late);
    // Within the try, because freezing reads every property: a getter of the schema's may throw.
    if (validation.accepted) return deepFreeze(validation.value, definition.isOwnInstance?.bind(definition));
    const issues = redactIssues(definition, plain, validation.issues, mask);
    const cause = validation.cause && maskedError(validation.cause, mask);
    throw invalid('does not satisfy its schema', document, context, issues, cause);
  } catch (cause) {
    if (cause instanceof RejectionError || stopped.aborted) throw cause;
    if (cause instanceof HotConfigError) throw new RejectionError('validate', cause);
    const message = cause instanceof LateSchema ? cause.message : "the schema threw; see the error's cause";
    // What a schema throws may quote the document, so it is no part of the message: it is the masked `cause`.
    const issues = [{ path: '', message }];
    throw invalid('cannot be validated', document, context, issues, maskedError(cause, mask));
  }
}

class LateSchema extends Error {}

/**
 * Restart-only properties keep the values that the process started with. The schema checks the mix too: no document contains it,
 * so nobody has validated it before.
 */
async function deferRestartOnly<T extends object>(
  document: SourceDocument,
  plain: PlainObject,
  full: T,
  context: EvaluationContext<T>,
): Promise<{ readonly value: T; readonly pendingRestart: readonly string[] }> {
  const { served, definition } = context;
  const { first } = served.state;
  if (!first || definition.hasRestartRequired === false) return { value: full, pendingRestart: [] };
  // Both values are asked: the members of a list or Map tell their class, and may be in one of the two only.
  const values = [first.snapshot.value, full];
  const mix = withRestartOnlyOf(first.plain, plain, (path) =>
    values.some((value) => definition.needsRestart(value, path)),
  );
  if (mix === plain) return { value: full, pendingRestart: [] };
  const value = await validate(document, mix, context).catch((cause: unknown) => {
    throw cause instanceof RejectionError ? needsRestartRejection(document, cause) : cause;
  });
  const isSensitive = definition.isSensitive.bind(definition);
  return { value, pendingRestart: diffValues(value, full, isSensitive).map(({ path }) => path) };
}

/** Hides the secrets of this document, of the applied value and of the value before it: a message may quote each of them. */
function maskOfAttempt<T extends object>(plain: PlainObject, context: EvaluationContext<T>): Mask {
  const { applied, replaced } = context.served.state;
  return maskOf(context.definition, plain, applied?.value, replaced?.value);
}

function needsRestartRejection(
  { key, revision }: SourceDocument,
  { error, issues }: RejectionError,
): RejectionError {
  const message =
    `"${key}" revision ${revision} can only be applied by a restart: with the properties that need a restart as they were ` +
    `at the start, it does not satisfy the schema. ${error.message}`;
  const cause = new HotConfigValidationError(message, issues, { key, revision, cause: error });
  return new RejectionError('validate', cause, issues);
}

function unreadable<T extends object>(
  document: SourceDocument,
  context: EvaluationContext<T>,
  decodeIssues: readonly HotConfigIssue[],
): RejectionError {
  const issues = redactUndecoded(context.definition, decodeIssues);
  const message = rejectionMessage('cannot be read', document, context, issues);
  return new RejectionError('decode', new HotConfigParseError(message, issues, document), issues);
}

function invalid<T extends object>(
  what: string,
  document: SourceDocument,
  context: EvaluationContext<T>,
  issues: readonly HotConfigIssue[],
  cause: Error | undefined,
): RejectionError {
  const message = rejectionMessage(what, document, context, issues);
  return new RejectionError(
    'validate',
    new HotConfigValidationError(message, issues, { ...document, cause }),
    issues,
  );
}

function rejectionMessage<T extends object>(
  what: string,
  { key, revision, origin }: SourceDocument,
  { served }: EvaluationContext<T>,
  issues: readonly HotConfigIssue[],
): string {
  const inForce = served.state.applied ? 'The value applied before stays in force' : 'There is no value yet';
  return `"${key}" revision ${revision} (${origin}) ${what}:\n${formatIssues(issues)}\n${inForce}; correct the document and publish it again.`;
}

function snapshotOf<T>(
  { key, revision, epoch, origin, publishedAt }: SourceDocument,
  value: HotConfigSnapshot<T>['value'],
  digest: string,
  appliedAt: Date,
): HotConfigSnapshot<T> {
  return Object.freeze({ key, value, revision, epoch, digest, origin, publishedAt, appliedAt });
}
