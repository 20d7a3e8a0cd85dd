export { natsPublisher } from './nats-publisher.js';
export type {
  DocumentToPublish,
  NatsPublisherOptions,
  PublishedDocument,
  Publisher,
  PublisherObserver,
  PublishOutcome,
  RemoveOutcome,
  StoredOutcome,
} from './publisher.js';
