import { type AddressInfo, createServer, type Socket } from 'node:net';
import { jest } from '@jest/globals';
import { startNatsServer } from '../../harness/nats-server.mjs';
import { digestOf } from '../../libs/hot-config/src/document/index.js';
import { natsSource } from '../../libs/hot-config/src/nats/index.js';
import { natsPublisher } from '../../libs/hot-config/src/nats/publisher/index.js';
import { BucketService } from '../support/bucket-service.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { RecordingObserver } from '../support/recording-observer.js';
import { TcpRelay } from '../support/tcp-relay.js';

const noReconcile = { reconcileMs: 3_600_000, staleAfterMs: 7_200_000 };
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('the bound of a missed hint', () => {
  it.each([
    [30_000, {}],
    [5_000, { reconcileMs: 5_000 }],
  ])(
    'a key is read every %d ms at the latest, and not by all instances at the same time: %j',
    async (bound, options) => {
      const timers = jest.spyOn(globalThis, 'setTimeout');
      for (let instance = 0; instance < 10; instance++) {
        // No server runs at this address, and the timer needs none.
        const service = new BucketService({
          servers: 'nats://127.0.0.1:1',
          fallbackNumber: 1,
          startup: { timeoutMs: 1, fallback: ['defaults'] },
          ...options,
        });
        cleanups.push(() => service.stop());
        await service.start();
      }
      const delays = timers.mock.calls
        .map(([, ms = 0]) => ms)
        .filter((ms) => ms >= bound * 0.8 && ms <= bound);
      expect(delays.length).toBeGreaterThanOrEqual(10);
      expect(new Set(delays).size).toBeGreaterThan(5);
    },
  );
});

/** A bucket behind a relay, which can cut the link, and a client that does not use the relay. */
async function bucketBehindARelay(): Promise<{ relay: TcpRelay; client: ForeignClient }> {
  const server = await startNatsServer();
  cleanups.push(() => server.stop());
  const relay = await TcpRelay.start(() => server.port);
  cleanups.push(() => relay.stop());
  const client = await ForeignClient.connect(server.url);
  cleanups.push(() => client.close());
  await client.makeBucket();
  return { relay, client };
}

describe('fault: NATS restarts; down for minutes: the bound after a reconnect', () => {
  it('the first action after the link is up is a read, in the same turn of the event loop and without a timer', async () => {
    const { relay, client } = await bucketBehindARelay();
    await client.put('app', 'n: 1');
    const events: string[] = [];
    const service = new BucketService({ servers: `127.0.0.1:${relay.port}`, ...noReconcile });
    cleanups.push(() => service.stop());
    const { source } = service;
    const [start, read] = [source.start.bind(source), source.read.bind(source)];
    source.read = (key, known) => {
      events.push(`read ${key}`);
      return read(key, known);
    };
    source.start = (observer) =>
      start({
        hint: (key, revision) => observer.hint(key, revision),
        link: (state) => {
          events.push(state.up ? 'up' : 'down');
          if (state.up) queueMicrotask(() => events.push('end of the turn'));
          observer.link(state);
        },
      });
    await service.start();
    for (let reconnect = 0; reconnect < 3; reconnect++) {
      await service.idle();
      const before = events.length;
      relay.drop();
      await service.until(() => events.slice(before).includes('end of the turn'));
      const [down, ...rest] = events.slice(before);
      expect([down, ...rest.slice(rest.indexOf('up'))]).toEqual([
        'down',
        'up',
        'read app',
        'end of the turn',
      ]);
    }
  });

  it('the bucket is asked once for each key at the start and after a reconnect', async () => {
    const { relay, client } = await bucketBehindARelay();
    await client.put('app', 'n: 1');
    let reads = 0;
    client.connection.subscribe('$JS.API.DIRECT.GET.>', { callback: () => void reads++ });
    await client.connection.flush();
    const service = new BucketService({ servers: `127.0.0.1:${relay.port}`, ...noReconcile });
    cleanups.push(() => service.stop());
    await service.start();
    await service.idle();
    await client.connection.flush();
    expect(reads).toBe(1);
    for (let reconnect = 2; reconnect <= 4; reconnect++) {
      relay.cut();
      await service.until(() => !service.status.source.up);
      relay.mend();
      await service.until(() => service.status.source.up);
      await service.idle();
      await client.connection.flush();
      expect(reads).toBe(reconnect);
    }
  });

  it('only one question to the leader of the bucket comes between the reconnect and the read', async () => {
    const { relay, client } = await bucketBehindARelay();
    await client.put('app', 'n: 1');
    const service = new BucketService({ servers: `127.0.0.1:${relay.port}`, ...noReconcile });
    cleanups.push(() => service.stop());
    await service.start();
    await service.refresh();
    relay.cut();
    await service.until(() => !service.status.source.up);
    await client.put('app', 'n: 2');
    const asked: string[] = [];
    client.connection.subscribe('$JS.API.>', { callback: (_, message) => void asked.push(message.subject) });
    await client.connection.flush();
    relay.mend();
    await service.serves(2);
    expect(asked.slice(0, 2)).toEqual([
      '$JS.API.STREAM.INFO.KV_configs',
      '$JS.API.DIRECT.GET.KV_configs.$KV.configs.app',
    ]);
  });
});

