import { clientOptionsOf } from './dial.js';

describe('the options of the client', () => {
  it('give up a connection that answers no ping within 25 s, whatever other options are set', () => {
    // The client gives up at the ping after the last one that may stay unanswered.
    const noticedWithin = (options: Parameters<typeof clientOptionsOf>[0]): number => {
      const { pingInterval = Infinity, maxPingOut = Infinity } = clientOptionsOf(options, 5_000);
      return pingInterval * (maxPingOut + 1);
    };
    expect(noticedWithin({})).toBe(24_000);
    expect(noticedWithin({ servers: ['nats://one', 'nats://two'], requestTimeoutMs: 60_000 })).toBe(24_000);
    expect(noticedWithin({ pingIntervalMs: 100 })).toBe(300);
  });

  it('let the client reconnect for ever, but limit the wait for its first connection', () => {
    expect(clientOptionsOf({}, 5_000)).toMatchObject({ maxReconnectAttempts: -1, timeout: 5_000 });
    expect(clientOptionsOf({}, 5_000)).not.toHaveProperty('waitOnFirstConnect');
  });
});
