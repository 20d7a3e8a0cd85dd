import {
  HotConfigConflictError,
  type HotConfigError,
  HotConfigUnavailableError,
  HotConfigValidationError,
} from '../../contract/index.js';
import type { Bucket } from '../bucket.js';
import { apiError, explain, faultOf } from '../errors.js';
import type { DocumentToPublish, FailedOutcome } from './publisher.js';

export interface PutTarget {
  readonly bucket: Bucket;
  readonly server: string;
  /** Largest message in bytes that the bucket takes, headers included; undefined when it sets no limit. */
  readonly largest: number | undefined;
  readonly unavailable: (error: unknown, key: string) => HotConfigUnavailableError;
}

const STAYS = 'What was published before stays in force.';

/** Checked before anything is sent. The headers come on top; if they make it too large, the client or the server rejects it. */
export function oversizeOf(
  { bucket, largest }: PutTarget,
  { key, bytes }: DocumentToPublish,
): HotConfigError | undefined {
  const limit = Math.min(bucket.connection.info?.max_payload ?? Infinity, largest ?? Infinity);
  return bytes.length > limit ? tooLarge(key, `it has ${bytes.length} bytes`, limit) : undefined;
}

/** `rejected` if the error is the store's answer to this document, `unreachable` if it is no answer at all. */
export function failedOutcomeOf(target: PutTarget, key: string, error: unknown): FailedOutcome {
  const rejection = rejectionOf(target, key, error);
  return rejection
    ? { outcome: 'rejected', error: rejection }
    : { outcome: 'unreachable', error: target.unavailable(error, key) };
}

function rejectionOf(
  { bucket, server, largest }: PutTarget,
  key: string,
  error: unknown,
): HotConfigError | undefined {
  const { bucket: name } = bucket.names;
  const fault = faultOf(error);
  const api = apiError(error);
  if (fault === 'too-large')
    return tooLarge(key, 'it is larger with its headers', bucket.connection.info?.max_payload);
  if (fault === 'permission')
    return rejected(key, error, explain(error, { server, bucket: name, secrets: [] }));
  if (fault !== 'api' || !api) return undefined;
  if (api.code === 10054) return tooLarge(key, 'it is larger with its headers', largest);
  // 10077 has several reasons, of which only a full bucket lasts.
  if (api.code === 10077 && /maximum/.test(api.description)) {
    const why = `The bucket "${name}" is full (${api.description}). Raise its limits, or remove keys.`;
    return rejected(key, error, why);
  }
  if (api.status >= 503) return undefined;
  return rejected(key, error, `The server said: ${api.description} (${api.code}).`);
}

export function contested({ bucket }: PutTarget, key: string, cause: unknown, times: number): FailedOutcome {
  const error = new HotConfigConflictError(
    `"${key}" was not published: others wrote this key of the bucket "${bucket.names.bucket}" first, ${times} times in a row. What they published is in force. Find out who publishes it, then publish again.`,
    { key, cause },
  );
  return { outcome: 'rejected', error };
}

/** No answer to the document: the replicas that answer do not have the newest revision. */
export function lagging({ bucket }: PutTarget, key: string, cause: unknown): FailedOutcome {
  const error = new HotConfigUnavailableError(
    `"${key}" is not changed in the bucket "${bucket.names.bucket}" yet: a replica lags, and answers with an outdated revision. ${STAYS} Retrying until it succeeds.`,
    { key, cause },
  );
  return { outcome: 'unreachable', error };
}

function tooLarge(key: string, size: string, limit: number | undefined): HotConfigError {
  const problem = `${size}, but at most ${limit} are accepted, headers included`;
  return new HotConfigValidationError(
    `"${key}" was not published: ${problem}. ${STAYS} Make the document smaller, or raise the server's max_payload or the bucket's value size.`,
    [{ path: '', message: problem }],
    { key },
  );
}

function rejected(key: string, cause: unknown, why: string): HotConfigError {
  return new HotConfigUnavailableError(`"${key}" was not published. ${why} ${STAYS}`, { key, cause });
}
