import {
  HotConfigConflictError,
  HotConfigUnavailableError,
  HotConfigValidationError,
  type HotConfigError,
} from '../../contract/index.js';
import type { Bucket } from '../bucket.js';
import { apiError, explain, faultOf } from '../errors.js';
import type { DocumentToPublish } from './publisher.js';

export type Settled =
  | { readonly outcome: 'rejected'; readonly error: HotConfigError }
  | { readonly outcome: 'unreachable'; readonly error: HotConfigUnavailableError };

interface Place {
  readonly bucket: Bucket;
  readonly server: string;
  /** Largest message in bytes that the bucket takes, headers included; undefined when it sets no limit. */
  readonly largest: number | undefined;
  readonly unavailable: (error: unknown, key: string) => HotConfigUnavailableError;
}

const STAYS = 'What was published before stays in force.';

/** Known before anything is sent. Headers come on top; what they make too large the client or the server refuses. */
export function oversizeOf(
  { bucket, largest }: Place,
  { key, bytes }: DocumentToPublish,
): HotConfigError | undefined {
  const limit = Math.min(bucket.connection.info?.max_payload ?? Infinity, largest ?? Infinity);
  return bytes.length > limit ? tooLarge(key, `it has ${bytes.length} bytes`, limit) : undefined;
}

/** Whether an error is the store's answer to this document, or no answer at all. */
export function verdict(place: Place, key: string, error: unknown): Settled {
  const refusal = refusalOf(place, key, error);
  return refusal
    ? { outcome: 'rejected', error: refusal }
    : { outcome: 'unreachable', error: place.unavailable(error, key) };
}

function refusalOf(
  { bucket, server, largest }: Place,
  key: string,
  error: unknown,
): HotConfigError | undefined {
  const { bucket: name } = bucket.names;
  const fault = faultOf(error);
  const api = apiError(error);
  if (fault === 'too-large')
    return tooLarge(key, 'it is larger with its headers', bucket.connection.info?.max_payload);
  if (fault === 'permission')
    return refused(key, error, explain(error, { server, bucket: name, secrets: [] }));
  if (fault !== 'api' || !api) return undefined;
  if (api.code === 10054) return tooLarge(key, 'it is larger with its headers', largest);
  // The store failed for a reason of its own; only when its space is used up will that last.
  if (api.code === 10077 && /maximum/.test(api.description)) {
    return refused(
      key,
      error,
      `The bucket "${name}" is full (${api.description}). Raise its limits, or remove keys.`,
    );
  }
  return api.status >= 503
    ? undefined
    : refused(key, error, `The server said: ${api.description} (${api.code}).`);
}

export function contested({ bucket }: Place, key: string, cause: unknown, times: number): Settled {
  const error = new HotConfigConflictError(
    `"${key}" was not published: others wrote this key of the bucket "${bucket.names.bucket}" first, ${times} times in a row. What they published is in force. Find out who publishes it, then publish again.`,
    { key, cause },
  );
  return { outcome: 'rejected', error };
}

/** No answer about the document: who has it is not known to those who answer. */
export function lagging({ bucket }: Place, key: string, cause: unknown): Settled {
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

function refused(key: string, cause: unknown, why: string): HotConfigError {
  return new HotConfigUnavailableError(`"${key}" was not published. ${why} ${STAYS}`, { key, cause });
}
