import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { BackOff } from '../../async/back-off.js';
import { oneLine } from '../../document/index.js';
import type { Bucket, StoredMessage } from '../bucket.js';
import { faultOf } from '../errors.js';
import { DocumentHeader, KV_OPERATION } from '../wire.js';
import type { DocumentToPublish, FailedOutcome, RemoveOutcome, StoredOutcome } from './publisher.js';
import { contested, failedOutcomeOf, lagging, oversizeOf, type PutTarget } from './rejections.js';
import { digestStored } from './stored.js';

/** Everything that a put needs, all of one connection. */
export interface PutContext extends PutTarget {
  readonly direct: boolean;
  /** The creation time of the bucket's stream, as it is known. */
  readonly created: string;
  readonly signal: AbortSignal;
  /** Creates the bucket again when it is gone. */
  readonly recreate: () => Promise<void>;
}

const ATTEMPTS = 8;

export type PutOutcome = Omit<StoredOutcome, 'epoch'> | FailedOutcome;

/** The last put of a key by this publisher. */
export interface LastPut {
  readonly revision: number;
  readonly digest: string;
}

/**
 * Reads, compares, and puts only a different document, on top of exactly the revision that was compared. With `last`, the first
 * try goes on top of that revision without a read: mostly it is still the newest, and otherwise the server rejects the put.
 */
export async function putDocument(
  context: PutContext,
  document: DocumentToPublish,
  last?: LastPut,
): Promise<PutOutcome> {
  const { key, bytes, digest } = document;
  const oversize = oversizeOf(context, document);
  if (oversize) return { outcome: 'rejected', error: oversize };
  let unansweredOver: number | undefined;
  const put = async (over: number): Promise<PutOutcome> => {
    try {
      const revision = await send(context.bucket, key, bytes, documentHeaders(document), over);
      return { outcome: 'published', revision, publishedAt: new Date() };
    } catch (error) {
      if (faultOf(error) === 'timeout') unansweredOver ??= over;
      throw error;
    }
  };
  // Whatever its error is, the compare-and-set below meets it again, and handles it.
  const early = last && last.digest !== digest ? await put(last.revision).catch(() => undefined) : undefined;
  if (early) return early;
  return compareAndSet<PutOutcome>(context, key, async (stored) => {
    if (stored && !stored.deleted && digestStored(stored, key) === digest) {
      // A put that timed out may have been stored all the same: then this is its document.
      const isOwn = unansweredOver !== undefined && stored.revision > unansweredOver;
      const outcome = isOwn ? 'published' : 'unchanged';
      return { outcome, revision: stored.revision, publishedAt: stored.time };
    }
    return put(stored?.revision ?? 0);
  });
}

export async function removeDocument(context: PutContext, key: string): Promise<RemoveOutcome> {
  return compareAndSet<RemoveOutcome>(context, key, async (stored) => {
    if (!stored || stored.deleted) return { outcome: 'missing' };
    const mark = headers();
    mark.set(KV_OPERATION, 'DEL');
    await send(context.bucket, key, new Uint8Array(), mark, stored.revision);
    return { outcome: 'removed' };
  });
}

/**
 * After a conflict or a timeout it reads and decides again; it never just repeats the put. Bounded, with jitter, so that
 * many publishers at once get through one after the other.
 */
async function compareAndSet<T>(
  context: PutContext,
  key: string,
  decide: (stored: StoredMessage | undefined) => Promise<T>,
): Promise<T | FailedOutcome> {
  const { bucket, signal } = context;
  const backOff = new BackOff(40, 320);
  let isRecreated = false;
  let last: unknown;
  let over = -1;
  let lags = false;
  for (let attempt = 0; attempt < ATTEMPTS && !signal.aborted; attempt++) {
    if (attempt > 0) await backOff.pause(signal);
    try {
      const stored = await bucket.newest(key, context.direct);
      const revision = stored?.revision ?? 0;
      // The put over this revision was rejected as outdated, yet the read gives no newer one: the replica that answers lags.
      lags = faultOf(last) === 'conflict' && revision <= over;
      over = Math.max(over, revision);
      return await decide(stored);
    } catch (error) {
      last = error;
      const fault = faultOf(error);
      if (fault === 'conflict') continue;
      if (['timeout', 'no-responders', 'bucket-missing', 'jetstream-off'].includes(fault)) {
        const wasGone: boolean = !isRecreated && (await recreateIfGone(context));
        isRecreated ||= wasGone;
        // Two timeouts are the store's answer for now; a third try would keep every caller waiting.
        if (wasGone || (fault !== 'timeout' && attempt < 2) || attempt < 1) continue;
      }
      return failedOutcomeOf(context, key, error);
    }
  }
  // After a stop the error of the last try is not the reason.
  if (signal.aborted) return { outcome: 'unreachable', error: context.unavailable(signal.reason, key) };
  if (faultOf(last) !== 'conflict') return failedOutcomeOf(context, key, last);
  return lags ? lagging(context, key, last) : contested(context, key, last, ATTEMPTS);
}

/**
 * Returns whether the bucket was gone and is there again. It may exist already: created by a request whose answer was lost,
 * or by another publisher. Then the stream has another creation time.
 */
async function recreateIfGone({ bucket, created, recreate }: PutContext): Promise<boolean> {
  try {
    const found = await bucket.info();
    if (found && String(found.created) === created) return false;
    await recreate();
    return true;
  } catch {
    return false;
  }
}

async function send(
  { js, names }: Bucket,
  key: string,
  bytes: Uint8Array,
  messageHeaders: MsgHdrs,
  over: number,
): Promise<number> {
  // Through another account's or domain's API the subjects of a bucket are reached below the prefix of that API.
  const prefix = js.apiPrefix === '$JS.API' ? '' : `${js.apiPrefix}.`;
  const { seq } = await js.publish(prefix + names.subject(key), bytes, {
    headers: messageHeaders,
    expect: { lastSubjectSequence: over },
  });
  return seq;
}

function documentHeaders({ contentType, digest, origin, author, reason }: DocumentToPublish): MsgHdrs {
  const result = headers();
  result.set(DocumentHeader.contentType, contentType);
  result.set(DocumentHeader.digest, digest);
  result.set(DocumentHeader.origin, headerText(origin));
  if (author) result.set(DocumentHeader.author, headerText(author));
  if (reason) result.set(DocumentHeader.reason, headerText(reason));
  return result;
}

/** One line, since a line break would end the header; and not longer than a line should be. */
function headerText(text: string): string {
  return oneLine(text).trim().slice(0, 500);
}
