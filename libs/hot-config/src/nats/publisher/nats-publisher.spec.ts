import { HotConfigSetupError } from '../../contract/index.js';
import { natsPublisher, type NatsPublisherOptions } from './index.js';

describe('natsPublisher', () => {
  it.each([
    [{ replica: 3 }, 'natsPublisher has no option "replica". Did you mean "replicas"?'],
    [{ reconcileMs: 5 }, 'natsPublisher has no option "reconcileMs". There are servers, name,'],
    [{ history: 65 }, 'history must be a whole number from 1 to 64'],
    [{ replicas: 2 }, 'replicas must be 1, 3 or 5.'],
    [{ maxValueBytes: 0 }, 'maxValueBytes must be a whole number above 0.'],
  ])(
    'rejects options that are unknown or cannot work when the publisher is created: %j',
    (options, message) => {
      const made = (): unknown => natsPublisher(options as NatsPublisherOptions);
      expect(made).toThrow(HotConfigSetupError);
      expect(made).toThrow(message);
    },
  );
});
