import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import { type NatsSource, natsSource } from '../../libs/hot-config/src/nats/index.js';
import { natsPublisher, type Publisher } from '../../libs/hot-config/src/nats/publisher/index.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { RecordingObserver } from '../support/recording-observer.js';

/** The sockets that are opened while `start` runs. */
async function socketsOf(start: () => Promise<void>): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  const note = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
  subscribe('net.client.socket', note);
  await start().finally(() => unsubscribe('net.client.socket', note));
  return sockets;
}

/**
 * When a server goes, its end of the connection is closed first, and the client answers by closing its own. `action` is
 * called in the moment between: nothing can be sent any more, and no close event was emitted yet. Resolves when `action` does.
 */
function whenHalfClosed(sockets: readonly Socket[], action: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    for (const socket of sockets) {
      const end = socket.end.bind(socket);
      socket.end = () => {
        end();
        resolve(action());
        return socket;
      };
    }
  });
}

describe('at the moment in which the server closes its end of the connection', () => {
  let server: NatsServer;
  let observer: RecordingObserver;
  let user: NatsSource | Publisher;

  beforeEach(async () => {
    server = await startNatsServer();
    observer = new RecordingObserver();
    const client = await ForeignClient.connect(server.url);
    await client.makeBucket();
    await client.put('app', 'value: 1');
    await client.close();
  });
  afterEach(async () => {
    await user.stop();
    await server.stop();
  });

  // The last message of the client must not fail with an error without a listener, because such an error ends the process.
  it.each([
    ['source', () => natsSource({ servers: server.url })],
    ['publisher', () => natsPublisher({ servers: server.url })],
  ])('a %s stops without an error that ends the process', async (_, make) => {
    user = make();
    if ('watch' in user) user.watch('app');
    const sockets = await socketsOf(async () => {
      await user.start(observer);
      await observer.until(() => observer.up);
    });
    // Waits until the server has read everything: data that it has not read when it is killed would turn its close into a reset.
    expect(await user.read('app', undefined)).toMatchObject({ outcome: 'found' });
    const stopped = whenHalfClosed(sockets, () => user.stop());
    await server.kill();
    await stopped;
    // An error without a listener would be thrown in this turn.
    await new Promise((resolve) => setImmediate(resolve));
  });
});
