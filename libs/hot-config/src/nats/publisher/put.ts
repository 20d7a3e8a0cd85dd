import type { JetStreamClient } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { HotConfigUnavailableError } from '../../contract/index.js';
import { oneLine } from '../../document/index.js';
import type { Bucket, StoredMessage } from '../bucket.js';
import { faultOf } from '../errors.js';
import { pause } from '../../async/back-off.js';
import { DocumentHeader, KV_OPERATION } from '../wire.js';
import type { DocumentToPublish, PublishOutcome, RemoveOutcome } from './publisher.js';
import { contested, lagging, oversizeOf, verdict, type Settled } from './refusals.js';
import { digestStored } from './stored.js';

/** What a put works with. All of one connection; `remake` recreates the bucket when it is gone. */
export interface PutContext {
  readonly bucket: Bucket;
  readonly js: JetStreamClient;
  readonly direct: boolean;
  /** Names the life of the bucket that is known: when its stream was made. */
  readonly created: string;
  /** Largest message in bytes that the bucket takes, headers included; undefined when it sets no limit. */
  readonly largest: number | undefined;
  readonly signal: AbortSignal;
  readonly server: string;
  readonly remake: () => Promise<void>;
  readonly unavailable: (error: unknown, key: string) => HotConfigUnavailableError;
}

const ATTEMPTS = 8;

/** What the bucket held when it was last compared with. */
export interface Seen {
  readonly revision: number;
  readonly digest: string;
}

/**
 * Reads, compares, and puts only what differs, on top of exactly what was compared with. With `seen`, the first try is on top
 * of that without a read: mostly it is still there, and where it is not the server refuses the put.
 */
export async function putDocument(
  context: PutContext,
  document: DocumentToPublish,
  seen?: Seen,
): Promise<PublishOutcome> {
  const { key, bytes, digest } = document;
  const oversize = oversizeOf(context, document);
  if (oversize) return { outcome: 'rejected', error: oversize };
  let unsureSince: number | undefined;
  const put = async (over: number): Promise<PublishOutcome> => {
    try {
      const revision = await send(context, key, bytes, documentHeaders(document), over);
      return { outcome: 'published', revision, publishedAt: new Date() };
    } catch (error) {
      if (faultOf(error) === 'timeout') unsureSince ??= over;
      throw error;
    }
  };
  // Whatever hinders it, the careful way below finds out and tells.
  const early = seen && seen.digest !== digest ? await put(seen.revision).catch(() => undefined) : undefined;
  if (early) return early;
  return compareAndSet<PublishOutcome>(context, key, async (stored) => {
    if (stored && !stored.deleted && digestStored(stored, key) === digest) {
      // After a time-out the put may have been stored all the same: then this is ours.
      const outcome = unsureSince !== undefined && stored.revision > unsureSince ? 'published' : 'unchanged';
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
    await send(context, key, new Uint8Array(), mark, stored.revision);
    return { outcome: 'removed' };
  });
}

/**
 * A conflict or a time-out is answered by reading again and deciding again, never by repeating the put. Bounded, with
 * jitter, so that many publishers at once get through one after the other.
 */
async function compareAndSet<T>(
  context: PutContext,
  key: string,
  decide: (stored: StoredMessage | undefined) => Promise<T>,
): Promise<T | Settled> {
  const { bucket, signal } = context;
  let remade = false;
  let last: unknown;
  let over = -1;
  let lags = false;
  for (let attempt = 0; attempt < ATTEMPTS && !signal.aborted; attempt++) {
    if (attempt > 0) await pause(5 + Math.random() * 20 * 2 ** Math.min(attempt, 4), signal);
    try {
      const stored = await bucket.newest(key, context.direct);
      const revision = stored?.revision ?? 0;
      // It was refused as not the newest, and is answered again, or an older one: who answers knows nothing newer.
      lags = faultOf(last) === 'conflict' && revision <= over;
      over = Math.max(over, revision);
      return await decide(stored);
    } catch (error) {
      last = error;
      const fault = faultOf(error);
      if (fault === 'conflict') continue;
      if (
        fault === 'timeout' ||
        fault === 'no-responders' ||
        fault === 'bucket-missing' ||
        fault === 'jetstream-off'
      ) {
        const trouble = await remakeIfGone(context, remade);
        if (trouble === undefined) remade = true;
        // Two time-outs are the store's answer for now; a third would keep everybody waiting.
        if (trouble === undefined || (fault !== 'timeout' && attempt < 2) || attempt < 1) continue;
      }
      return verdict(context, key, error);
    }
  }
  // What the last try met says nothing of those that the stop has cut off.
  if (signal.aborted) return { outcome: 'unreachable', error: context.unavailable(signal.reason, key) };
  if (faultOf(last) !== 'conflict') return verdict(context, key, last);
  return lags ? lagging(context, key, last) : contested(context, key, last, ATTEMPTS);
}

/**
 * Undefined when the bucket was gone and is there again. It may have been made already, by a request whose answer was lost or
 * by another publisher: then this life of it is to be used all the same.
 */
async function remakeIfGone({ bucket, created, remake }: PutContext, remade: boolean): Promise<unknown> {
  try {
    const found = remade || (await bucket.info());
    if (found === true || (found && String(found.created) === created)) return 'the bucket is there';
    await remake();
    return undefined;
  } catch (error) {
    return error ?? 'unknown';
  }
}

async function send(
  { js, bucket }: PutContext,
  key: string,
  bytes: Uint8Array,
  messageHeaders: MsgHdrs,
  over: number,
): Promise<number> {
  // Through another account's or domain's API the subjects of a bucket are reached below that API's prefix.
  const prefix = js.apiPrefix === '$JS.API' ? '' : `${js.apiPrefix}.`;
  const { seq } = await js.publish(prefix + bucket.names.subject(key), bytes, {
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

/** A line break would end the header; and a reason is a line, not a letter. */
function headerText(text: string): string {
  return oneLine(text).trim().slice(0, 500);
}
