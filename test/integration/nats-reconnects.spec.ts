import { getEventListeners } from 'node:events';
import { text } from 'node:stream/consumers';
import { getHeapSnapshot } from 'node:v8';
import { eventually } from '../../harness/eventually.mjs';
import { freePort } from '../../harness/free-port.mjs';
import { startNatsServer } from '../../harness/nats-server.mjs';
import type { LinkState, SourceObserver } from '../../libs/hot-config/src/contract/index.js';
import { natsSource } from '../../libs/hot-config/src/nats/index.js';
import { natsPublisher } from '../../libs/hot-config/src/nats/publisher/index.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { TcpRelay } from '../support/tcp-relay.js';

/** `npm run reliability:reconnects` makes a thousand of them. */
const reconnects = Number(process.env['RECONNECTS'] ?? 100);
/** The heap is measured after each quarter. Objects that are created only once are created in the first quarter. */
const quarter = Math.floor(reconnects / 4);
const warmUp = reconnects - 3 * quarter;

/** Everything that could grow with the number of reconnects, in this process and on the server. */
interface Footprint {
  readonly sockets: number;
  readonly timers: number;
  readonly processListeners: number;
  /** By connection name: the listeners of the stop signal of the library, and the readers of the client's status. */
  readonly listeners: Readonly<Record<string, { readonly stop: number; readonly status: number }>>;
  /** By connection name: the number of subscriptions on the server. */
  readonly subscriptions: Readonly<Record<string, number>>;
  readonly consumers: number;
}

interface Connections {
  readonly connections: readonly { readonly name: string; readonly subscriptions: number }[];
}

/** The private members of a started publisher or source, whose listeners this test counts. */
interface Innards {
  readonly session: SessionInnards | { readonly bucketSession: SessionInnards };
}

interface SessionInnards {
  readonly link: {
    readonly stopping: AbortController;
    readonly opened?: { readonly connection: { readonly protocol: { readonly listeners: unknown[] } } };
  };
}

function listenersOf(end: object): Footprint['listeners'][string] {
  const { session } = end as Innards;
  const { stopping, opened } = ('link' in session ? session : session.bucketSession).link;
  return {
    stop: getEventListeners(stopping.signal, 'abort').length,
    status: opened?.connection.protocol.listeners.length ?? 0,
  };
}

/** Only counts reports, because kept reports would look like a leak. */
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

it(`${reconnects} reconnects leave no extra listener, subscription or memory behind, in this process and on the server`, async () => {
  const monitoring = await freePort();
  const server = await startNatsServer({ config: `http: "127.0.0.1:${monitoring}"` });
  cleanups.push(() => server.stop());
  const client = await ForeignClient.connect(server.url, { name: 'external' });
  cleanups.push(() => client.close());
  const relay = await TcpRelay.start(() => server.port);
  cleanups.push(() => relay.stop());
  const servers = `127.0.0.1:${relay.port}`;
  // The hints of this bucket come by a watch, those of the other bucket by republished messages.
  await client.makeBucket({ bucket: 'watched', republish: false });

  const publisher = natsPublisher({ servers, name: 'publisher' });
  const sources = {
    follower: natsSource({ servers, name: 'follower' }),
    watcher: natsSource({ servers, name: 'watcher', bucket: 'watched' }),
  };
  const named = { publisher, ...sources };
  const ends = Object.values(named);
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
      listeners: Object.fromEntries(Object.entries(named).map(([name, end]) => [name, listenersOf(end)])),
      subscriptions: Object.fromEntries(connections.map(({ name, subscriptions }) => [name, subscriptions])),
      consumers: (await client.jsm.consumers.list('KV_watched').next()).length,
    };
  };
  await allUp(1);
  // An interrupted request for a watch leaves a consumer for five minutes, which must not be counted here.
  await eventually(look, ({ consumers }) => consumers === 2);
  // While a request is in flight, one more listener waits for it.
  const rests = ({ listeners }: Footprint): boolean =>
    Object.values(listeners).every(({ stop }) => stop === 1);
  let before: Footprint | undefined;
  const heaps: Heap[] = [];
  for (let count = 1; count <= reconnects; count++) {
    relay.drop();
    await allUp(count + 1);
    if (count < warmUp || (count - warmUp) % quarter !== 0) continue;
    const now = await eventually(look, rests);
    before ??= now;
    heaps.push(await takeHeap());
  }
  const after = await eventually(look, (found) => rests(found) && found.sockets <= (before?.sockets ?? 0));
  console.log(JSON.stringify({ reconnects, heaps, before, after }));
  expect({ ...after, timers: 0 }).toEqual({ ...before, timers: 0 });
  expect(after.timers).toBeLessThanOrEqual((before?.timers ?? 0) + 5);
  expect(Object.keys(after.subscriptions).sort()).toEqual(['external', 'follower', 'publisher', 'watcher']);
  // One consumer for each watched key, none for the bucket that republishes.
  expect(after.consumers).toBe(2);
  expect((await client.jsm.consumers.list('KV_configs').next()).length).toBe(0);
  // A leak of one listener for each reconnect would add at least one object for each reconnect to every quarter. Code that is
  // loaded late makes one or two quarters differ. The others grow by a dozen objects, however many reconnects they have.
  const grown = heaps.slice(1).map(({ objects }, index) => objects - (heaps[index]?.objects ?? 0));
  expect(Math.min(...grown)).toBeLessThan(Math.max(quarter, 25));
  // Code that is compiled at run time takes up to half a megabyte.
  expect((heaps[3]?.bytes ?? Infinity) - (heaps[0]?.bytes ?? 0)).toBeLessThan(1_500_000 + 100 * reconnects);
  // Everything still works.
  await client.put('app', 'n: 1');
  expect((await sources.follower.read('app', undefined)).outcome).toBe('found');
}, 900_000);

interface Heap {
  /** The number of objects, including functions, so that each listener counts. */
  readonly objects: number;
  readonly bytes: number;
}

/** The reachable objects: a heap snapshot is taken after garbage collection. */
async function takeHeap(): Promise<Heap> {
  const { snapshot, nodes } = JSON.parse(await text(getHeapSnapshot())) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  const counted = ['object', 'closure'].map((name) => types[0].indexOf(name));
  let objects = 0;
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (counted.includes(nodes[node + type] ?? -1)) objects++;
    bytes += nodes[node + size] ?? 0;
  }
  return { objects, bytes };
}

/** The format of V8's heap snapshots. */
interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: string[]; readonly node_types: [string[], ...unknown[]] };
  };
  readonly nodes: number[];
}
