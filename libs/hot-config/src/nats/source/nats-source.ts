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
import { BucketClient } from '../bucket-client.js';
import { CONNECTION_OPTIONS, type NatsSourceOptions } from '../options.js';
import { SourceSession } from './session.js';

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
 * Reports the documents of one NATS key-value bucket. Reads are direct gets. Hints are the messages that the bucket
 * republishes, or come from a KV watch if it republishes none. Opens nothing until it is started.
 *
 * @throws HotConfigSetupError when the options cannot work
 */
export function natsSource(options: NatsSourceOptions = {}): NatsSource {
  checkOptionNames('natsSource', options, SOURCE_OPTIONS);
  return new BucketSource(options);
}

class BucketSource extends BucketClient<SourceSession> implements NatsSource {
  readonly reconcileMs: number;
  readonly staleAfterMs: number;
  private readonly watched = new Set<string>();

  constructor(private readonly options: NatsSourceOptions) {
    super(options);
    this.reconcileMs = options.reconcileMs ?? 30_000;
    this.staleAfterMs = options.staleAfterMs ?? 2.5 * this.reconcileMs;
    for (const option of ['reconcileMs', 'staleAfterMs'] as const) checkMilliseconds(option, options[option]);
    checkStaleness(this.staleAfterMs, this.reconcileMs);
  }

  start(observer: SourceObserver): Promise<void> {
    if (this.session) return Promise.reject(sourceStartedTwice(`NATS source of the ${this.name}`));
    const session = new SourceSession(this.options, this.names, this.reconcileMs, observer);
    for (const key of this.watched) session.watch(key);
    this.begin(session);
    return Promise.resolve();
  }

  watch(key: string): void {
    if (this.names.keyProblem(key) !== undefined) return;
    this.watched.add(key);
    this.session?.watch(key);
  }

  read(key: string, known: KnownPosition | undefined): Promise<ReadOutcome> {
    return this.session?.read(key, known) ?? Promise.resolve(this.notStarted(key));
  }

  override async stop(): Promise<void> {
    this.watched.clear();
    await super.stop();
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

/** Nothing confirms a value between two reads: it would be stale most of the time though all is well. */
function checkStaleness(staleAfterMs: number, reconcileMs: number): void {
  if (staleAfterMs >= reconcileMs) return;
  throw new HotConfigSetupError(
    `staleAfterMs (${staleAfterMs}) must not be less than reconcileMs (${reconcileMs}): a value is confirmed only that often. Leave it out for 2.5 × reconcileMs, or lower reconcileMs too.`,
  );
}
