import {
  HotConfigError,
  type HotConfigIssue,
  type HotConfigRejection,
  HotConfigSetupError,
} from '../contract/index.js';
import { type Mask, maskedError } from '../redaction/index.js';

/** Why one document is rejected, and at which stage. The applied value keeps serving. */
export class RejectionError extends Error {
  constructor(
    readonly stage: HotConfigRejection['stage'],
    readonly error: HotConfigError,
    readonly issues: readonly HotConfigIssue[] = [],
  ) {
    super(error.message);
  }
}

/**
 * Makes a rejection of whatever was thrown while a document was tried: of a veto, of a failed build, and of errors that nobody has
 * foreseen. Never throws.
 */
export function asRejection(thrown: unknown, mask: Mask): RejectionError {
  if (thrown instanceof RejectionError) return thrown;
  if (thrown instanceof HotConfigError) return new RejectionError('prepare', thrown);
  const cause = maskedError(thrown, mask);
  const message = `The document could not be tried: ${cause.message}`;
  return new RejectionError('prepare', new HotConfigSetupError(message, { cause }));
}
