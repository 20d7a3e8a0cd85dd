import {
  checkMilliseconds,
  HotConfigSetupError,
  HotConfigUnavailableError,
  sourceStartedTwice,
  type DocumentSource,
  type KnownPosition,
  type ReadOutcome,
  type SourceObserver,
} from '../../contract/index.js';
import { checkOptionNames, type OptionNames } from '../../document/index.js';
import { serverOf } from '../addresses.js';
import {
  checkConnectionOptions,
  CONNECTION_OPTIONS,
  DEFAULT_BUCKET,
  type NatsSourceOptions,
} from '../options.js';
import { SourceSession } from './session.js';
import { BucketNames } from '../wire.js';

export interface NatsSource extends DocumentSource {
  notes(): readonly string[];
}

const SOURCE_OPTIONS: OptionNames<NatsSourceOptions> = {
  ...CONNECTION_OPTIONS,
  bucket: true,
  keyPrefix: true,
  reconcileMs: true,
  staleAfterMs: true,
};

/**
 * Reports the documents of one NATS key-value bucket. Reads are direct gets, hints come from what the bucket
 * republishes, or from a KV watch where it does not. Opens nothing until it is started.
 *
 * @throws HotConfigSetupError when the options cannot work
 */
export function natsSource(options: NatsSourceOptions = {}): NatsSource {
  checkOptionNames('natsSource', options, SOURCE_OPTIONS);
  return new BucketSource(options);
}

class BucketSource implements NatsSource {
  readonly name: string;
  readonly reconcileMs: number;
  readonly staleAfterMs: number;
  private readonly names: BucketNames;
  private readonly watched = new Set<string>();
  private session: SourceSession | undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly options: NatsSourceOptions) {
    checkConnectionOptions(options);
    this.names = new BucketNames(options.bucket ?? DEFAULT_BUCKET, options.keyPrefix ?? '');
    this.reconcileMs = options.reconcileMs ?? 30_000;
    this.staleAfterMs = options.staleAfterMs ?? 2.5 * this.reconcileMs;
    for (const option of ['reconcileMs', 'staleAfterMs'] as const) checkMilliseconds(option, options[option]);
    checkStaleness(this.staleAfterMs, this.reconcileMs);
    this.name = `bucket "${this.names.bucket}" at ${serverOf(options)}`;
  }

  start(observer: SourceObserver): Promise<void> {
    if (this.session) return Promise.reject(sourceStartedTwice(`NATS source of the ${this.name}`));
    this.session = new SourceSession(this.options, this.names, this.reconcileMs, observer);
    for (const key of this.watched) this.session.watch(key);
    this.session.start();
    return Promise.resolve();
  }

  watch(key: string): void {
    if (this.names.keyProblem(key) !== undefined) return;
    this.watched.add(key);
    this.session?.watch(key);
  }

  async read(key: string, known: KnownPosition | undefined): Promise<ReadOutcome> {
    const problem = this.names.keyProblem(key);
    if (problem) return { outcome: 'missing', reason: problem };
    return this.session?.read(key, known) ?? this.notStarted(key);
  }

  async stop(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    this.watched.clear();
    if (session) this.ended = session.stop();
    await this.ended;
  }

  notes(): readonly string[] {
    return this.session?.notes() ?? [];
  }

  private notStarted(key: string): ReadOutcome {
    const reason = `Reading "${key}" from the ${this.name} failed: the source is not started`;
    const message = `${reason}; what was applied stays in force.`;
    return { outcome: 'unreachable', error: new HotConfigUnavailableError(message, { key, reason }) };
  }
}

/** Between two reads nobody confirms anything: the value would be stale most of the time though all is well. */
function checkStaleness(staleAfterMs: number, reconcileMs: number): void {
  if (staleAfterMs >= reconcileMs) return;
  throw new HotConfigSetupError(
    `staleAfterMs (${staleAfterMs}) must not be less than reconcileMs (${reconcileMs}): a value is confirmed only that often. Leave it out for 2.5 × reconcileMs, or lower reconcileMs too.`,
  );
}
