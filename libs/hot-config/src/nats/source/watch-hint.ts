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
 * A KV watch as the hint, for buckets that republish nothing. It costs a consumer on the server, and it ends without an
 * error: so an ended watch is a fault that is repaired, and each repair is followed by a hint.
 */
export class WatchHint {
  private readonly stopping = new AbortController();

  constructor(
    private readonly bucket: Bucket,
    private readonly key: string,
    private readonly handler: WatchHandler,
  ) {}

  start(): void {
    void this.run();
  }

  stop(): void {
    this.stopping.abort(new Error('the watch was stopped'));
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const backOff = new BackOff(250, 10_000);
    while (!signal.aborted && !this.bucket.connection.isClosed()) {
      try {
        await this.follow(() => backOff.reset());
      } catch (error) {
        if (!signal.aborted) this.handler.failed(error);
      }
      await backOff.pause(signal);
    }
  }

  private async follow(received: () => void): Promise<void> {
    const { js, names } = this.bucket;
    const { signal } = this.stopping;
    const { hint, works } = this.handler;
    const kv = await new Kvm(js).open(names.bucket, { allow_direct: true });
    // Newer documents only, without their content: the present one has been read already.
    const opening = kv.watch({
      key: names.kvKey(this.key),
      include: KvWatchInclude.UpdatesOnly,
      headers_only: true,
    });
    opening.then((late) => signal.aborted && late.stop()).catch(() => undefined);
    const watch = await unlessAborted(opening, signal);
    const end = (): void => watch.stop();
    signal.addEventListener('abort', end, { once: true });
    try {
      works();
      hint(undefined);
      for await (const entry of watch) {
        received();
        hint(entry.operation === 'PUT' ? entry.revision : undefined);
      }
    } finally {
      signal.removeEventListener('abort', end);
      watch.stop();
    }
  }
}
