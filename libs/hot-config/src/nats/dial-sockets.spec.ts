import { AsyncLocalStorage } from 'node:async_hooks';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { jest } from '@jest/globals';
import * as client from '@nats-io/transport-node';
import { dial } from './dial.js';
import { DialSockets } from './dial-sockets.js';

/** Accepts connections and never sends anything, like a server that hangs. */
let server: Server;
let port: number;
const cleanups: (() => void)[] = [];

beforeEach(async () => {
  server = createServer((socket) => void socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  jest.restoreAllMocks();
  await new Promise((resolve) => server.close(resolve));
});

function accepted(): Promise<Socket> {
  return new Promise((resolve) => server.once('connection', (socket: Socket) => resolve(socket.resume())));
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

it('the client forgets the socket of an attempt that timed out; when this leak is gone, DialSockets can be removed', async () => {
  const socket = accepted();
  await expect(client.connect({ servers: `127.0.0.1:${port}`, timeout: 50 })).rejects.toThrow('timeout');
  const forgotten = await socket;
  cleanups.push(() => forgotten.destroy());
  let isClosed = false;
  void closed(forgotten).then(() => (isClosed = true));
  // Ten turns over a second connection: by then the server would know that the first socket was closed.
  for (let turn = 0; turn < 10; turn++) {
    const other = accepted();
    const socket = connect(port, '127.0.0.1', () => void socket.destroy());
    await closed(await other);
  }
  expect(isClosed).toBe(false);
});

it('a dial that times out closes its socket', async () => {
  const socket = accepted();
  const dialled = dial({ servers: `127.0.0.1:${port}` }, 50, new AbortController().signal);
  await expect(dialled).rejects.toThrow('timeout');
  await closed(await socket);
});

it('an aborted dial closes its socket at once, and the socket of the next server that the client still tries', async () => {
  const abort = new AbortController();
  const first = accepted();
  const dialled = dial({ servers: [`127.0.0.1:${port}`, `localhost:${port}`] }, 100, abort.signal);
  const firstSocket = await first;
  const second = accepted();
  abort.abort(new Error('stopped'));
  await expect(dialled).rejects.toThrow('stopped');
  await closed(firstSocket);
  await closed(await second);
});

it('a socket that the application opens while the client connects is left alone', async () => {
  const sockets = new DialSockets();
  const open = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket));
      cleanups.push(() => socket.destroy());
    });
  const own = Promise.resolve().then(() => {
    sockets.begin();
    return open();
  });
  const [ownSocket, othersSocket] = [await own, await open()];
  sockets.abandon();
  sockets.end();
  expect([ownSocket.destroyed, othersSocket.destroyed]).toEqual([true, false]);
});

it('no AsyncLocalStorage is active after a dial has ended', async () => {
  const begun = jest.spyOn(AsyncLocalStorage.prototype, 'enterWith');
  const ended = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
  const active = (): number =>
    begun.mock.contexts.filter((storage) => !ended.mock.contexts.includes(storage)).length;
  const dialled = dial({ servers: `127.0.0.1:${port}` }, 50, new AbortController().signal);
  await accepted();
  expect(active()).toBe(1);
  await expect(dialled).rejects.toThrow('timeout');
  await new Promise((resolve) => setImmediate(resolve));
  expect(active()).toBe(0);
});
