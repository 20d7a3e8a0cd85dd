import { join } from 'node:path';
import { nkeys, type NodeConnectionOptions } from '@nats-io/transport-node';
import { type NatsServer, type NatsServerOptions, startNatsServer } from '../../harness/nats-server.mjs';
import { natsSource, type NatsSourceOptions } from '../../libs/hot-config/src/nats/index.js';
import { findNatsServer, versionOf } from '../../scripts/nats-server-bin.mjs';
import { KeyReader } from '../support/key-reader.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { RecordingObserver } from '../support/recording-observer.js';

interface Way {
  /** The options without which a source cannot work on this server. */
  readonly options: NatsSourceOptions;
  /** Options that are always given, and wrong values that `options` replaces. */
  readonly given?: NatsSourceOptions;
  readonly server: NatsServerOptions;
  /** The options of the client that fills the bucket. */
  readonly admin: NodeConnectionOptions;
}

const file = (name: string): string => join(import.meta.dirname, '../support/tls', name);
const quoted = (name: string): string => JSON.stringify(file(name));
const certificate = `cert_file: ${quoted('server.pem')}, key_file: ${quoted('server-key.pem')}`;
const caFile = file('ca.pem');
const clientTls = { caFile, certFile: file('client.pem'), keyFile: file('client-key.pem') };

const user = nkeys.createUser();
const nkeySeed = new TextDecoder().decode(user.getSeed());
const admin = { user: 'admin', pass: 'a' };

const ways: Record<string, Way> = {
  nkeySeed: {
    options: { nkeySeed },
    server: {
      config: `authorization { users: [ { nkey: ${user.getPublicKey()} }, { user: admin, password: a } ] }`,
    },
    admin,
  },
  token: {
    options: { token: 's3cret' },
    server: { config: 'authorization { token: s3cret }' },
    admin: { token: 's3cret' },
  },
  domain: {
    options: { domain: 'edge' },
    // Within its own domain the API has its usual name too, so without a wrong domain the option would not be needed.
    given: { domain: 'elsewhere' },
    server: { domain: 'edge' },
    admin: {},
  },
  apiPrefix: {
    options: { apiPrefix: 'store.API' },
    given: { user: 'service', password: 's' },
    server: {
      config: `accounts {
        STORE: { jetstream: enabled, users: [ { user: admin, password: a } ]
          exports: [ { service: "$JS.API.>" }, { stream: "hotconfig.>" } ] }
        SHOP: { users: [ { user: service, password: s } ]
          imports: [ { service: { account: STORE, subject: "$JS.API.>" }, to: "store.API.>" }
                     { stream: { account: STORE, subject: "hotconfig.>" } } ] } }`,
    },
    admin,
  },
  'tls.certFile and tls.keyFile': {
    options: { tls: clientTls },
    given: { tls: { caFile } },
    server: { config: `tls { ${certificate}, ca_file: ${quoted('client.pem')}, verify: true }` },
    admin: { tls: clientTls },
  },
};

const handshakeFirst: Way = {
  options: { tls: { caFile, handshakeFirst: true } },
  given: { tls: { caFile } },
  server: { config: `tls { ${certificate}, handshake_first: true }` },
  admin: { tls: { caFile, handshakeFirst: true } },
};

const [major = 0, minor = 0] = (await versionOf(await findNatsServer())).split('.').map(Number);
const canHandshakeFirst = major > 2 || (major === 2 && minor >= 10);
if (canHandshakeFirst) ways['tls.handshakeFirst (servers from 2.10 on)'] = handshakeFirst;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startServer(options: NatsServerOptions): Promise<NatsServer> {
  const server = await startNatsServer(options);
  cleanups.push(() => server.stop());
  return server;
}

/** A started source that has reported the state of its link once. */
async function started(
  options: NatsSourceOptions,
): Promise<{ observer: RecordingObserver; reader: KeyReader }> {
  const source = natsSource({ connectTimeoutMs: 1_000, requestTimeoutMs: 1_000, ...options });
  cleanups.push(() => source.stop());
  const observer = new RecordingObserver();
  source.watch('app');
  await source.start(observer);
  await observer.until(() => observer.links.length > 0);
  return { observer, reader: new KeyReader(source, 'app') };
}

it.each(Object.entries(ways))(
  '%s: documents are read and hints received with this option, and the key is unreachable without it',
  async (_, way) => {
    const server = await startServer(way.server);
    const client = await ForeignClient.connect(server.url, way.admin);
    cleanups.push(() => client.close());
    await client.makeBucket();
    await client.put('app', 'value: 1');
    const given = { servers: server.url, ...way.given };
    const otherwise = await started(given);
    expect(await otherwise.reader.read()).toBe('unreachable');
    const { observer, reader } = await started({ ...given, ...way.options });
    await observer.until(async () => (await reader.read()) === 'found: value: 1');
    await client.put('app', 'value: 2');
    await observer.until(() => observer.hints.some(({ key, revision }) => key === 'app' && revision === 2));
    expect(await reader.read()).toBe('found: value: 2');
  },
);

if (!canHandshakeFirst) {
  it('tls.handshakeFirst needs a server of version 2.10 or newer: this server does not start with it', async () => {
    await expect(startServer(handshakeFirst.server)).rejects.toThrow(/handshake_first/);
  });
}
