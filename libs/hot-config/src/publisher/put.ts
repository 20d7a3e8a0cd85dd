import type { JetStreamClient } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { HotConfigUnavailableError } from '../contract/index.js';
import type { Bucket, StoredMessage } from '../sources/nats/bucket.js';
import { faultOf } from '../sources/nats/errors.js';
import { pause } from '../sources/nats/pause.js';
import { DocumentHeader, KV_OPERATION } from '../sources/nats/wire.js';
import type { DocumentToPublish, PublishOutcome, RemoveOutcome } from './publisher.js';
import { contested, oversizeOf, verdict, type Settled } from './refusals.js';
import { digestStored } from './stored.js';

/** What a put works with. All of one connection; `remake` makes the bucket anew when it is gone. */
export interface PutContext {
  readonly bucket: Bucket;
  readonly js: JetStreamClient;
  readonly direct: boolean;
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
  if (oversize) return { outcome: 'refused', error: oversize };
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
  for (let attempt = 0; attempt < ATTEMPTS && !signal.aborted; attempt++) {
    if (attempt > 0) await pause(5 + Math.random() * 20 * 2 ** Math.min(attempt, 4), signal);
    try {
      return await decide(await bucket.newest(key, context.direct));
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
  return faultOf(last) === 'conflict' ? contested(context, key, last, ATTEMPTS) : verdict(context, key, last);
}

/** Undefined when the bucket was gone and is there again. */
async function remakeIfGone({ bucket, remake }: PutContext, remade: boolean): Promise<unknown> {
  try {
    if (remade || (await bucket.info())) return 'the bucket is there';
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
  result.set(DocumentHeader.origin, oneLine(origin));
  if (author) result.set(DocumentHeader.author, oneLine(author));
  if (reason) result.set(DocumentHeader.reason, oneLine(reason));
  return result;
}

/** A line break would end the header; and a reason is a line, not a letter. */
function oneLine(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, 500);
}