describe('fault: server or network with a round trip longer than the timeouts', () => {
  it('a value becomes current all the same, because each attempt waits longer than the attempt before', async () => {
    const server = await startNatsServer();
    cleanups.push(() => server.stop());
    const client = await ForeignClient.connect(server.url);
    cleanups.push(() => client.close());
    await client.makeBucket();
    await client.put('app', 'n: 1');
    const relay = await TcpRelay.start(() => server.port, { delayMs: 150 });
    cleanups.push(() => relay.stop());
    // A round trip takes 300 ms, and connecting takes three round trips.
    const service = new BucketService({
      servers: `127.0.0.1:${relay.port}`,
      requestTimeoutMs: 100,
      connectTimeoutMs: 400,
    });
    cleanups.push(() => service.stop());
    await service.start();
    await service.serves(1);
    await client.put('app', 'n: 2');
    await service.serves(2);
    expect(service.status.state).toBe('live');
  });

  it('stays current after a document that is rejected without a request, which says nothing about the network', async () => {
    const server = await startNatsServer();
    cleanups.push(() => server.stop());
    const relay = await TcpRelay.start(() => server.port, { delayMs: 110 });
    cleanups.push(() => relay.stop());
    const publisher = natsPublisher({ servers: `127.0.0.1:${relay.port}`, requestTimeoutMs: 200 });
    cleanups.push(() => publisher.stop());
    await publisher.start();
    await publisher.connected(AbortSignal.timeout(30_000));
    const publish = async (n: number, size = 0): Promise<string> => {
      const bytes = Buffer.from(`n: ${n}${' '.repeat(size)}`);
      const of = { contentType: 'application/yaml', origin: 'app.yaml', digest: digestOf({ n }) } as const;
      return (await publisher.publish({ key: 'app', bytes, ...of })).outcome;
    };
    expect(await publish(1)).toBe('published');
    expect(await publish(2, 2_000_000)).toBe('rejected');
    expect(await publish(3)).toBe('published');
  });
});

describe('fault: half-open connection (the server stops answering): its bound', () => {
  it('a connection is given up after three pings, of which two were not answered', async () => {
    let pings = 0;
    // Answers what a client needs to connect, and nothing afterwards.
    const halfOpen = createServer((socket: Socket) => {
      socket.on('error', () => undefined);
      socket.write('INFO {"server_id":"x","version":"2.10.0","max_payload":1048576,"headers":true}\r\n');
      socket.on('data', (bytes) => {
        const lines = bytes.toString().split('\r\n');
        if (lines.some((line) => line.startsWith('CONNECT'))) socket.write('PONG\r\n');
        else pings += lines.filter((line) => line === 'PING').length;
      });
    });
    cleanups.push(() => new Promise((resolve) => halfOpen.close(resolve)));
    await new Promise<void>((resolve) => halfOpen.listen(0, '127.0.0.1', resolve));
    const { port } = halfOpen.address() as AddressInfo;
    const source = natsSource({
      servers: `127.0.0.1:${port}`,
      pingIntervalMs: 100,
      requestTimeoutMs: 60_000,
    });
    cleanups.push(() => source.stop());
    const observer = new RecordingObserver();
    await source.start(observer);
    await observer.until(() => observer.failures.length > 0);
    expect(observer.failures[0]).toContain('was lost');
    expect(pings).toBe(2);
  });
});
