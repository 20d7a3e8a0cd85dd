import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, credsAuthenticator } from '@nats-io/transport-node';
import { eventually } from '../../harness/eventually.mjs';
import { type NatsServer, type NatsServerOptions, startNatsServer } from '../../harness/nats-server.mjs';
import { type NatsSource, natsSource, type NatsSourceOptions } from '../../libs/hot-config/src/nats/index.js';
import { KeyReader } from '../support/key-reader.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { NatsOperator } from '../support/nats-operator.js';
import { RecordingObserver } from '../support/recording-observer.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startServer(options?: NatsServerOptions): Promise<NatsServer> {
  const server = await startNatsServer(options);
  cleanups.push(() => server.stop());
  return server;
}

async function external(server: NatsServer, user?: { user: string; pass: string }): Promise<ForeignClient> {
  const client = await ForeignClient.connect(server.url, user);
  cleanups.push(() => client.close());
  return client;
}

interface Watched {
  readonly source: NatsSource;
  readonly observer: RecordingObserver;
  readonly reader: KeyReader;
  /** Reads after each report, and again while there is no answer, until the outcome is as expected. */
  readonly reads: (expected: string) => Promise<void>;
}

/** A started source that watches `app`. */
async function watching(options: NatsSourceOptions): Promise<Watched> {
  const source = natsSource({ requestTimeoutMs: 1_000, ...options });
  cleanups.push(() => source.stop());
  const observer = new RecordingObserver();
  source.watch('app');
  await source.start(observer);
  const reader = new KeyReader(source, 'app');
  return {
    source,
    observer,
    reader,
    reads: (expected) =>
      observer.until(async () => {
        const text = await eventually(
          () => reader.read(),
          (read) => read !== 'unreachable' || !observer.up,
        );
        return text === expected;
      }),
  };
}

/** The path of a file that does not exist yet, in a directory that is removed after the test. */
async function credentialsPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'nats-creds-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'service.creds');
}

