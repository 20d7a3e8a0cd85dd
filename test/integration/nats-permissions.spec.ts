import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../harness/eventually.mjs';
import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import { digestOf } from '../../libs/hot-config/src/document/index.js';
import { lastKnownGoodDirectory } from '../../libs/hot-config/src/last-known-good/index.js';
import { natsSource } from '../../libs/hot-config/src/nats/index.js';
import { natsPublisher } from '../../libs/hot-config/src/nats/publisher/index.js';
import { BucketService } from '../support/bucket-service.js';
import { KeyReader } from '../support/key-reader.js';
import { RecordingObserver } from '../support/recording-observer.js';

/** Exactly the permissions that docs/wire-format grants. */
const PERMISSIONS = `authorization { users: [
  { user: loader, password: l, permissions: {
    publish: [ "$KV.configs.>", "$JS.API.DIRECT.GET.KV_configs.>", "$JS.API.STREAM.INFO.KV_configs",
               "$JS.API.STREAM.CREATE.KV_configs", "$JS.API.STREAM.UPDATE.KV_configs" ]
    subscribe: [ "hotconfig.configs.>", "_INBOX_loader.>" ] } }
  { user: service, password: s, permissions: {
    publish: [ "$JS.API.DIRECT.GET.KV_configs.$KV.configs.app", "$JS.API.STREAM.INFO.KV_configs" ]
    subscribe: [ "hotconfig.configs.document.app", "_INBOX_service.>" ] } }
  { user: reader, password: r, permissions: {
    publish: [ "$JS.API.DIRECT.GET.KV_configs.$KV.configs.app" ]
    subscribe: [ "hotconfig.configs.document.app", "_INBOX_reader.>" ] } }
  { user: deaf, password: d, permissions: {
    publish: [ "$JS.API.DIRECT.GET.KV_configs.$KV.configs.app", "$JS.API.STREAM.INFO.KV_configs" ]
    subscribe: [ "_INBOX_deaf.>" ] } }
  { user: outsider, password: o, permissions: {
    publish: [ "$KV.configs.>", "$JS.API.STREAM.INFO.KV_configs" ]
    subscribe: [ "_INBOX_outsider.>" ] } }
] }`;

let server: NatsServer;
const cleanups: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  server = await startNatsServer({ config: PERMISSIONS });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await server.stop();
});

function login(user: string) {
  return {
    servers: server.url,
    user,
    password: user.slice(0, 1),
    inboxPrefix: `_INBOX_${user}`,
    requestTimeoutMs: 1_000,
  };
}

async function loader() {
  const publisher = natsPublisher(login('loader'));
  cleanups.push(() => publisher.stop());
  const observer = new RecordingObserver();
  await publisher.start(observer);
  await observer.until(() => observer.up);
  const put = (value: number, name = 'value') => {
    const bytes = new TextEncoder().encode(`${name}: ${value}`);
    const digest = digestOf({ [name]: value });
    return publisher.publish({
      key: 'app',
      bytes,
      contentType: 'application/yaml',
      origin: 'app.yaml',
      digest,
    });
  };
  return { publisher, observer, put };
}

async function reading(user: string) {
  const source = natsSource(login(user));
  cleanups.push(() => source.stop());
  const observer = new RecordingObserver();
  source.watch('app');
  await source.start(observer);
  const reader = new KeyReader(source, 'app');
  const reads = (expected: string) => observer.until(async () => (await reader.read()) === expected);
  return { source, observer, reader, reads };
}

it('the permissions of the wire format are enough for the loader', async () => {
  const { publisher, put } = await loader();
  expect(publisher.bucketNotes()).toEqual([]);
  expect(await put(1)).toMatchObject({ outcome: 'published', revision: 1 });
  expect(await put(1)).toMatchObject({ outcome: 'unchanged' });
  expect([...(await publisher.current()).keys()]).toEqual(['app']);
  expect(await publisher.remove('app')).toEqual({ outcome: 'removed' });
});

