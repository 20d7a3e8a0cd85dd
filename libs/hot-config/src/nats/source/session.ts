import type { KnownPosition, ReadOutcome, SourceObserver } from '../../contract/index.js';
import { BucketSession } from '../bucket-session.js';
import type { Bucket } from '../bucket.js';
import type { NatsSourceOptions } from '../options.js';
import type { BucketNames } from '../wire.js';
import { Hints } from './hints.js';

/** One start of a source: it reads from its bucket, and hints at changes of the keys that are watched. */
export class SourceSession {
  private readonly bucket: BucketSession;
  private readonly hints: Hints;

  /** @param inspectEveryMs milliseconds after which a read asks for the bucket's state though nothing looks wrong */
  constructor(
    options: NatsSourceOptions,
    names: BucketNames,
    inspectEveryMs: number,
    observer: SourceObserver,
  ) {
    this.hints = new Hints({
      names,
      connection: options,
      hint: (key, revision) => observer.hint(key, revision),
      noted: () => observer.noted?.(),
    });
    this.bucket = new BucketSession(options, names, inspectEveryMs, {
      prepare: (bucket) => this.prepare(bucket),
      link: (state) => observer.link(state),
      inspected: (bucket, info, epoch) => this.hints.follow(bucket, info, epoch),
      epochBegun: () => observer.hint(),
    });
  }

  start(): void {
    this.bucket.start();
  }

  watch(key: string): void {
    this.hints.watch(key);
  }

  read(key: string, known: KnownPosition | undefined): Promise<ReadOutcome> {
    return this.bucket.read(key, known);
  }

  notes(): readonly string[] {
    return this.hints.notes();
  }

  async stop(): Promise<void> {
    this.hints.end();
    await this.bucket.stop();
  }

  /** First the state of the bucket, so that no read takes a recreated bucket for the old one; then hints; then the link is up. */
  private async prepare(bucket: Bucket): Promise<void> {
    await this.bucket.reader.inspect(bucket);
    // A hint after this flush is followed by a read; the read at link up covers every earlier change.
    await bucket.connection.flush();
  }
}
