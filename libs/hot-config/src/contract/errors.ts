/** One thing wrong with a document. Never shows a sensitive value. */
export interface HotConfigIssue {
  /** Path inside the document, as `formatPath` writes it: `database.pool.2.host`; `''` is the document itself. */
  readonly path: string;
  readonly message: string;
  /** 1-based place in the text, known only while parsing. */
  readonly line?: number;
  readonly column?: number;
}

export type HotConfigErrorCode =
  | 'PARSE'
  | 'VALIDATION'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'VETO'
  | 'RESOURCE'
  | 'NOT_REGISTERED'
  | 'DUPLICATE_KEY'
  | 'CONFLICT'
  | 'LAST_KNOWN_GOOD'
  | 'SETUP';

export interface HotConfigErrorContext {
  readonly key?: string | undefined;
  readonly revision?: number;
  readonly cause?: unknown;
}

/** The JSON of an error, without its `cause`: an `Error` by itself would show neither its name nor its message. */
export interface HotConfigErrorSummary {
  readonly name: string;
  readonly code: HotConfigErrorCode;
  readonly key: string | undefined;
  readonly revision: number | undefined;
  readonly message: string;
  readonly issues?: readonly HotConfigIssue[];
}

/** The base class of all errors of this library. The message says what was tried, on what, what stays in force, what to do. */
export abstract class HotConfigError extends Error {
  /** Tells errors apart, better than `instanceof`: a class may be loaded twice, as ESM and as CommonJS. */
  abstract readonly code: HotConfigErrorCode;
  readonly key: string | undefined;
  readonly revision: number | undefined;

  constructor(message: string, context: HotConfigErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = new.target.name;
    this.key = context.key;
    this.revision = context.revision;
  }

  toJSON(): HotConfigErrorSummary {
    const { name, code, key, revision, message } = this;
    return { name, code, key, revision, message };
  }
}

abstract class ErrorWithIssues extends HotConfigError {
  constructor(
    message: string,
    readonly issues: readonly HotConfigIssue[],
    context?: HotConfigErrorContext,
  ) {
    super(message, context);
  }

  override toJSON(): HotConfigErrorSummary {
    return { ...super.toJSON(), issues: this.issues };
  }
}

/** The bytes are not a document: bad syntax, hostile or unsupported content. */
export class HotConfigParseError extends ErrorWithIssues {
  readonly code = 'PARSE';
}

/** The document parsed, but its schema rejected it. `issues` lists every problem, not only the first. */
export class HotConfigValidationError extends ErrorWithIssues {
  readonly code = 'VALIDATION';
}

/** No value, or no hot resource, is available: the store cannot be reached, denies access, or does not have the key. */
export class HotConfigUnavailableError extends HotConfigError {
  readonly code = 'UNAVAILABLE';
  /** What is wrong and what to do. The message says what stays in force too; a start that fails has no such value. */
  declare readonly reason: string;

  constructor(
    message: string,
    { reason = message, ...context }: HotConfigErrorContext & { readonly reason?: string } = {},
  ) {
    super(message, context);
    // Not enumerable: a printed error would show nearly the same text twice.
    Object.defineProperty(this, 'reason', { value: reason });
  }
}

/** A hook did not end within its time. Found in `status.hookFailures`, and as the `cause` of a HotConfigVetoError. */
export class HotConfigTimeoutError extends HotConfigError {
  readonly code = 'TIMEOUT';
}

/** A `beforeHotConfigChange` or critical hook rejected the change. `cause` is what it threw, with sensitive values masked. */
export class HotConfigVetoError extends HotConfigError {
  readonly code = 'VETO';
}

/** A hot resource could not be built or verified. `cause` is what the build threw, with sensitive values masked. */
export class HotConfigResourceError extends HotConfigError {
  readonly code = 'RESOURCE';
}

/** A key was requested that no `forFeature` declares. */
export class HotConfigNotRegisteredError extends HotConfigError {
  readonly code = 'NOT_REGISTERED';
}

/** Two different definitions claim one key. */
export class HotConfigDuplicateKeyError extends HotConfigError {
  readonly code = 'DUPLICATE_KEY';
}

/** Somebody else wrote the key first. */
export class HotConfigConflictError extends HotConfigError {
  readonly code = 'CONFLICT';
}

/** The last known good on disk cannot be read or written. */
export class HotConfigLastKnownGoodError extends HotConfigError {
  readonly code = 'LAST_KNOWN_GOOD';
}

/** The application is wired in a way that cannot work; thrown at start. */
export class HotConfigSetupError extends HotConfigError {
  readonly code = 'SETUP';
}

/** The error of a source that is started while it runs. `source` follows "The". */
export function sourceStartedTwice(source: string): HotConfigSetupError {
  return new HotConfigSetupError(
    `The ${source} was started twice; the first start stays in force. Create a source of its own for each application: ` +
      'what is created in a decorator is shared by all applications of the process, what the factory of HotConfigModule.forRootAsync creates is not.',
  );
}
