import { isDeepStrictEqual } from 'node:util';
import {
  HotConfigValidationError,
  type HotConfigDefinition,
  type HotConfigSnapshot,
  type PlainObject,
  type SourceDocument,
} from '../contract/index.js';
import type { Variables } from '../document/index.js';
import { diffValues } from './diff.js';
import { holdBack } from './restart.js';
import { maskOf } from '../redaction/index.js';
import { asRejection, complete, decode, RejectionError, validate } from './verdict.js';

/** A document that is good: what would be served if nothing else speaks against it. */
export interface Candidate<T extends object> {
  readonly snapshot: HotConfigSnapshot<T>;
  readonly plain: PlainObject;
  /** Paths whose values in the document wait for a restart. */
  readonly pendingRestart: readonly string[];
}

export interface ExamineContext<T extends object> {
  readonly definition: HotConfigDefinition<T>;
  /** What the process has started with; undefined before the first value. */
  readonly first: Candidate<T> | undefined;
  /** What is served now. */
  readonly applied: HotConfigSnapshot<T> | undefined;
  readonly pendingRestart: readonly string[];
  readonly variables: Variables | undefined;
  /** Milliseconds that a schema may take. */
  readonly timeoutMs: number;
  readonly stopped: AbortSignal;
}

/**
 * Decodes a document, puts the variables in and validates it. The same digest as applied gives the very same value, without
 * doing any of it again. Throws `RejectionError`.
 */
export async function examine<T extends object>(
  document: SourceDocument,
  context: ExamineContext<T>,
): Promise<Candidate<T>> {
  const { value: written, digest } = decode(document);
  const { applied, pendingRestart, variables } = context;
  if (applied?.digest === digest) {
    const snapshot = snapshotOf(document, applied.value, digest, applied.appliedAt);
    return { snapshot, plain: written, pendingRestart };
  }
  const plain = variables ? complete(document, written, variables) : written;
  try {
    const full = await validated(document, plain, context);
    const held = await withoutRestart(document, plain, full, context);
    const value = held.value as HotConfigSnapshot<T>['value'];
    return {
      snapshot: snapshotOf(document, value, digest, new Date()),
      plain,
      pendingRestart: held.pendingRestart,
    };
  } catch (cause) {
    if (context.stopped.aborted) throw cause;
    throw asRejection(cause, maskOf(context.definition, plain, context.first?.snapshot.value));
  }
}

/** What waits for a restart stays as it was at the start. The schema judges the result too: nobody has seen it before. */
async function withoutRestart<T extends object>(
  document: SourceDocument,
  plain: PlainObject,
  full: T,
  context: ExamineContext<T>,
): Promise<{ value: T; pendingRestart: readonly string[] }> {
  const { first, definition } = context;
  if (!first) return { value: full, pendingRestart: [] };
  // Asked of both: the members of a list or Map tell their class, and may be in one of them only.
  const values = [first.snapshot.value, full];
  const served = holdBack(first.plain, plain, (path) =>
    values.some((value) => definition.needsRestart(value, path)),
  );
  if (isDeepStrictEqual(served, plain)) return { value: full, pendingRestart: [] };
  const value = await validated(document, served, context).catch((cause: unknown) => {
    throw cause instanceof RejectionError ? waitsAsAWhole(cause, document) : cause;
  });
  const isSensitive = definition.isSensitive.bind(definition);
  return { value, pendingRestart: diffValues(value, full, isSensitive).map(({ path }) => path) };
}

function validated<T extends object>(
  document: SourceDocument,
  plain: PlainObject,
  context: ExamineContext<T>,
): Promise<T> {
  return validate(context.definition, document, plain, context.timeoutMs, context.stopped);
}

/** The document itself is good; it cannot be applied live without what a restart would bring. */
function waitsAsAWhole({ error, issues }: RejectionError, { key, revision }: SourceDocument): RejectionError {
  const message =
    `"${key}" revision ${revision} can only be applied by a restart: with the properties that need a restart as they were ` +
    `at the start, it does not satisfy the schema. ${error.message}`;
  return new RejectionError(
    'validate',
    new HotConfigValidationError(message, issues, { key, revision, cause: error }),
    issues,
  );
}

function snapshotOf<T>(
  { key, revision, epoch, origin, publishedAt }: SourceDocument,
  value: HotConfigSnapshot<T>['value'],
  digest: string,
  appliedAt: Date,
): HotConfigSnapshot<T> {
  return Object.freeze({ key, value, revision, epoch, digest, origin, publishedAt, appliedAt });
}
