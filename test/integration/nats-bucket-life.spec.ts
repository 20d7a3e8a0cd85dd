import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../harness/eventually.mjs';
import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import { digestOf } from '../../libs/hot-config/src/document/index.js';
import { natsPublisher, type Publisher } from '../../libs/hot-config/src/nats/publisher/index.js';
import { BucketService } from '../support/bucket-service.js';
import { ForeignClient } from '../support/nats-bucket.js';

const cleanups: (() => Promise<unknown>)[] = [];
let storeDir: string;
let server: NatsServer;
beforeEach(async () => {
  storeDir = await directory('nats-store-');
  server = await startNatsServer({ storeDir });
  cleanups.push(() => server.stop());
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function directory(prefix: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A new client, which knows nothing of earlier outages. */
async function external(at = server): Promise<ForeignClient> {
  const client = await ForeignClient.connect(at.url);
  cleanups.push(() => client.close());
  return client;
}

/** Publishes its documents whenever the publisher asks for a comparison, as the loader does with its files. */
class Documents {
  readonly publisher: Publisher;
  private readonly numbers = new Map<string, number>();

  constructor() {
    this.publisher = natsPublisher({ servers: server.url, requestTimeoutMs: 1_000 });
    cleanups.push(() => this.publisher.stop());
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      void this.publisher.start({
        hint: (key) => {
          if (key === undefined) this.saveAll();
        },
        link: ({ up }) => {
          if (up) resolve(this.saveAll());
        },
      });
    });
  }

  private saveAll(): void {
    for (const [key, n] of this.numbers) void this.save(key, n);
  }

  async save(key: string, n: number): Promise<string> {
    this.numbers.set(key, n);
    const { outcome } = await this.publisher.publish({
      key,
      bytes: new TextEncoder().encode(`n: ${n}`),
      contentType: 'application/yaml',
      origin: `${key}.yaml`,
      digest: digestOf({ n }),
    });
    return outcome;
  }
}

interface World {
  readonly documents: Documents;
  readonly service: BucketService;
}

/** A publisher with two documents, and a service that serves the newest of `app`: 3. */
async function world(): Promise<World> {
  const documents = new Documents();
  await documents.start();
  await documents.save('other', 1);
  for (const n of [1, 2, 3]) await documents.save('app', n);
  const service = new BucketService({ servers: server.url });
  cleanups.push(() => service.stop());
  await service.start();
  expect(service.value).toBe(3);
  return { documents, service };
}

/** Resolves when both documents are in the bucket again and the service follows the new epoch. */
async function healed({ documents, service }: World, before: { epoch: string }): Promise<void> {
  await service.until(() => service.status.applied.epoch !== before.epoch);
  // The service may be connected again before the publisher is.
  await eventually(
    () => documents.publisher.current(),
    (held) =>
      held.get('app')?.digest === digestOf({ n: 3 }) && held.get('other')?.digest === digestOf({ n: 1 }),
  );
  await service.serves(3);
  await documents.save('app', 4);
  await service.serves(4);
  expect(service.status.state).toBe('live');
}

it('fault: bucket deleted and re-created with lower revisions: the loader recreates and fills it at its next comparison, and the service applies it', async () => {
  const { documents, service } = await world();
  const before = service.status.applied;
  await (await external()).dropBucket();
  await service.refresh();
  expect(service.status.missing?.reason).toContain('does not exist');
  await documents.publisher.current();
  await service.until(() => service.status.missing === undefined);
  await service.refresh();
  await healed({ documents, service }, before);
  expect(service.applied).toEqual([3, 4]);
});

it('a bucket that was lost with its disk is recreated and filled at the reconnect, and the service applies it', async () => {
  const { documents, service } = await world();
  const before = service.status.applied;
  await server.kill();
  await rm(storeDir, { recursive: true });
  await server.restart();
  await service.until(() => service.status.source.up);
  await healed({ documents, service }, before);
  expect(service.applied).toEqual([3, 4]);
});

it.each<[string, (client: ForeignClient) => Promise<unknown>]>([
  ['purged', (client) => client.jsm.streams.purge('KV_configs')],
  [
    'emptied key by key',
    async (client) => {
      const kv = await client.kv();
      for (const key of ['app', 'other']) await kv.purge(key);
    },
  ],
])('a bucket that was %s is filled again by the next comparison, in the same epoch', async (_, empty) => {
  const { documents, service } = await world();
  const before = service.status.applied;
  await empty(await external());
  await service.refresh();
  expect(service.status.missing).toBeDefined();
  expect(service.value).toBe(3);
  expect([...(await documents.publisher.current()).keys()]).toEqual([]);
  for (const key of ['other', 'app']) expect(await documents.save(key, 3)).toBe('published');
  await service.until(() => service.status.missing === undefined);
  expect(service.status.applied.epoch).toBe(before.epoch);
  expect(service.status.applied.revision).toBeGreaterThan(before.revision);
  expect(service.applied).toEqual([3]);
});

describe('fault: bucket deleted and re-created with lower revisions: a bucket restored from a backup', () => {
  /** Copies the store now. The result runs the server on that copy, after `meanwhile` has changed it while nobody was connected. */
  async function takeBackup(): Promise<
    (meanwhile: (client: ForeignClient) => Promise<unknown>) => Promise<void>
  > {
    const backup = await directory('nats-backup-');
    await server.kill();
    await cp(storeDir, backup, { recursive: true });
    await server.restart();
    return async (meanwhile) => {
      await server.kill();
      await rm(storeDir, { recursive: true });
      await cp(backup, storeDir, { recursive: true });
      const elsewhere = await startNatsServer({ storeDir });
      const client = await ForeignClient.connect(elsewhere.url);
      await meanwhile(client);
      await client.close();
      await elsewhere.stop();
      await server.restart();
    };
  }

  it.each<[string, (client: ForeignClient) => Promise<unknown>]>([
    ['without later changes', () => Promise.resolve()],
    [
      'with more revisions than were known before',
      async (client) => {
        for (let n = 1; n <= 10; n++) await client.put('third', `n: ${n}`);
      },
    ],
  ])(
    'the store was restored from its files %s: the service applies the older document as a new epoch',
    async (_, meanwhile) => {
      const client = await external();
      await client.makeBucket();
      await client.put('app', 'n: 1');
      const restore = await takeBackup();
      const service = new BucketService({ servers: server.url });
      cleanups.push(() => service.stop());
      await service.start();
      const writer = await external();
      await writer.put('app', 'n: 3');
      await service.serves(3);
      const { epoch } = service.status.applied;
      await restore(meanwhile);
      await service.serves(1);
      expect(service.status.applied).toMatchObject({ revision: 1, epoch: `${epoch}~1` });
      await (await external()).put('app', 'n: 4');
      await service.serves(4);
      expect(service.applied).toEqual([1, 3, 1, 4]);
    },
  );

  it('the store was restored from its files: documents that were lost are published again on the reconnect, and applied', async () => {
    const early = new Documents();
    await early.start();
    await early.save('app', 1);
    await early.publisher.stop();
    const restore = await takeBackup();
    const { documents, service } = await world();
    const before = service.status.applied;
    await restore(() => Promise.resolve());
    // A service that connects before the publisher serves the document of the backup until the publisher connects.
    await healed({ documents, service }, before);
  });

  it('the bucket was restored while everybody was connected: the publisher notices it at the next read, and the service applies the document', async () => {
    const { documents, service } = await world();
    const client = await external();
    const before = service.status.applied;
    const backup = await client.backUp();
    await documents.save('app', 4);
    await documents.save('app', 5);
    await service.serves(5);
    await client.dropBucket();
    await client.restore(backup);
    // The periodic comparison of the loader reads too.
    expect((await documents.publisher.read('app')).outcome).toBe('found');
    await service.until(() => service.status.applied.epoch !== before.epoch && service.value === 5);
    expect((await documents.publisher.current()).get('app')?.digest).toBe(digestOf({ n: 5 }));
    await documents.save('app', 6);
    await service.serves(6);
  });
});