describe('NATS comes and goes', () => {
  it('fault: NATS down when a service starts: it is reported once, and the value is read when NATS is there', async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket();
    await client.put('app', 'value: 1');
    await server.kill();
    const { observer, reader, reads } = await watching({ servers: server.url });
    await observer.until(() => observer.failures.length === 1);
    expect(observer.failures[0]).toContain('refused the connection');
    expect(await reader.read()).toBe('unreachable');
    expect(reader.reason).toBe(observer.failures[0]);
    await server.restart();
    await reads('found: value: 1');
    expect(observer.failures.filter((failure) => failure.includes('refused the connection'))).toHaveLength(1);
  });

  it('fault: NATS restarts; down for minutes: a value put while the source could not see NATS is read', async () => {
    const storeDir = await mkdtemp(join(tmpdir(), 'nats-store-'));
    cleanups.push(() => rm(storeDir, { recursive: true, force: true }));
    const server = await startServer({ storeDir });
    const client = await external(server);
    await client.makeBucket();
    await client.put('app', 'value: 1');
    const { reads, reader, observer } = await watching({ servers: server.url });
    await reads('found: value: 1');
    const epoch = reader.known?.epoch;
    await server.kill();
    await observer.until(() => !observer.up);
    const elsewhere = await startServer({ storeDir });
    const writer = await external(elsewhere);
    await writer.put('app', 'value: 2');
    await elsewhere.stop();
    await server.restart();
    await reads('found: value: 2');
    expect(reader.known).toEqual({ epoch, revision: 2 });
  });

  it('fault: half-open connection (the server stops answering): the pings notice it, and the newest document is read later', async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket();
    await client.put('app', 'value: 1');
    const { observer, reads } = await watching({
      servers: server.url,
      pingIntervalMs: 150,
      connectTimeoutMs: 500,
    });
    await reads('found: value: 1');
    await server.pause();
    await observer.until(() => !observer.up);
    server.resume();
    await client.put('app', 'value: 2');
    await reads('found: value: 2');
  });

  describe('no socket stays open to a server that hangs', () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((type) => type.startsWith('TCP')).length;
    const closedDownTo = async (most: number): Promise<void> => {
      for (let turn = 0; turn < 1_000 && sockets() > most; turn++)
        await new Promise((resolve) => setImmediate(resolve));
      expect(sockets()).toBeLessThanOrEqual(most);
    };

    it('when the source stops while it connects for the first time', async () => {
      const server = await startServer();
      await server.pause();
      const before = sockets();
      const { source, observer } = await watching({ servers: server.url, connectTimeoutMs: 150 });
      await observer.until(() => observer.failures.length === 1);
      expect(observer.failures[0]).toContain('did not answer in time');
      await source.stop();
      await closedDownTo(before);
    });

    it('when the source stops while its client reconnects', async () => {
      const server = await startServer();
      const { source, observer } = await watching({ servers: server.url, pingIntervalMs: 50 });
      await observer.until(() => observer.up);
      let record: (message: unknown) => void = () => undefined;
      const opened = new Promise<Socket>((resolve) => {
        record = (message) => resolve((message as { socket: Socket }).socket);
        subscribe('net.client.socket', record);
      });
      await server.pause();
      const socket = await opened;
      unsubscribe('net.client.socket', record);
      await source.stop();
      expect(socket.destroyed).toBe(true);
    });
  });

  it('the same fault is reported once, however often the source tries', async () => {
    let attempts = 0;
    let enough: () => void = () => undefined;
    const triedOften = new Promise<void>((resolve) => (enough = resolve));
    const impostor = createServer((socket) => {
      socket.destroy();
      if (++attempts === 5) enough();
    });
    cleanups.push(() => new Promise((resolve) => impostor.close(resolve)));
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
    const { observer } = await watching({ servers: `127.0.0.1:${(impostor.address() as AddressInfo).port}` });
    await triedOften;
    expect(observer.failures).toHaveLength(1);
    expect(observer.failures[0]).toContain('does not speak NATS');
  });

  it('stop ends an attempt to connect at once', async () => {
    const server = await startServer();
    await server.pause();
    const { source, observer } = await watching({ servers: server.url, connectTimeoutMs: 60_000 });
    await source.stop();
    expect(observer.links).toEqual([]);
    expect((await source.read('app', undefined)).outcome).toBe('unreachable');
  });

  it.each(['its own', 'a passed in'])(
    'stop ends a source that was started just before, on %s connection',
    async (whose) => {
      const server = await startServer();
      const connection = await connect({ servers: server.url });
      cleanups.push(() => connection.close());
      const source = natsSource(whose === 'its own' ? { servers: server.url } : { connection });
      const observer = new RecordingObserver();
      const started = source.start(observer);
      await source.stop();
      await started;
      expect(observer.links).toEqual([]);
    },
  );

  it.each(['its own', 'a passed in'])(
    'a read that waits for a hanging server ends when the source stops, on %s connection',
    async (whose) => {
      const server = await startServer();
      const client = await external(server);
      await client.makeBucket();
      const connection = await connect({ servers: server.url });
      cleanups.push(() => connection.close());
      const link = whose === 'its own' ? { servers: server.url } : { connection };
      const { source, reader, observer } = await watching({ ...link, requestTimeoutMs: 60_000 });
      await observer.until(() => observer.up);
      await server.pause();
      const pending = reader.read();
      await source.stop();
      expect(await pending).toBe('unreachable');
    },
  );
});

