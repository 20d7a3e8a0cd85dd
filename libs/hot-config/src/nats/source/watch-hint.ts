import { Kvm, KvWatchInclude } from '@nats-io/kv';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { jetStreamOptions } from '../bucket.js';
import type { NatsSourceOptions } from '../options.js';
import { BackOff } from '../../async/back-off.js';
import { unlessAborted } from '../../async/unless-aborted.js';
import type { BucketNames } from '../wire.js';

export interface WatchHintOptions {
  readonly names: BucketNames;
  readonly connection: NatsConnection;
  readonly options: NatsSourceOptions;
  readonly key: string;
  readonly hint: (revision: number | undefined) => void;
  readonly failed: (error: unknown) => void;
  readonly works: () => void;
}

/**
 * A KV watch as the hint, for buckets that republish nothing. It costs a consumer on the server, and its end comes
 * without an error: so an ended watch is a fault to be repaired, and after each repair the key is to be read.
 */
export class WatchHint {
  private readonly stopping = new AbortController();

  constructor(private readonly given: WatchHintOptions) {}

  start(): void {
    void this.run();
  }

  stop(): void {
    this.stopping.abort(new Error('the watch was stopped'));
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const backOff = new BackOff(250, 10_000);
    while (!signal.aborted && !this.given.connection.isClosed()) {
      try {
        await this.follow(() => backOff.reset());
      } catch (error) {
        if (!signal.aborted) this.given.failed(error);
      }
      await backOff.pause(signal);
    }
  }

  private async follow(started: () => void): Promise<void> {
    const { connection, names, options, key, hint, works } = this.given;
    const { signal } = this.stopping;
    const js = jetstream(connection, jetStreamOptions(options));
    const kv = await new Kvm(js).open(names.bucket, { allow_direct: true });
    // Newer documents only, without their content: what is there already has been read.
    const opening = kv.watch({
      key: names.kvKey(key),
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
        started();
        hint(entry.operation === 'PUT' ? entry.revision : undefined);
      }
    } finally {
      signal.removeEventListener('abort', end);
      watch.stop();
    }
  }
}
