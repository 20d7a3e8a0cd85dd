import { connect, headers } from '@nats-io/transport-node';
import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import { digestOf } from '../../libs/hot-config/src/document/index.js';
import {
  type AccountAccess,
  accountLayout,
  BUCKET_ACCOUNT,
  formatAccounts,
  SERVICE_API_PREFIX,
} from '../../libs/hot-config/src/nats/access.js';
import { type NatsSource, natsSource } from '../../libs/hot-config/src/nats/index.js';
import { natsPublisher } from '../../libs/hot-config/src/nats/publisher/index.js';
import { attack } from '../support/attack.js';
import { KeyReader } from '../support/key-reader.js';
import { RecordingObserver } from '../support/recording-observer.js';

const PASSWORD = 'p';
const KEYS = ['shop', 'orders', 'team', 'team.shop'];
const layout = accountLayout({
  services: { shop: ['shop'], orders: ['orders'], team: ['team'], 'team-shop': ['team.shop'] },
});

let server: NatsServer;
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await server.stop();
});

const configurationOf = (accounts: readonly AccountAccess[]): string =>
  formatAccounts(accounts).replace(/\$\w+_PASSWORD/g, PASSWORD);

async function start(config: string): Promise<void> {
  server = await startNatsServer({ config });
}

/** The loader, with one document for each key. */
async function publishing() {
  const publisher = natsPublisher({ servers: server.url, user: 'loader', password: PASSWORD });
  cleanups.push(() => publisher.stop());
  await publisher.start();
  await publisher.connected(AbortSignal.timeout(30_000));
  const put = (key: string, value: string) => {
    const digest = digestOf({ value });
    const bytes = Buffer.from(`value: ${value}\n`);
    return publisher.publish({ key, bytes, contentType: 'application/yaml', origin: `${key}.yaml`, digest });
  };
  for (const key of KEYS) await put(key, `secret of ${key}`);
  return { publisher, put };
}

/** As the service `shop` reads its key. */
async function shopSource(observer: RecordingObserver): Promise<NatsSource> {
  const source = natsSource({
    servers: server.url,
    user: 'shop',
    password: PASSWORD,
    apiPrefix: SERVICE_API_PREFIX,
  });
  cleanups.push(() => source.stop());
  source.watch('shop');
  await source.start(observer);
  return source;
}

const target = (attacker: string, own: string) => ({
  url: server.url,
  operator: { user: 'operator', pass: PASSWORD },
  attacker: { user: attacker, pass: PASSWORD },
  own,
  victims: KEYS.filter((key) => key !== own),
  allowed: layout.find(({ users }) => users[0]?.name === attacker)?.users[0]?.publish ?? [],
});

describe('a service in an account of its own', () => {
  it('reads its key, receives its hints at once, and lacks no permission', async () => {
    await start(configurationOf(layout));
    const { publisher, put } = await publishing();
    expect(publisher.bucketNotes()).toEqual([]);
    const observer = new RecordingObserver();
    const source = await shopSource(observer);
    const reader = new KeyReader(source, 'shop');
    await observer.until(async () => (await reader.read()) === 'found: value: secret of shop\n');
    await put('shop', 'newer');
    await observer.until(() => observer.hints.some(({ key }) => key === 'shop'));
    await observer.until(async () => (await reader.read()) === 'found: value: newer\n');
    expect(source.notes()).toEqual([]);
  });

  it('reads its key also when its user may publish anything, and so no inspection is forbidden but none is answered', async () => {
    const open = layout.map((account) => ({
      ...account,
      users: account.users.map((user) => ({ ...user, publish: undefined })),
    }));
    await start(configurationOf(open));
    await publishing();
    const observer = new RecordingObserver();
    const source = await shopSource(observer);
    const reader = new KeyReader(source, 'shop');
    await observer.until(async () => (await reader.read()) === 'found: value: secret of shop\n');
    expect(observer.failures).toEqual([]);
  });

  it('names the apiPrefix when nobody answers below it', async () => {
    await start(configurationOf(layout.map((account) => ({ ...account, imports: [] }))));
    await publishing();
    const observer = new RecordingObserver();
    const source = await shopSource(observer);
    const reader = new KeyReader(source, 'shop');
    await observer.until(() => observer.up);
    expect(await reader.read()).toBe('unreachable');
    expect(reader.reason).toMatch(/check .* the apiPrefix with its imports/);
  });

  it.each([
    ['shop', 'shop'],
    // The name of this key is the beginning of the name of another key.
    ['team', 'team'],
  ])(
    'cannot change, forge or list documents of others, with the credentials of %s',
    async (attacker, own) => {
      await start(configurationOf(layout));
      await publishing();
      expect(await attack(target(attacker, own))).toEqual([]);
    },
  );

  it('cannot be hit by a forged hint of a sibling in the same account, whose user may publish only to the imports', async () => {
    await start(configurationOf(layout));
    await publishing();
    const sibling = await connect({ servers: server.url, user: 'shop', pass: PASSWORD });
    cleanups.push(() => sibling.close());
    const heard: string[] = [];
    const victim = await connect({ servers: server.url, user: 'shop', pass: PASSWORD });
    cleanups.push(() => victim.close());
    victim.subscribe('hotconfig.configs.document.shop', {
      callback: (_, message) => void heard.push(message.subject),
    });
    await victim.flush();
    const perfect = headers();
    perfect.set('Nats-Stream', 'KV_configs');
    perfect.set('Nats-Subject', '$KV.configs.shop');
    perfect.set('Nats-Sequence', '9');
    perfect.set('Nats-Last-Sequence', '1');
    sibling.publish('hotconfig.configs.document.shop', 'value: forged', { headers: perfect });
    await sibling.flush();
    await victim.flush();
    expect(heard).toEqual([]);
  });
});