describe('fault: JetStream off; wrong bucket; no permission; bad or expired credentials; untrusted TLS', () => {
  const users = 'authorization { users: [ { user: service, password: "right" } ] }';

  it('wrong credentials are reported in one message without the password, and the source recovers when the server accepts them', async () => {
    const server = await startServer({ config: users });
    const client = await external(server, { user: 'service', pass: 'right' });
    await client.makeBucket();
    await client.put('app', 'value: 1');
    const servers = server.url.replace('nats://', 'nats://service:s3cret@');
    const { source, observer, reads } = await watching({ servers });
    await observer.until(() => observer.failures.length === 1);
    expect(observer.failures[0]).toContain('rejected the credentials');
    await server.restart({ config: users.replace('right', 's3cret') });
    await reads('found: value: 1');
    expect(observer.failures.filter((failure) => failure.includes('rejected the credentials'))).toHaveLength(
      1,
    );
    expect([source.name, ...observer.failures].join()).not.toContain('s3cret');
    expect(source.name).toBe(`bucket "configs" at ${server.url}`);
  });

  it('JetStream that is switched off is reported, and the source recovers when JetStream is switched on', async () => {
    const server = await startServer({ jetstream: false });
    const { observer, reads } = await watching({ servers: server.url });
    await observer.until(() => observer.failures.length === 1);
    expect(observer.failures[0]).toContain('has no JetStream');
    await server.restart({ jetstream: true });
    const client = await external(server);
    await client.makeBucket();
    await client.put('app', 'value: 1');
    await reads('found: value: 1');
  });

  it('TLS that is configured but that the server does not offer is reported', async () => {
    const server = await startServer();
    const { observer } = await watching({ servers: server.url.replace('nats:', 'tls:') });
    await observer.until(() => observer.failures.length === 1);
    expect(observer.failures[0]).toContain('TLS');
  });

  const file = (name: string): string => join(import.meta.dirname, '..', 'support', 'tls', name);

  it('an untrusted certificate is reported, and the source connects once it is given the authority', async () => {
    const server = await startServer({
      config: `tls { cert_file: ${JSON.stringify(file('server.pem'))}, key_file: ${JSON.stringify(file('server-key.pem'))} }`,
    });
    const untrusting = await watching({ servers: server.url });
    await untrusting.observer.until(() => untrusting.observer.failures.length === 1);
    expect(untrusting.observer.failures[0]).toMatch(/TLS .* failed \(.+\)\. Check tls\.caFile/);
    const trusting = await watching({ servers: server.url, tls: { caFile: file('ca.pem') } });
    await trusting.observer.until(() => trusting.observer.up);
  });

  it('the message of a missing client certificate names the options to set', async () => {
    const server = await startServer({
      config: `tls { cert_file: ${JSON.stringify(file('server.pem'))}, key_file: ${JSON.stringify(file('server-key.pem'))}
        ca_file: ${JSON.stringify(file('ca.pem'))}, verify: true }`,
    });
    const tls = { caFile: file('ca.pem') };
    const { observer } = await watching({ servers: server.url, tls, connectTimeoutMs: 500 });
    await observer.until(() => observer.failures.length === 1);
    expect(observer.failures[0]).toMatch(
      /demands a client certificate.* check tls\.certFile and tls\.keyFile/,
    );
  });

  it('an unknown fault is reported with the message of the client', async () => {
    const operator = new NatsOperator();
    const server = await startServer({ config: operator.config });
    const credsFile = await credentialsPath();
    // The seed has the right form but is mistyped: its checksum is wrong.
    const mistyped = operator
      .credentials()
      .replace(/^(SU.{20})(.)/m, (_, start: string, letter: string) => start + (letter === 'A' ? 'B' : 'A'));
    await writeFile(credsFile, mistyped);
    const { observer } = await watching({ servers: server.url, credsFile });
    await observer.until(() => observer.failures.length === 1);
    expect(observer.failures[0]).toMatch(/cannot be used: \w+: .+checksum/);
    expect(observer.failures[0]).not.toContain(/^SU.*$/m.exec(mistyped)?.[0]);
  });

  it('a credentials file that cannot be read is reported', async () => {
    const server = await startServer();
    const { observer } = await watching({ servers: server.url, credsFile: join(tmpdir(), 'no-such.creds') });
    await observer.until(() => observer.failures.length === 1);
    expect(observer.failures[0]).toMatch(/cannot be read \(ENOENT\)/);
  });

  it('expired credentials are reported, and the credentials file is read again when it has been renewed', async () => {
    const operator = new NatsOperator();
    const server = await startServer({ config: operator.config });
    const credsFile = await credentialsPath();
    const client = await ForeignClient.connect(server.url, {
      authenticator: credsAuthenticator(Buffer.from(`${operator.credentials()}\n`)),
    });
    cleanups.push(() => client.close());
    await client.makeBucket();
    await client.put('app', 'value: 1');
    let watched: Watched;
    // On a slow machine the credentials may expire before they are used: then the test uses a longer lifetime.
    for (let seconds = 3; ; seconds *= 2) {
      await writeFile(credsFile, operator.credentials(seconds));
      watched = await watching({ servers: server.url, credsFile });
      const { observer } = watched;
      await observer.until(() => observer.links.length > 0);
      if (observer.up) break;
      await watched.source.stop();
    }
    const { observer, reads } = watched;
    // The server ends the connection when the credentials expire, and rejects new connections.
    await observer.until(() => observer.failures.some((failure) => failure.includes('have expired')));
    await writeFile(credsFile, operator.credentials());
    await client.put('app', 'value: 2');
    await reads('found: value: 2');
    expect(observer.failures.filter((failure) => failure.includes('have expired'))).toHaveLength(1);
  });

  it('a credentials file that is damaged or holds only a part is reported', async () => {
    const operator = new NatsOperator();
    const server = await startServer({ config: operator.config });
    const credsFile = await credentialsPath();
    const whole = operator.credentials();
    await writeFile(credsFile, whole.slice(0, whole.length / 2));
    const { observer } = await watching({ servers: server.url, credsFile });
    await observer.until(() => observer.failures.length === 1);
    expect(observer.failures[0]).toMatch(/cannot be read \(unable to parse credentials\)/);
    await writeFile(credsFile, whole);
    await observer.until(() => observer.up);
  });

  it('a missing bucket is reported by its name, and the source recovers when it is created', async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket();
    await client.put('app', 'value: 1');
    const { observer, reader, reads } = await watching({ servers: server.url, bucket: 'confgs' });
    await observer.until(() => observer.up);
    expect(await reader.read()).toBe('missing');
    expect(reader.reason).toBe('the bucket "confgs" does not exist');
    await client.makeBucket({ bucket: 'confgs' });
    await client.put('app', 'value: 2', 'confgs');
    await reads('found: value: 2');
  });

  it('a host that cannot be resolved is reported', async () => {
    const { observer } = await watching({ servers: 'nats://no-such-host.invalid:4222' });
    await observer.until(() => observer.failures.length === 1);
    expect(observer.failures[0]).toMatch(/cannot be resolved/);
  });

  it('a key that the user may not read is unreachable, and the error names the subject', async () => {
    const server = await startServer({
      config: `authorization { users: [
        { user: admin, password: a }
        { user: service, password: s, permissions: { publish: [ "$JS.API.STREAM.INFO.KV_configs" ] } } ] }`,
    });
    const client = await external(server, { user: 'admin', pass: 'a' });
    await client.makeBucket();
    const { observer, reader } = await watching({ servers: server.url, user: 'service', password: 's' });
    await observer.until(() => observer.up);
    expect(await reader.read()).toBe('unreachable');
    expect(reader.reason).toContain('$JS.API.DIRECT.GET.KV_configs.$KV.configs.app');
  });

  it('a missing permission for hints becomes a note, reading goes on, and hints arrive once they are permitted', async () => {
    const config = (granted: string): string => `authorization { users: [
      { user: admin, password: a }
      { user: service, password: s, permissions: { subscribe: [ "_INBOX.>" ${granted} ] } } ] }`;
    const server = await startServer({ config: config('') });
    const client = await external(server, { user: 'admin', pass: 'a' });
    await client.makeBucket();
    await client.put('app', 'value: 1');
    const { source, reads, observer } = await watching({
      servers: server.url,
      user: 'service',
      password: 's',
    });
    await reads('found: value: 1');
    expect(source.notes().join()).toContain('hotconfig.configs.document.app');
    const connects = (): number => observer.links.filter(({ up }) => up).length;
    const before = connects();
    await server.restart({ config: config(', "hotconfig.configs.document.app"') });
    await observer.until(() => connects() > before);
    expect(source.notes()).toEqual([]);
    const writer = await external(server, { user: 'admin', pass: 'a' });
    await writer.put('app', 'value: 2');
    await observer.until(() => observer.hints.some(({ key, revision }) => key === 'app' && revision === 2));
  });
});

