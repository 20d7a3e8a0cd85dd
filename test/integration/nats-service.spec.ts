import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually } from '../../harness/eventually.mjs';
import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import { lastKnownGoodDirectory } from '../../libs/hot-config/src/last-known-good/index.js';
import { BucketService, type BucketServiceOptions } from '../support/bucket-service.js';
import { ForeignClient } from '../support/nats-bucket.js';

/** With these options no timer of the service fires during a test, so every change comes from an event. */
const noReconcile = { reconcileMs: 3_600_000, staleAfterMs: 7_200_000 };

const cleanups: (() => Promise<unknown>)[] = [];
let server: NatsServer;
let client: ForeignClient;
beforeEach(async () => {
  server = await startNatsServer();
  cleanups.push(() => server.stop());
  client = await ForeignClient.connect(server.url);
  cleanups.push(() => client.close());
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function service(options: BucketServiceOptions = {}): BucketService {
  const made = new BucketService({ servers: server.url, ...options });
  cleanups.push(() => made.stop());
  return made;
}

/** A service that serves 1, from a bucket whose only document is 1. */
async function serving(options: BucketServiceOptions = {}, republish = true): Promise<BucketService> {
  await client.makeBucket({ republish });
  await client.put('app', 'n: 1');
  const made = service(options);
  await made.start();
  return made;
}

/** Calls `act` with a new client, which knows nothing of earlier outages. */
async function other<T>(act: (writer: ForeignClient) => Promise<T>, at = server): Promise<T> {
  const writer = await ForeignClient.connect(at.url);
  try {
    return await act(writer);
  } finally {
    await writer.close();
  }
}

/** Resolves when the service has noticed that it lost the server. */
async function lost(made: BucketService, lose: () => Promise<unknown>): Promise<void> {
  await lose();
  await made.until(() => made.ofType('link').at(-1)?.link.up === false);
}

describe('fault: NATS down when a service starts', () => {
  const soon = (...fallback: ('last-known-good' | 'defaults')[]) => ({
    startup: { timeoutMs: 200, fallback },
  });

  it('the last known good is served within the deadline, and the value of the store when NATS returns', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hot-config-last-known-good-'));
    cleanups.push(() => rm(directory, { recursive: true, force: true }));
    const lastKnownGoodStore = lastKnownGoodDirectory({ directory });
    const before = await serving({ lastKnownGoodStore });
    await before.stop();
    await server.kill();
    const after = service({ lastKnownGoodStore, fallbackNumber: 7, ...soon('last-known-good', 'defaults') });
    await after.start();
    expect(after.value).toBe(1);
    expect(after.status).toMatchObject({ state: 'last-known-good', applied: { revision: 1 } });
    await server.restart();
    await after.until(() => after.status.state === 'live');
    await client.put('app', 'n: 2');
    await after.serves(2);
  });

  it('the defaults are served without a last known good, and the value of the store when NATS returns', async () => {
    await client.makeBucket();
    await client.put('app', 'n: 1');
    await server.kill();
    const made = service({ fallbackNumber: 7, ...soon('last-known-good', 'defaults') });
    await made.start();
    expect(made.value).toBe(7);
    expect(made.status).toMatchObject({ state: 'defaults', source: { up: false } });
    await server.restart();
    await made.serves(1);
    expect(made.status.state).toBe('live');
  });

  it('startup fails with one clear message when no fallback is allowed', async () => {
    await server.kill();
    // Long enough for a second read: the first read runs before the connection has failed.
    const made = service({ fallbackNumber: 7, startup: { timeoutMs: 2_000, fallback: [] } });
    const failure = made.start();
    await expect(failure).rejects.toThrow(/No value for "app"[^]*refused the connection/);
    await expect(failure).rejects.not.toThrow('in force');
  });
});

describe('fault: NATS restarts; down for minutes', () => {
  it('a document that was put meanwhile is applied by the reconnect itself, without a timer', async () => {
    const storeDir = await mkdtemp(join(tmpdir(), 'nats-store-'));
    cleanups.push(() => rm(storeDir, { recursive: true, force: true }));
    await server.stop();
    server = await startNatsServer({ storeDir });
    cleanups.push(() => server.stop());
    await other(async (writer) => {
      await writer.makeBucket();
      await writer.put('app', 'n: 1');
    });
    const made = service(noReconcile);
    await made.start();
    await lost(made, () => server.kill());
    expect(made.value).toBe(1);
    // On another port, which the service does not use.
    const elsewhere = await startNatsServer({ storeDir });
    await other((writer) => writer.put('app', 'n: 2'), elsewhere);
    await elsewhere.stop();
    await server.restart();
    await made.serves(2);
    expect(made.status.state).toBe('live');
  });
});

describe('fault: bucket deleted and not re-created; key deleted; key purged', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['bucket deleted', () => client.dropBucket(), /the bucket "configs" does not exist/],
    ['key deleted', async () => (await client.kv()).delete('app'), /was deleted/],
    ['key purged', async () => (await client.kv()).purge('app'), /was deleted/],
    ['stream purged', () => client.jsm.streams.purge('KV_configs'), /has no key "app"/],
  ])('%s: the value is kept, and missing is logged once, with the reason', async (_, lose, reason) => {
    const made = await serving();
    await lose();
    await made.refresh();
    await made.refresh();
    expect(made.value).toBe(1);
    expect(made.status.missing?.reason).toMatch(reason);
    expect(made.ofType('missing')).toHaveLength(1);
    expect(made.applied).toEqual([1]);
  });

  it('a key that was deleted while NATS was away keeps its value, and the next document is applied', async () => {
    const made = await serving();
    await lost(made, () => server.kill());
    await server.restart();
    await other(async (writer) => {
      await (await writer.kv()).delete('app');
      await made.until(() => made.ofType('missing').length === 1);
      expect(made.value).toBe(1);
      await writer.put('app', 'n: 2');
    });
    await made.serves(2);
    expect(made.status.missing).toBeUndefined();
  });
});