describe('the attack suite reports a wrong layout', () => {
  /** The layout with one change to the account of shop, and to what is exported to it. */
  const widened = (change: (account: AccountAccess) => AccountAccess): readonly AccountAccess[] => {
    const accounts = layout.map((account) => (account.name === 'SHOP' ? change(account) : account));
    const imports = accounts.find(({ name }) => name === 'SHOP')?.imports ?? [];
    const exported = imports.map(({ kind, subject }) => ({ kind, subject, account: 'SHOP' }));
    return accounts.map((account) =>
      account.name === BUCKET_ACCOUNT
        ? { ...account, exports: [...account.exports.filter((one) => one.account !== 'SHOP'), ...exported] }
        : account,
    );
  };
  const withImport = (subject: string): readonly AccountAccess[] =>
    widened((account) => ({
      ...account,
      imports: [
        ...account.imports,
        { kind: 'service', subject, to: subject.replace('$JS.API', SERVICE_API_PREFIX) },
      ],
      users: account.users.map((user) => ({
        ...user,
        publish: [...(user.publish ?? []), subject.replace('$JS.API', SERVICE_API_PREFIX)],
      })),
    }));

  it.each([
    ['the direct get of another key', withImport('$JS.API.DIRECT.GET.KV_configs.$KV.configs.orders')],
    ['the direct get of every key', withImport('$JS.API.DIRECT.GET.KV_configs.>')],
    ['the direct get without a key', withImport('$JS.API.DIRECT.GET.KV_configs')],
    ['the state of the bucket, which lists its keys', withImport('$JS.API.STREAM.INFO.KV_configs')],
    ['a purge', withImport('$JS.API.STREAM.PURGE.KV_configs')],
  ])('when the account of shop may import %s', async (_, accounts) => {
    await start(configurationOf(accounts));
    await publishing();
    expect(await attack(target('shop', 'shop'))).not.toEqual([]);
  });

  it('when services share the account of the bucket, with permissions for their own keys only', async () => {
    const shop = {
      publish: ['$JS.API.DIRECT.GET.KV_configs.$KV.configs.shop', '$JS.API.STREAM.INFO.KV_configs'],
      subscribe: ['hotconfig.configs.document.shop', '_INBOX.>'],
    };
    await start(`accounts { ${BUCKET_ACCOUNT} { jetstream: enabled, users: [
      { user: loader, password: ${PASSWORD} }, { user: operator, password: ${PASSWORD} },
      { user: shop, password: ${PASSWORD}, permissions: ${JSON.stringify(shop)} } ] } }`);
    await publishing();
    const achieved = await attack({ ...target('shop', 'shop'), allowed: shop.publish });
    expect(achieved.join('\n')).toMatch(/the bucket has changed|no bucket/);
    expect(achieved.join('\n')).toMatch(/reveals orders/);
  });
});
