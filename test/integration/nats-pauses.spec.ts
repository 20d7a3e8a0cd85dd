import { jest } from '@jest/globals';
import { freePort } from '../../harness/free-port.mjs';
import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import type { NatsSourceOptions } from '../../libs/hot-config/src/nats/index.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { RecordingObserver } from '../support/recording-observer.js';

/** The requested milliseconds of each pause. In this test a pause lasts one turn of the event loop. */
const pauses: number[] = [];
let notify: () => void = () => undefined;
jest.unstable_mockModule('node:timers/promises', () => ({
  setTimeout: (ms: number) => {
    pauses.push(ms);
    notify();
    return new Promise((resolve) => setImmediate(resolve));
  },
}));
const { natsSource } = await import('../../libs/hot-config/src/nats/index.js');

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startServer(config: string, jetstream = true): Promise<NatsServer> {
  const server = await startNatsServer({ config, jetstream });
  cleanups.push(() => server.stop());
  return server;
}

/** The pauses of a source that watches `app` and whose requests never succeed. */
async function firstPauses(times: number, options: NatsSourceOptions): Promise<number[]> {
  const source = natsSource(options);
  cleanups.push(() => source.stop());
  source.watch('app');
  pauses.length = 0;
  const enough = new Promise<void>((resolve) => (notify = () => void (pauses.length >= times && resolve())));
  await source.start(new RecordingObserver());
  await enough;
  return pauses.slice(0, times);
}

/** Each pause is at least a tenth of its ceiling; the rest is jitter. */
function expectGrowing(asked: readonly number[], ceilings: readonly number[]): void {
  expect(asked).toHaveLength(ceilings.length);
  for (const [index, ceiling] of ceilings.entries()) {
    expect(asked[index]).toBeGreaterThanOrEqual(ceiling / 10);
    expect(asked[index]).toBeLessThanOrEqual(ceiling);
  }
  expect(new Set(asked).size).toBeGreaterThan(1);
}

describe('fault: JetStream off; wrong bucket; no permission; bad or expired credentials; untrusted TLS: no hot loop', () => {
  const users = (permissions: string): string => `authorization { users: [
    { user: admin, password: a }
    { user: service, password: s, permissions: { ${permissions} } } ] }`;
  const upTo1s = [100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000];
  const upTo5s = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000];

  it('a server without JetStream is asked again after pauses that grow to 1 s in the first minute', async () => {
    const { url } = await startServer('', false);
    expectGrowing(await firstPauses(8, { servers: url }), upTo1s);
  });

  it('a server that is not there is dialled again after pauses that grow to 1 s in the first minute', async () => {
    expectGrowing(await firstPauses(8, { servers: `127.0.0.1:${await freePort()}` }), upTo1s);
  });

  it('a server that rejects the credentials is dialled again after pauses that grow to 5 s', async () => {
    const { url } = await startServer(users(''));
    expectGrowing(await firstPauses(8, { servers: url, user: 'service', password: 'wrong' }), upTo5s);
  });

  it('a server that forbids the inbox is asked again after pauses that grow to 1 s in the first minute', async () => {
    const { url } = await startServer(users('subscribe: [ "other.>" ]'));
    expectGrowing(await firstPauses(8, { servers: url, user: 'service', password: 's' }), upTo1s);
  });

  it('a forbidden watch is requested again after pauses that grow to 10 s', async () => {
    const { url } = await startServer(
      users('publish: [ "$JS.API.STREAM.INFO.>", "$JS.API.DIRECT.GET.>" ], subscribe: [ "_INBOX.>" ]'),
    );
    const admin = await ForeignClient.connect(url, { user: 'admin', pass: 'a' });
    cleanups.push(() => admin.close());
    await admin.makeBucket({ republish: false });
    const asked = await firstPauses(8, { servers: url, user: 'service', password: 's' });
    expectGrowing(asked, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('a missing bucket is requested by each read, and not between reads', async () => {
    const { url } = await startServer('');
    const eavesdropper = await ForeignClient.connect(url);
    cleanups.push(() => eavesdropper.close());
    let requests = 0;
    eavesdropper.connection.subscribe('$JS.API.>', { callback: () => void requests++ });
    await eavesdropper.connection.flush();
    const source = natsSource({ servers: url, bucket: 'confgs' });
    cleanups.push(() => source.stop());
    source.watch('app');
    const observer = new RecordingObserver();
    await source.start(observer);
    await observer.until(() => observer.up);
    expect((await source.read('app', undefined)).outcome).toBe('missing');
    await eavesdropper.connection.flush();
    const asked = requests;
    expect(asked).toBeGreaterThan(0);
    for (let turn = 0; turn < 500; turn++) await eavesdropper.connection.flush();
    expect(requests).toBe(asked);
  });
});
