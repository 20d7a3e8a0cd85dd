import {
  checkMilliseconds,
  type DocumentSource,
  HotConfigSetupError,
  HotConfigUnavailableError,
  type KnownPosition,
  type ReadOutcome,
  type SourceObserver,
  sourceStartedTwice,
} from '../../contract/index.js';
import { checkOptionNames, type OptionNames } from '../../document/index.js';
import { secretsOf } from '../addresses.js';
import type { Bucket } from '../bucket.js';
import { BucketClient } from '../bucket-client.js';
import { BucketSession } from '../bucket-session.js';
import { BUCKET_OPTIONS, type NatsSourceOptions } from '../options.js';
import { Hints } from './hints.js';

export interface NatsSource extends DocumentSource {
  notes(): readonly string[];
}

const SOURCE_OPTIONS: OptionNames<NatsSourceOptions> = {
  ...BUCKET_OPTIONS,
  reconcileMs: true,
  staleAfterMs: true,
};

/**
 * Reports the documents of one NATS key-value bucket. Reads are direct gets. Hints are the messages that the bucket
 * republishes, or come from a KV watch if it republishes none. Opens nothing until it is started.
 *
 * @throws HotConfigSetupError when the options cannot work
 */
export function natsSource(options: NatsSourceOptions = {}): NatsSource {
  checkOptionNames('natsSource', options, SOURCE_OPTIONS);
  return new BucketSource(options);
}

class BucketSource extends BucketClient<BucketSession> implements NatsSource {
  readonly reconcileMs: number;
  readonly staleAfterMs: number;
  private readonly hints: Hints;
  private observer: SourceObserver | undefined;

  constructor(private readonly options: NatsSourceOptions) {
    super(options);
    this.reconcileMs = options.reconcileMs ?? 30_000;
    this.staleAfterMs = options.staleAfterMs ?? 2.5 * this.reconcileMs;
    for (const option of ['reconcileMs', 'staleAfterMs'] as const) checkMilliseconds(option, options[option]);
    checkStaleness(this.staleAfterMs, this.reconcileMs);
    this.hints = new Hints(this.names, secretsOf(options), {
      hint: (key, revision) => this.observer?.hint(key, revision),
      noted: () => this.observer?.noted?.(),
    });
  }

  start(observer: SourceObserver): Promise<void> {
    if (this.session) return Promise.reject(sourceStartedTwice(`NATS source of the ${this.name}`));
    this.observer = observer;
    const session: BucketSession = new BucketSession(this.options, this.names, this.reconcileMs, {
      prepare: (bucket) => prepare(session, bucket),
      link: (state) => observer.link(state),
      inspected: (bucket, info, epoch) => this.hints.follow(bucket, info, epoch),
      epochBegun: () => observer.hint(),
    });
    this.begin(session);
    return Promise.resolve();
  }

  watch(key: string): void {
    if (this.names.keyProblem(key) === undefined) this.hints.watch(key);
  }

  read(key: string, known: KnownPosition | undefined): Promise<ReadOutcome> {
    return this.session?.read(key, known) ?? Promise.resolve(this.notStarted(key));
  }

  override async stop(): Promise<void> {
    this.hints.end();
    await super.stop();
  }

  notes(): readonly string[] {
    return this.hints.notes();
  }

  private notStarted(key: string): ReadOutcome {
    const reason = `Reading "${key}" from the ${this.name} failed: the source is not started`;
    const message = `${reason}; what was applied stays in force.`;
    return { outcome: 'unreachable', error: new HotConfigUnavailableError(message, { key, reason }) };
  }
}

/** First the state of the bucket, so that no read takes a recreated bucket for the old one; then hints; then the link is up. */
async function prepare({ reader }: BucketSession, bucket: Bucket): Promise<void> {
  await reader.inspect(bucket);
  // A hint after this flush is followed by a read; the read at link up covers every earlier change.
  await bucket.connection.flush();
}

/** Nothing confirms a value between two reads: it would be stale most of the time though all is well. */
function checkStaleness(staleAfterMs: number, reconcileMs: number): void {
  if (staleAfterMs >= reconcileMs) return;
  throw new HotConfigSetupError(
    `staleAfterMs (${staleAfterMs}) must not be less than reconcileMs (${reconcileMs}): a value is confirmed only that often. Leave it out for 2.5 × reconcileMs, or lower reconcileMs too.`,
  );
}