describe('fault: server-side consumer lost (watch fallback)', () => {
  it('the reconcile finds a change that the dead watch does not report', async () => {
    const made = await serving({ reconcileMs: 400, staleAfterMs: 60_000 }, false);
    const consumers = async (): Promise<string[]> =>
      (await client.jsm.consumers.list('KV_configs').next()).map(({ name }) => name);
    const names = await eventually(consumers, (found) => found.length > 0);
    for (const name of names) await client.jsm.consumers.delete('KV_configs', name);
    await client.put('app', 'n: 2');
    await made.serves(2);
    // The watch did not report the change: it comes back only after two missed heartbeats of 30 s each.
    expect(await consumers()).toEqual([]);
  });
});

describe('fault: half-open connection (the server stops answering)', () => {
  it('the value is kept and stale within its bound, and becomes live and newest when the server goes on', async () => {
    const made = await serving({ pingIntervalMs: 150, reconcileMs: 100, staleAfterMs: 400 });
    await server.pause();
    await eventually(
      () => Promise.resolve(made.status),
      ({ state, source }) => state === 'stale' && !source.up,
    );
    expect(made.value).toBe(1);
    server.resume();
    await client.put('app', 'n: 2');
    await made.serves(2);
    await eventually(
      () => Promise.resolve(made.status),
      ({ state, source }) => state === 'live' && source.up,
    );
  });
});

describe('fault: duplicate, late, out-of-order delivery', () => {
  it('a repeated or late message has no effect: each document is applied once, and no older document is applied', async () => {
    const made = await serving(noReconcile);
    const revisions: number[] = [];
    made.pipeline.served.onSwap(({ revision }) => revisions.push(revision));
    for (const n of [2, 3]) {
      await client.put('app', `n: ${n}`);
      await made.serves(n);
    }
    // Repeats earlier messages of the server: in another order, twice, and for a revision that no longer exists.
    for (const revision of [3, 1, 2, 2, 3, 1]) {
      const headers = {
        'Nats-Stream': 'KV_configs',
        'Nats-Subject': '$KV.configs.app',
        'Nats-Sequence': `${revision}`,
      };
      client.forge('hotconfig.configs.document.app', headers, `n: ${revision}`);
    }
    await client.put('app', 'n: 4');
    await made.serves(4);
    await made.refresh();
    expect(made.applied).toEqual([1, 2, 3, 4]);
    expect(revisions).toEqual([2, 3, 4]);
    expect(made.ofType('rejected')).toEqual([]);
  });
});

describe('fault: message forged into the notify subject', () => {
  it('a forged message with all the marks of the server is given up, because its revision never comes, and the next document is applied', async () => {
    const made = await serving(noReconcile);
    const headers = {
      'Nats-Stream': 'KV_configs',
      'Nats-Subject': '$KV.configs.app',
      'Nats-Sequence': '1000000',
    };
    client.forge('hotconfig.configs.document.app', headers, 'n: 9');
    await client.put('app', 'n: 2');
    await made.serves(2);
    expect(made.applied).toEqual([1, 2]);
  });
});

describe('fault: 10,000 updates of one key in a burst, slow hooks', () => {
  it('the newest document is applied, the documents between are conflated, and memory is flat', async () => {
    const made = await serving();
    const seen: number[] = [];
    made.pipeline.hooks.addNotify({
      name: 'slow',
      run: async ({ current }) => {
        seen.push((current as { n: number }).n);
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
    });
    const padding = `# ${'x'.repeat(1_000)}`;
    const before = heapUsed();
    const updates = 10_000;
    for (let n = 2; n <= updates; n++) {
      client.connection.publish('$KV.configs.app', `n: ${n}\n${padding}`);
      // Waits for the server from time to time, so that it does not drop this client as too slow.
      if (n % 500 === 0) await client.connection.flush();
    }
    await client.put('app', 'n: 1000000');
    await made.serves(1_000_000);
    await made.idle();
    expect(seen.at(-1)).toBe(1_000_000);
    expect(seen.length).toBeLessThan(updates / 4);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    // 10 MB have passed through. If half of it were kept, this check would fail.
    expect(heapUsed() - before).toBeLessThan(5_000_000);
  });
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
