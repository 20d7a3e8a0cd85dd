import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LinkState, SourceObserver } from '../../libs/hot-config/src/contract/index.js';
import { natsPublisher } from '../../libs/hot-config/src/publisher/index.js';
import { natsSource } from '../../libs/hot-config/src/sources/nats/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { startNatsServer } from '../support/nats-server.js';
import { TcpRelay } from '../support/tcp-relay.js';

/** `npm run reliability:reconnects` makes a thousand of them. */
const reconnects = Number(process.env['RECONNECTS'] ?? 60);
/** Before the first look: what is made once, is made by then. */
const warmUp = 10;

/** What may grow with the number of reconnects, seen from inside this process and from the server. */
interface Footprint {
  readonly sockets: number;
  readonly timers: number;
  readonly processListeners: number;
  /** By connection name, on the server. */
  readonly subscriptions: Readonly<Record<string, number>>;
  readonly consumers: number;
}

interface Connections {
  readonly connections: readonly { readonly name: string; readonly subscriptions: number }[];
}

/** Counts, and keeps nothing: what is kept would be taken for what piles up. */
class Counter implements SourceObserver {
  private ups = 0;
  private wake: () => void = () => undefined;

  hint(): void {
    // The read that follows a hint is the engine's.
  }

  link({ up }: LinkState): void {
    if (up) this.ups++;
    this.wake();
  }

  async upTimes(times: number): Promise<void> {
    while (this.ups < times) await new Promise<void>((resolve) => (this.wake = resolve));
  }
}

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it(`after ${reconnects} reconnects nothing has piled up, here or on the server`, async () => {
  const monitoring = await freePort();
  const server = await startNatsServer({ config: `http: "127.0.0.1:${monitoring}"` });
  cleanups.push(() => server.stop());
  const client = await ForeignClient.connect(server.url, { name: 'foreign' });
  cleanups.push(() => client.close());
  const relay = await TcpRelay.start(() => server.port);
  cleanups.push(() => relay.stop());
  const servers = `127.0.0.1:${relay.port}`;
  // Its hints come by a watch, those of the other by republished messages.
  await client.makeBucket({ bucket: 'watched', republish: false });

  const publisher = natsPublisher({ servers, name: 'publisher' });
  const sources = {
    follower: natsSource({ servers, name: 'follower' }),
    watcher: natsSource({ servers, name: 'watcher', bucket: 'watched' }),
  };
  const ends = [publisher, ...Object.values(sources)];
  const counters = ends.map(() => new Counter());
  const allUp = (times: number) => Promise.all(counters.map((counter) => counter.upTimes(times)));
  for (const end of ends) cleanups.push(() => end.stop());
  for (const source of Object.values(sources)) for (const key of ['app', 'other']) source.watch(key);
  await Promise.all(ends.map((end, index) => end.start(counters[index] as Counter)));

  const look = async (): Promise<Footprint> => {
    const answer = await fetch(`http://127.0.0.1:${monitoring}/connz`);
    const { connections } = (await answer.json()) as Connections;
    const resources = process.getActiveResourcesInfo();
    return {
      sockets: resources.filter((type) => type === 'TCPSocketWrap').length,
      timers: resources.filter((type) => type === 'Timeout').length,
      processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
      subscriptions: Object.fromEntries(connections.map(({ name, subscriptions }) => [name, subscriptions])),
      consumers: (await client.jsm.consumers.list('KV_watched').next()).length,
    };
  };
  await allUp(1);
  // A watch whose making is interrupted leaves a consumer for five minutes; that is not what is counted here.
  await eventually(look, ({ consumers }) => consumers === 2);
  let heap = 0;
  let before: Footprint | undefined;
  for (let count = 1; count <= reconnects; count++) {
    relay.drop();
    await allUp(count + 1);
    if (count !== warmUp) continue;
    before = await look();
    heap = heapUsed();
  }
  const grown = heapUsed() - heap;
  const after = await eventually(look, (found) => found.sockets <= (before?.sockets ?? 0));
  console.log(JSON.stringify({ reconnects, heapGrownBytes: grown, before, after }));
  expect({ ...after, timers: 0 }).toEqual({ ...before, timers: 0 });
  expect(after.timers).toBeLessThanOrEqual((before?.timers ?? 0) + 5);
  expect(Object.keys(after.subscriptions).sort()).toEqual(['follower', 'foreign', 'publisher', 'watcher']);
  // One for each watched key, none for the bucket that republishes.
  expect(after.consumers).toBe(2);
  expect((await client.jsm.consumers.list('KV_configs').next()).length).toBe(0);
  // Code that is compiled while it runs comes to a megabyte. A connection that is kept costs some ten thousand bytes, and three
  // are broken each time; a listener that is kept costs some hundred.
  expect(grown).toBeLessThan(1_500_000 + 1_000 * reconnects);
  // And it all still works.
  await client.put('app', 'n: 1');
  expect((await sources.follower.read('app', undefined)).outcome).toBe('found');
}, 900_000);

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
