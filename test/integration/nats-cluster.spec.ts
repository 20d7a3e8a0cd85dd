import { eventually } from '../../harness/eventually.mjs';
import { digestOf } from '../../libs/hot-config/src/document/index.js';
import { natsSource } from '../../libs/hot-config/src/nats/index.js';
import { natsPublisher, type Publisher } from '../../libs/hot-config/src/nats/publisher/index.js';
import { BucketService, type BucketServiceOptions } from '../support/bucket-service.js';
import { KeyReader } from '../support/key-reader.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { NatsCluster } from '../support/nats-cluster.js';
import { RecordingObserver } from '../support/recording-observer.js';

const cleanups: (() => Promise<unknown>)[] = [];
let cluster: NatsCluster;
beforeAll(async () => {
  cluster = await NatsCluster.start();
});
afterAll(() => cluster.stop());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

let buckets = 0;

/** A new bucket with three replicas, a function that publishes into it, and the node of its leader. */
async function makeBucket(): Promise<{ bucket: string; put: (n: number) => Promise<void>; leader: number }> {
  const bucket = `cluster${++buckets}`;
  const publisher = natsPublisher({ servers: cluster.urls, bucket, replicas: 3, requestTimeoutMs: 1_000 });
  cleanups.push(() => publisher.stop());
  const observer = new RecordingObserver();
  await publisher.start(observer);
  await observer.until(() => observer.up);
  const put = (n: number): Promise<void> => publish(publisher, observer, n);
  await put(1);
  await cluster.level(bucket);
  return { bucket, put, leader: await cluster.leader(bucket) };
}

/** Publishes until the document is in the bucket, as the loader does. Each attempt ends with an answer or a time-out. */
async function publish(publisher: Publisher, observer: RecordingObserver, n: number): Promise<void> {
  await observer.until(() => observer.up);
  const document = {
    key: 'app',
    bytes: new TextEncoder().encode(`n: ${n}`),
    contentType: 'application/yaml',
    origin: 'app.yaml',
    digest: digestOf({ n }),
  } as const;
  await eventually(
    () => publisher.publish(document),
    ({ outcome }) => outcome === 'published' || outcome === 'unchanged',
  );
}

async function serving(options: BucketServiceOptions): Promise<BucketService> {
  const service = new BucketService(options);
  cleanups.push(() => service.stop());
  await service.start();
  expect(service.value).toBe(1);
  return service;
}

async function bringBack(...nodes: number[]): Promise<void> {
  for (const node of nodes) await cluster.restart(node);
}

const others = (node: number): [number, number] => [(node + 1) % 3, (node + 2) % 3];

describe('fault: 3-node cluster: leader killed, one node gone, minority', () => {
  it('leader killed: the value is kept, then current again', async () => {
    const { bucket, put, leader } = await makeBucket();
    const services = await Promise.all(
      cluster.urls.map((servers) => serving({ servers, bucket, reconcileMs: 2_000, staleAfterMs: 60_000 })),
    );
    await cluster.kill(leader);
    await put(2);
    await Promise.all(services.map((service) => service.serves(2)));
    await bringBack(leader);
    await cluster.level(bucket);
    await put(3);
    await Promise.all(services.map((service) => service.serves(3)));
    expect(services.map(({ applied }) => applied)).toEqual([1, 2, 3].map(() => [1, 2, 3]));
    expect(new Set(services.map(({ status }) => status.applied.epoch)).size).toBe(1);
  });

  it('one node gone with its disk: the value is current all the time, through the nodes that are left', async () => {
    const { bucket, put, leader } = await makeBucket();
    const [gone] = others(leader);
    // The client learns the addresses of the other nodes from the server.
    const service = await serving({ servers: cluster.urls[gone], bucket });
    await cluster.wipe(gone);
    await put(2);
    await service.serves(2);
    await bringBack(gone);
    await cluster.level(bucket);
    await put(3);
    await service.serves(3);
    expect(service.applied).toEqual([1, 2, 3]);
  });

  it('minority: the value is kept and stale though a replica goes on answering, and current afterwards', async () => {
    const { bucket, put, leader } = await makeBucket();
    const [left, gone] = others(leader);
    const servers = cluster.urls[left] as string;
    const service = await serving({ servers, bucket, reconcileMs: 300, staleAfterMs: 1_500 });
    await Promise.all([cluster.kill(leader), cluster.kill(gone)]);
    const client = await ForeignClient.connect(servers);
    cleanups.push(() => client.close());
    // After some seconds the node that is left reports that there is no leader.
    const { leader: none } = await eventually(
      async () => (await client.jsm.streams.info(`KV_${bucket}`)).cluster ?? {},
      () => true,
    );
    expect(none).toBeFalsy();
    const replica = await client.jsm.direct.getMessage(`KV_${bucket}`, { last_by_subj: `$KV.${bucket}.app` });
    expect(replica?.seq).toBe(1);
    await service.refresh();
    expect(service.status.state).toBe('stale');
    expect(service.value).toBe(1);
    await bringBack(leader, gone);
    await put(2);
    await service.serves(2);
    await service.until(() => service.status.state === 'live');
  });

  it('an outdated answer of a node that is cut off is never taken for the newest document or for a new epoch', async () => {
    const { bucket, put, leader } = await makeBucket();
    const [cut, joined] = others(leader);
    const servers = cluster.urls[cut] as string;
    const service = await serving({ servers, bucket, reconcileMs: 300, staleAfterMs: 1_500 });
    const source = natsSource({ servers: cluster.urls[joined] as string, bucket });
    cleanups.push(() => source.stop());
    const observer = new RecordingObserver();
    await source.start(observer);
    await observer.until(() => observer.up);
    cluster.isolate(cut);
    cleanups.push(() => Promise.resolve(cluster.rejoin(cut)));
    await put(2);
    const reader = new KeyReader(source, 'app');
    // The replica may be a moment behind the leader, and no event announces that it has caught up.
    await eventually(
      () => reader.read(),
      (text) => text === 'found: n: 2',
    );
    // A reader that has seen the newest document reads from the node that does not have it.
    const behind = new KeyReader(service.source, 'app');
    behind.known = reader.known;
    for (let read = 0; read < 5; read++) expect(await behind.read()).toBe('unreachable');
    await eventually(
      () => service.refresh().then(() => service.status.state),
      (state) => state === 'stale',
    );
    expect(service.value).toBe(1);
    cluster.rejoin(cut);
    await service.serves(2);
    await eventually(
      () => behind.read(),
      (text) => text === 'found: n: 2',
    );
    expect(behind.known).toEqual(reader.known);
    expect(service.applied).toEqual([1, 2]);
  });

  it('a connection to a node that is cut off is given up after a while, and the next of the given servers is used', async () => {
    const { bucket, put, leader } = await makeBucket();
    const [cut, late] = others(leader);
    await cluster.kill(late);
    const servers = [cluster.urls[cut] as string, cluster.urls[late] as string];
    const service = await serving({ servers, bucket, reconcileMs: 1_000 });
    await bringBack(late);
    await cluster.level(bucket);
    cluster.isolate(cut);
    cleanups.push(() => Promise.resolve(cluster.rejoin(cut)));
    await put(2);
    await service.serves(2);
    expect(service.applied).toEqual([1, 2]);
    expect(service.status.state).toBe('live');
  });
});
