import { Kvm, KvWatchInclude } from '@nats-io/kv';
import { BackOff } from '../../async/back-off.js';
import { unlessAborted } from '../../async/unless-aborted.js';
import type { Bucket } from '../bucket.js';

export interface WatchHandler {
  readonly hint: (revision: number | undefined) => void;
  readonly failed: (error: unknown) => void;
  readonly works: () => void;
}

/**
 * Starts a KV watch as the hint, for a bucket that republishes nothing; the returned function ends it. It costs a consumer on
 * the server, and it can end without an error: so an ended watch is a fault that is repaired, and each repair is followed by a hint.
 */
export function startWatchHint(bucket: Bucket, key: string, handler: WatchHandler): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const keepWatching = async (): Promise<void> => {
    const backOff = new BackOff(250, 10_000);
    while (!signal.aborted && !bucket.connection.isClosed()) {
      try {
        await watch(bucket, key, handler, signal, backOff);
      } catch (error) {
        if (!signal.aborted) handler.failed(error);
      }
      await backOff.pause(signal);
    }
  };
  void keepWatching();
  return () => stopping.abort(new Error('the watch was stopped'));
}

/** Returns when the watch ends. */
async function watch(
  { js, names }: Bucket,
  key: string,
  { hint, works }: WatchHandler,
  signal: AbortSignal,
  backOff: BackOff,
): Promise<void> {
  const kv = await new Kvm(js).open(names.bucket, { allow_direct: true });
  // Newer documents only, without their content: the present one has been read already.
  const opening = kv.watch({
    key: names.kvKey(key),
    include: KvWatchInclude.UpdatesOnly,
    headers_only: true,
  });
  opening.then((late) => signal.aborted && late.stop()).catch(() => undefined);
  const entries = await unlessAborted(opening, signal);
  const end = (): void => entries.stop();
  signal.addEventListener('abort', end, { once: true });
  try {
    works();
    hint(undefined);
    for await (const entry of entries) {
      backOff.reset();
      hint(entry.operation === 'PUT' ? entry.revision : undefined);
    }
  } finally {
    signal.removeEventListener('abort', end);
    entries.stop();
  }
}