describe('a bucket that is recreated, purged or restored', () => {
  async function withBucket(
    texts: readonly string[],
    republish = true,
  ): Promise<Watched & { client: ForeignClient; server: NatsServer }> {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket({ republish });
    for (const text of texts) await client.put('app', text);
    const watched = await watching({ servers: server.url });
    await watched.reads(texts.length > 0 ? `found: ${texts.at(-1)}` : 'missing');
    return { ...watched, client, server };
  }

  it.each([true, false])(
    'fault: bucket deleted and re-created with lower revisions: the new document is read (republish: %s)',
    async (republish) => {
      const { client, reader, reads } = await withBucket(['value: 1', 'value: 2', 'value: 3'], republish);
      const before = reader.known;
      await client.dropBucket();
      expect(await reader.read()).toBe('missing');
      expect(reader.reason).toBe('the bucket "configs" does not exist');
      await client.makeBucket({ republish });
      await client.put('app', 'value: 4');
      await reads('found: value: 4');
      expect(reader.known?.revision).toBe(1);
      expect(reader.known?.epoch).not.toBe(before?.epoch);
    },
  );

  it('has another epoch when it is recreated with the same revision and other content', async () => {
    const { client, reader, reads } = await withBucket(['value: 1']);
    const before = reader.known;
    await client.dropBucket();
    await client.makeBucket();
    await client.put('app', 'value: 2');
    await reads('found: value: 2');
    expect(reader.known?.revision).toBe(before?.revision);
    expect(reader.known?.epoch).not.toBe(before?.epoch);
  });

  it('makes every key be read again when one key finds a new epoch', async () => {
    const { client, reads, observer } = await withBucket(['value: 1', 'value: 2']);
    const general = (): number => observer.hints.filter(({ key }) => key === undefined).length;
    const before = general();
    await client.dropBucket();
    await client.makeBucket();
    await client.put('app', 'value: 3');
    await reads('found: value: 3');
    expect(general()).toBeGreaterThan(before);
  });

  it('sends a hint for its first document, which is read, when it is created after the source has started', async () => {
    const server = await startServer();
    const client = await external(server);
    const { observer, reader, reads } = await watching({ servers: server.url });
    await observer.until(() => observer.up);
    expect(await reader.read()).toBe('missing');
    expect(reader.reason).toBe('the bucket "configs" does not exist');
    await client.makeBucket();
    await client.put('app', 'value: 1');
    await reads('found: value: 1');
    expect(observer.hints.some(({ key, revision }) => key === 'app' && revision === 1)).toBe(true);
  });

  it('has another epoch when it is restored from a backup, and its older document is read', async () => {
    const storeDir = await mkdtemp(join(tmpdir(), 'nats-store-'));
    const backup = await mkdtemp(join(tmpdir(), 'nats-backup-'));
    cleanups.push(() =>
      Promise.all([storeDir, backup].map((path) => rm(path, { recursive: true, force: true }))),
    );
    const server = await startServer({ storeDir });
    const client = await external(server);
    await client.makeBucket();
    await client.put('app', 'value: 1');
    await server.kill();
    await cp(storeDir, backup, { recursive: true });
    await server.restart();
    const { observer, reader, reads } = await watching({ servers: server.url });
    await observer.until(() => observer.up);
    const writer = await external(server);
    for (const text of ['value: 2', 'value: 3']) await writer.put('app', text);
    await reads('found: value: 3');
    const before = reader.known;
    await server.kill();
    await rm(storeDir, { recursive: true });
    await cp(backup, storeDir, { recursive: true });
    await server.restart();
    await reads('found: value: 1');
    expect(reader.known).toEqual({ epoch: `${before?.epoch}~1`, revision: 1 });
  });

  it('fault: bucket deleted and not re-created; key deleted; key purged: the key is missing, and the reason is that it was deleted', async () => {
    const { client, reader, reads } = await withBucket(['value: 1']);
    const kv = await client.kv();
    await kv.delete('app');
    await reads('missing');
    expect(reader.reason).toContain('was deleted');
    await kv.put('app', 'value: 2');
    await reads('found: value: 2');
    await kv.purge('app');
    await reads('missing');
    expect(reader.reason).toContain('was deleted');
  });

  it('makes the key missing after a purge, and the next put is read in the same epoch', async () => {
    const { client, reader, reads } = await withBucket(['value: 1']);
    const before = reader.known;
    await client.jsm.streams.purge('KV_configs');
    expect(await reader.read()).toBe('missing');
    await client.put('app', 'value: 2');
    await reads('found: value: 2');
    expect(reader.known).toEqual({ epoch: before?.epoch, revision: 2 });
  });
});

