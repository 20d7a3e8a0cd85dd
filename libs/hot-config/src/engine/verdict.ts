import {
  HotConfigError,
  HotConfigParseError,
  HotConfigValidationError,
  type HotConfigDefinition,
  type HotConfigIssue,
  type SourceDocument,
} from '../contract/index.js';
import { decodeDocument, formatIssues } from '../document/index.js';
import { bounded } from './bounded.js';

export interface Accepted<T> {
  readonly value: T;
  readonly digest: string;
}

/** A verdict against a document: at which stage it failed and why. */
export class Refusal extends Error {
  constructor(
    readonly stage: 'decode' | 'validate' | 'prepare',
    readonly error: HotConfigError,
    readonly issues: readonly HotConfigIssue[] = [],
  ) {
    super(error.message);
  }
}

/** Bytes → plain value. Throws `Refusal`. */
export function decode(document: SourceDocument): { value: object; digest: string } {
  const decoded = decodeDocument(document.bytes, {
    name: document.origin,
    ...(document.contentType ? { contentType: document.contentType } : {}),
  });
  if (decoded.ok) return decoded;
  throw new Refusal(
    'decode',
    new HotConfigParseError(
      refusalMessage(document, 'cannot be read', decoded.issues),
      decoded.issues,
      document,
    ),
    decoded.issues,
  );
}

/** Plain value → typed value. Throws `Refusal`. A schema that never answers is a refusal too. */
export async function validate<T extends object>(
  definition: HotConfigDefinition<T>,
  document: SourceDocument,
  plain: object,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<T> {
  const timeout = (): Error => new Error(`the schema did not answer within ${timeoutMs} ms`);
  try {
    const verdict = await bounded(() => definition.validate(plain as never), timeoutMs, stopped, timeout);
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
    // The message of a schema that throws may quote the document, so it stays in `cause`.
    const issues = [{ path: '', message: "the schema failed to answer; the error's cause tells why" }];
    const message = refusalMessage(document, 'cannot be validated', issues);
    throw new Refusal(
      'validate',
      new HotConfigValidationError(message, issues, { ...document, cause }),
      issues,
    );
  }
}

function refusalMessage(document: SourceDocument, what: string, issues: readonly HotConfigIssue[]): string {
  return (
    `"${document.key}" revision ${document.revision} (${document.origin}) ${what}:\n${formatIssues(issues)}\n` +
    'The value applied before, if any, stays in force; correct the document and publish it again.'
  );
}
