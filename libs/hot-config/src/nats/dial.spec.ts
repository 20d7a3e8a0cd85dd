import { jest } from '@jest/globals';
import type { NodeConnectionOptions } from '@nats-io/transport-node';

/** The options of the last connect, which succeeds at once. */
let connectOptions: NodeConnectionOptions = {};
const client = await import('@nats-io/transport-node');
jest.unstable_mockModule('@nats-io/transport-node', () => ({
  ...client,
  connect: (options: NodeConnectionOptions) => {
    connectOptions = options;
    return Promise.resolve({});
  },
}));
const { clientOptionsOf, dial } = await import('./dial.js');

afterEach(() => jest.restoreAllMocks());

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

it('after a lost connection the pauses stay at 1 s for a minute, however long ago the connect was', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(1);
  const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
  const { reconnected } = await dial({}, 5_000, new AbortController().signal);
  const pausesOfOutage = (tries: number): (number | undefined)[] =>
    Array.from({ length: tries }, () => {
      const ms = connectOptions.reconnectDelayHandler?.();
      connectOptions.reconnectToServer?.([], null);
      return ms;
    });
  for (const begin of [3_600_000, 7_200_000]) {
    clock.mockReturnValue(begin);
    expect(pausesOfOutage(3)).toEqual([250, 500, 1_000]);
    clock.mockReturnValue(begin + 59_000);
    expect(pausesOfOutage(2)).toEqual([1_000, 1_000]);
    clock.mockReturnValue(begin + 60_000);
    expect(pausesOfOutage(3).at(-1)).toBe(5_000);
    reconnected();
  }
});