describe('documents in the bucket', () => {
  it('fault: message forged into the notify subject: it is ignored', async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket();
    const { observer } = await watching({ servers: server.url });
    await observer.until(() => observer.up);
    const subject = 'hotconfig.configs.document.app';
    const real = { 'Nats-Stream': 'KV_configs', 'Nats-Subject': '$KV.configs.app', 'Nats-Sequence': '9' };
    client.forge(subject, {}, 'value: forged');
    client.forge(subject, { ...real, 'Nats-Stream': 'KV_other' });
    client.forge(subject, { ...real, 'Nats-Subject': '$KV.configs.other' });
    client.forge(subject, { 'Nats-Sequence': '9' });
    const revision = await client.put('app', 'value: 1');
    await observer.until(() => observer.hints.some(({ key }) => key === 'app'));
    expect(observer.hints.filter(({ key }) => key !== undefined)).toEqual([{ key: 'app', revision }]);
  });

  it("a document whose put copied the headers of another message is hinted at once, since the server's own header comes last", async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket();
    const { observer, reads } = await watching({ servers: server.url });
    await observer.until(() => observer.up);
    const copied = { 'Nats-Stream': 'KV_other', 'Nats-Subject': '$KV.other.app', 'Nats-Sequence': '77' };
    client.forge('$KV.configs.app', copied, 'value: 1');
    await observer.until(() => observer.hints.some(({ key }) => key === 'app'));
    expect(observer.hints.find(({ key }) => key === 'app')).toEqual({ key: 'app', revision: 1 });
    await reads('found: value: 1');
  });

  it('the headers of a document give its type and origin; a document of another client without headers is read all the same', async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket();
    client.forge(
      '$KV.configs.app',
      { 'Content-Type': 'application/json', 'Hot-Config-Origin': 'app.json' },
      '{}',
    );
    await client.connection.flush();
    await client.put('byhand', 'value: 1');
    const { source, reads } = await watching({ servers: server.url });
    await reads('found: {}');
    expect(await source.read('app', undefined)).toMatchObject({
      document: {
        contentType: 'application/json',
        origin: 'app.json',
        revision: 1,
        publishedAt: expect.any(Date) as Date,
      },
    });
    expect(await source.read('byhand', undefined)).toMatchObject({
      document: { contentType: undefined, origin: 'KV configs/byhand', revision: 2 },
    });
  });

  it('a bucket without direct get is read through its leader', async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket({ allowDirect: false, republish: false });
    await client.put('app', 'value: 1');
    const { reads } = await watching({ servers: server.url });
    await reads('found: value: 1');
    await client.put('app', 'value: 2');
    await reads('found: value: 2');
  });

  it('a key prefix is put before each key, for reads and for hints', async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket();
    await client.put('app', 'value: other');
    const { reads, observer, source } = await watching({ servers: server.url, keyPrefix: 'team.' });
    await reads('missing');
    await client.put('team.app', 'value: 1');
    await reads('found: value: 1');
    expect(observer.hints).toContainEqual({ key: 'app', revision: 2 });
    expect(await source.read('app', undefined)).toMatchObject({
      document: { key: 'app', origin: 'KV configs/team.app' },
    });
  });

  it('a key whose name no bucket allows is missing, and the server is not asked', async () => {
    const { source } = await watching({ servers: 'nats://127.0.0.1:1' });
    for (const key of ['a..b', 'a b', '*', '>', ''])
      expect((await source.read(key, undefined)).outcome).toBe('missing');
  });

  it('a socket that the application opens in a hint listener stays open when the source stops', async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket();
    const database = createServer();
    cleanups.push(() => new Promise((resolve) => database.close(resolve)));
    await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve));
    const source = natsSource({ servers: server.url });
    cleanups.push(() => source.stop());
    source.watch('app');
    let put: Promise<unknown> | undefined;
    const opened = new Promise<Socket>((resolve) => {
      const open = (): void => resolve(connectSocket((database.address() as AddressInfo).port, '127.0.0.1'));
      void source.start({
        hint: (key) => key === 'app' && open(),
        link: ({ up }) => {
          if (up) put = client.put('app', 'value: 1');
        },
      });
    });
    const socket = await opened;
    cleanups.push(() => Promise.resolve(void socket.destroy()));
    await put;
    await source.stop();
    expect(socket.destroyed).toBe(false);
  });

  it('a connection that was passed in is used and never closed', async () => {
    const server = await startServer();
    const client = await external(server);
    await client.makeBucket();
    await client.put('app', 'value: 1');
    const connection = await connect({ servers: server.url });
    cleanups.push(() => connection.close());
    const { source, reads } = await watching({ connection });
    await reads('found: value: 1');
    await client.put('app', 'value: 2');
    await reads('found: value: 2');
    await source.stop();
    expect(connection.isClosed()).toBe(false);
    await connection.flush();
  });

  describe('a connection of the application that closed for ever is reported as not opened again', () => {
    const forGood = /not opened again.* Give one that was made with maxReconnectAttempts: -1, and restart/;

    it('when its owner closed it', async () => {
      const server = await startServer();
      const connection = await connect({ servers: server.url });
      const { observer, reader } = await watching({ connection });
      await observer.until(() => observer.up);
      await connection.close();
      await observer.until(() => forGood.test(observer.failures.at(-1) ?? ''));
      expect(await reader.read()).toBe('unreachable');
      expect(reader.reason).toMatch(forGood);
    });

    it('also for a key that is watched afterwards', async () => {
      const server = await startServer();
      const connection = await connect({ servers: server.url });
      const { source, observer } = await watching({ connection });
      await observer.until(() => observer.up);
      await connection.close();
      await observer.until(() => forGood.test(observer.failures.at(-1) ?? ''));
      source.watch('late');
      const outcome = await source.read('late', undefined);
      expect(outcome.outcome === 'unreachable' && outcome.error.message).toMatch(forGood);
    });

    it('when its client gave up reconnecting', async () => {
      const server = await startServer();
      const connection = await connect({
        servers: server.url,
        maxReconnectAttempts: 2,
        reconnectTimeWait: 20,
      });
      const { observer } = await watching({ connection });
      await observer.until(() => observer.up);
      await server.kill();
      await observer.until(() => forGood.test(observer.failures.at(-1) ?? ''));
      expect(observer.failures).toHaveLength(2);
    });

    it('when it was closed before the source was started', async () => {
      const server = await startServer();
      const connection = await connect({ servers: server.url });
      await connection.close();
      const { observer } = await watching({ connection });
      await observer.until(() => observer.failures.length > 0);
      expect(observer.failures).toEqual([expect.stringMatching(forGood)]);
    });
  });
});
