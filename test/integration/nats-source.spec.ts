import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import { natsSource } from '../../libs/hot-config/src/nats/index.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { describeSourceContract, type SourceBackend } from './source-contract.js';

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

let buckets = 0;

/** One server for all tests, and one bucket for each test. */
async function makeBackend(republish: boolean): Promise<SourceBackend> {
  const bucket = `contract${++buckets}`;
  const client = await ForeignClient.connect(server.url);
  await client.makeBucket({ bucket, republish });
  const kv = await client.kv(bucket);
  return {
    source: () => natsSource({ servers: server.url, bucket, reconcileMs: 1_000, staleAfterMs: 5_000 }),
    put: async (key, text) => void (await kv.put(key, text)),
    remove: (key) => kv.delete(key),
    newEpoch: async () => {
      await client.dropBucket(bucket);
      await client.makeBucket({ bucket, republish });
    },
    close: () => client.close(),
  };
}

describeSourceContract('natsSource on a bucket that republishes', () => makeBackend(true));
describeSourceContract('natsSource on a bucket that does not', () => makeBackend(false));
