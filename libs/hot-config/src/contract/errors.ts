/** One thing wrong with a document. Never holds a value of the document, only where and what. */
export interface HotConfigIssue {
  /** Dotted path inside the document, `''` for the document itself: `database.pool.2.host`. */
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
  | 'NOT_REGISTERED'
  | 'DUPLICATE_KEY'
  | 'CONFLICT'
  | 'SNAPSHOT'
  | 'SETUP';

export interface HotConfigErrorContext {
  readonly key?: string;
  readonly revision?: number;
  readonly cause?: unknown;
}

/** What every error of this library is. The message says what was tried, on what, what stays in force, what to do. */
export class HotConfigError extends Error {
  readonly key: string | undefined;
  readonly revision: number | undefined;

  constructor(
    readonly code: HotConfigErrorCode,
    message: string,
    context: HotConfigErrorContext = {},
  ) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = new.target.name;
    this.key = context.key;
    this.revision = context.revision;
  }
}

/** The bytes are no document: bad syntax, hostile or unsupported content. */
export class HotConfigParseError extends HotConfigError {
  constructor(
    message: string,
    readonly issues: readonly HotConfigIssue[],
    context?: HotConfigErrorContext,
  ) {
    super('PARSE', message, context);
  }
}

/** The document parsed, but its schema refuses it. `issues` lists every problem, not the first. */
export class HotConfigValidationError extends HotConfigError {
  constructor(
    message: string,
    readonly issues: readonly HotConfigIssue[],
    context?: HotConfigErrorContext,
  ) {
    super('VALIDATION', message, context);
  }
}

/** No value can be had: the store cannot be reached, refuses us, or does not have the key. */
export class HotConfigUnavailableError extends HotConfigError {
  constructor(message: string, context?: HotConfigErrorContext) {
    super('UNAVAILABLE', message, context);
  }
}

/** A hook or a start did not end within its time. */
export class HotConfigTimeoutError extends HotConfigError {
  constructor(message: string, context?: HotConfigErrorContext) {
    super('TIMEOUT', message, context);
  }
}

/** A `beforeHotConfigChange` hook refused the change. `cause` is what it threw. */
export class HotConfigVetoError extends HotConfigError {
  constructor(message: string, context?: HotConfigErrorContext) {
    super('VETO', message, context);
  }
}

/** A key was asked for that no `forFeature` declares. */
export class HotConfigNotRegisteredError extends HotConfigError {
  constructor(message: string, context?: HotConfigErrorContext) {
    super('NOT_REGISTERED', message, context);
  }
}

/** Two different definitions claim one key. */
export class HotConfigDuplicateKeyError extends HotConfigError {
  constructor(message: string, context?: HotConfigErrorContext) {
    super('DUPLICATE_KEY', message, context);
  }
}

/** Somebody else wrote the key first. */
export class HotConfigConflictError extends HotConfigError {
  constructor(message: string, context?: HotConfigErrorContext) {
    super('CONFLICT', message, context);
  }
}

/** The last known good on disk cannot be read or written. */
export class HotConfigSnapshotError extends HotConfigError {
  constructor(message: string, context?: HotConfigErrorContext) {
    super('SNAPSHOT', message, context);
  }
}

/** The application is wired in a way that cannot work; thrown at start. */
export class HotConfigSetupError extends HotConfigError {
  constructor(message: string, context?: HotConfigErrorContext) {
    super('SETUP', message, context);
  }
}
