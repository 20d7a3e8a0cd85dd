import { HotConfigSetupError, HotConfigUnavailableError, type ReadOutcome } from '../../contract/index.js';
import { checkOptionNames, type OptionNames } from '../../document/index.js';
import { BucketClient } from '../bucket-client.js';
import type { Unreachable } from '../bucket-session.js';
import { BUCKET_OPTIONS } from '../options.js';
import type {
  DocumentToPublish,
  NatsPublisherOptions,
  PublishedDocument,
  Publisher,
  PublisherObserver,
  PublishOutcome,
  RemoveOutcome,
} from './publisher.js';
import { PublisherSession } from './session.js';

const OPTIONS: OptionNames<NatsPublisherOptions> = {
  ...BUCKET_OPTIONS,
  history: true,
  replicas: true,
  maxValueBytes: true,
  republish: true,
};

/**
 * Publishes documents into a NATS key-value bucket. Opens nothing until it is started.
 *
 * @throws HotConfigSetupError when the options cannot work
 */
export function natsPublisher(options: NatsPublisherOptions = {}): Publisher {
  checkOptionNames('natsPublisher', options, OPTIONS);
  return new BucketPublisher(options);
}

class BucketPublisher extends BucketClient<PublisherSession> implements Publisher {
  constructor(private readonly options: NatsPublisherOptions) {
    super(options);
    checkBucketOptions(options);
  }

  start(observer: Partial<PublisherObserver> = {}): Promise<void> {
    if (this.session) {
      const message = `The publisher to the ${this.name} was started twice; the first start stays in force. Create a publisher of its own for each user.`;
      return Promise.reject(new HotConfigSetupError(message));
    }
    this.begin(new PublisherSession(this.options, this.names, observer));
    return Promise.resolve();
  }

  async connected(signal?: AbortSignal): Promise<void> {
    if (!this.session) throw new HotConfigUnavailableError(this.notStarted);
    await this.session.connected(signal);
  }

  async publish(document: DocumentToPublish): Promise<PublishOutcome> {
    return this.session?.publish(document) ?? this.unreachable(document.key);
  }

  async remove(key: string): Promise<RemoveOutcome> {
    return this.session?.remove(key) ?? this.unreachable(key);
  }

  async read(key: string): Promise<ReadOutcome> {
    return this.session?.read(key) ?? this.unreachable(key);
  }

  async current(): Promise<ReadonlyMap<string, PublishedDocument>> {
    if (!this.session) throw new HotConfigUnavailableError(this.notStarted);
    return this.session.current();
  }

  bucketNotes(): readonly string[] {
    return this.session?.bucketNotes() ?? [];
  }

  private get notStarted(): string {
    return `The publisher to the ${this.name} is not started.`;
  }

  private unreachable(key: string): Unreachable {
    return { outcome: 'unreachable', error: new HotConfigUnavailableError(this.notStarted, { key }) };
  }
}

function checkBucketOptions({ history = 20, replicas = 1, maxValueBytes }: NatsPublisherOptions): void {
  if (!Number.isInteger(history) || history < 1 || history > 64) {
    throw new HotConfigSetupError(
      'history must be a whole number from 1 to 64: a NATS bucket keeps no more.',
    );
  }
  if (![1, 3, 5].includes(replicas)) throw new HotConfigSetupError('replicas must be 1, 3 or 5.');
  if (maxValueBytes !== undefined && !(Number.isInteger(maxValueBytes) && maxValueBytes > 0)) {
    throw new HotConfigSetupError('maxValueBytes must be a whole number above 0.');
  }
}