it('the permissions of the wire format let a service read its key and receive its hints, but no other key', async () => {
  const { put } = await loader();
  const { source, observer, reader, reads } = await reading('service');
  await observer.until(() => observer.up);
  expect(await reader.read()).toBe('missing');
  await put(1);
  await reads('found: value: 1');
  await put(2);
  await reads('found: value: 2');
  expect(observer.hints).toContainEqual({ key: 'app', revision: 2 });
  expect(source.notes()).toEqual([]);
  const other = await source.read('other', undefined);
  expect(other.outcome === 'unreachable' && other.error.message).toContain('$KV.configs.other');
});

it('a user without permission to ask for the state of the bucket reads its key and receives its hints', async () => {
  const { put } = await loader();
  await put(1);
  const { reader, reads } = await reading('reader');
  await reads('found: value: 1');
  await put(2);
  await reads('found: value: 2');
  expect(reader.known?.epoch).toBe('unknown');
});

it('a user without permission to ask for the state of the bucket applies the document of a bucket that was recreated while its service was down', async () => {
  const { put } = await loader();
  for (const n of [1, 2, 3]) await put(n, 'n');
  const directory = await mkdtemp(join(tmpdir(), 'hot-config-last-known-good-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const serving = async (timeoutMs: number): Promise<BucketService> => {
    const service = new BucketService({
      ...login('reader'),
      lastKnownGoodStore: lastKnownGoodDirectory({ directory }),
      startup: { timeoutMs, fallback: ['last-known-good'] },
    });
    cleanups.push(() => service.stop());
    await service.start();
    return service;
  };
  const before = await serving(60_000);
  expect(before.status.applied).toMatchObject({ revision: 3, epoch: 'unknown' });
  await before.stop();
  await server.loseStore();
  await eventually(
    () => put(4, 'n'),
    ({ outcome }) => outcome === 'published',
  );
  const after = await serving(1);
  expect(after.value).toBe(3);
  await after.serves(4);
  expect(after.status).toMatchObject({ state: 'live', applied: { revision: 1, epoch: 'unknown~1' } });
});

it('a service without permission to subscribe to its hints serves its key, and shows once in the log and in its status which permission to grant', async () => {
  const { put } = await loader();
  await put(1, 'n');
  const service = new BucketService({ ...login('deaf'), reconcileMs: 100, staleAfterMs: 60_000 });
  cleanups.push(() => service.stop());
  await service.start();
  const note = expect.stringMatching(/^Changes of "app" .*"hotconfig\.configs\.document\.app"/) as string;
  await service.until(() => service.status.source.notes.length > 0);
  expect(service.status).toMatchObject({ state: 'live', source: { up: true, notes: [note] } });
  await put(2, 'n');
  await service.serves(2);
  await server.restart();
  await service.until(() => service.ofType('link').filter(({ link }) => link.up).length === 2);
  await service.refresh();
  expect(service.ofType('note')).toEqual([{ type: 'note', source: service.source.name, note }]);
});

it('a key that is watched later without permission for its hints gets a note', async () => {
  await loader();
  const { source, observer } = await reading('service');
  await observer.until(() => observer.up);
  source.watch('other');
  await observer.until(() => source.notes().length > 0);
  expect(source.notes()).toEqual([expect.stringContaining('hotconfig.configs.document.other')]);
});

it('a publisher without permission to create the missing bucket reports which permission to grant', async () => {
  const publisher = natsPublisher(login('outsider'));
  cleanups.push(() => publisher.stop());
  const observer = new RecordingObserver();
  await publisher.start(observer);
  await observer.until(() => observer.failures.length > 0);
  expect(observer.failures[0]).toContain('does not exist');
  expect(observer.failures[0]).toContain('$JS.API.STREAM.CREATE.KV_configs');
});

it('the message of a forbidden inbox names the option to set', async () => {
  const source = natsSource({ ...login('service'), inboxPrefix: '_INBOX' });
  cleanups.push(() => source.stop());
  const observer = new RecordingObserver();
  await source.start(observer);
  await observer.until(() => observer.failures.length > 0);
  expect(observer.failures[0]).toContain('Set inboxPrefix');
});
