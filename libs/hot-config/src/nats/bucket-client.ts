import { serverOf } from './addresses.js';
import { checkConnectionOptions, DEFAULT_BUCKET, type NatsBucketOptions } from './options.js';
import { BucketNames } from './wire.js';

interface Session {
  start(): void;
  stop(): Promise<void>;
}

/** A source or a publisher: checks its options, and has one session from each start to the next stop. */
export abstract class BucketClient<S extends Session> {
  /** For messages. Holds no credentials. */
  readonly name: string;
  protected readonly names: BucketNames;
  protected session: S | undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(options: NatsBucketOptions) {
    checkConnectionOptions(options);
    this.names = new BucketNames(options.bucket ?? DEFAULT_BUCKET, options.keyPrefix ?? '');
    this.name = `bucket "${this.names.bucket}" at ${serverOf(options)}`;
  }

  async stop(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    if (session) this.ended = session.stop();
    await this.ended;
  }

  protected begin(session: S): void {
    this.session = session;
    session.start();
  }
}
