import { Test, type TestingModule } from '@nestjs/testing';
import { HotConfigModule, HotConfigService, type HotResource } from 'nestjs-hot-config';
import { HotConfigTestingModule, HotConfigTestStore } from 'nestjs-hot-config/testing';
import { DataSource } from 'typeorm';
import { eventually } from '../../harness/eventually.mjs';
import { freePort } from '../../harness/free-port.mjs';
import { type PostgresServer, PostgresServers } from '../../harness/postgres.mjs';
import { Order } from './order.entity.js';
import { silent } from './recipe.fixture.js';
import { ShopConfig } from './shop.config.js';
import { DATA_SOURCE, dataSource, Orders } from './typeorm.js';

describe('the TypeORM recipe', () => {
  const postgres = new PostgresServers(2);
  let first: PostgresServer;
  let second: PostgresServer;
  let module: TestingModule;

  beforeAll(async () => {
    await postgres.start();
    [first, second] = postgres.servers as [PostgresServer, PostgresServer];
    for (const { url, database } of postgres.servers) {
      const source = new DataSource({ type: 'postgres', url, entities: [Order], synchronize: true });
      await source.initialize();
      await source.getRepository(Order).save({ id: 1, article: `tea of ${database}` });
      await source.destroy();
    }
  });
  afterAll(() => postgres.stop());

  beforeEach(async () => {
    module = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ shop: { database: { url: first.url } } }),
        HotConfigModule.forFeature([ShopConfig]),
      ],
      providers: [dataSource, Orders],
    })
      .setLogger(silent)
      .compile();
  });
  afterEach(() => module.close());

  const set = (document: object): Promise<void> => module.get(HotConfigTestStore).set(ShopConfig, document);
  const follow = (url: string): Promise<void> => set({ database: { url } });
  const inUse = (): DataSource => module.get<HotResource<DataSource>>(DATA_SOURCE).current;
  const article = async (): Promise<string | undefined> => (await module.get(Orders).find(1))?.article;
  const disconnected = (server: PostgresServer): Promise<unknown> =>
    eventually(
      () => server.connections(),
      (connections) => connections.length === 0,
    );

  it('reads from the database of the config, and after a change from the new database', async () => {
    const replaced = inUse();
    expect(await article()).toBe('tea of database1');
    await follow(second.url);
    expect(await article()).toBe('tea of database2');
    expect(replaced.isInitialized).toBe(false);
    await disconnected(first);
  });

  it('lets work on the replaced database finish there', async () => {
    const lease = module.get<HotResource<DataSource>>(DATA_SOURCE).lease();
    await follow(second.url);
    expect(await lease.instance.getRepository(Order).findOneBy({ id: 1 })).toMatchObject({
      article: 'tea of database1',
    });
    expect(await article()).toBe('tea of database2');
    lease.release();
    await disconnected(first);
    expect(lease.instance.isInitialized).toBe(false);
  });

  it('keeps its database when another part of the config changes', async () => {
    const before = inUse();
    await set({ database: { url: first.url }, logging: { level: 'warn' } });
    expect(module.get(HotConfigService).status(ShopConfig).applied?.revision).toBe(2);
    expect(inUse()).toBe(before);
  });

  it.each([
    ['a wrong password', (url: URL) => (url.password = 'wr0ng-one'), /password authentication failed/],
    ['a missing database', (url: URL) => (url.pathname = '/nowhere'), /database "nowhere" does not exist/],
    [
      'a port where nobody listens',
      async (url: URL) => (url.port = String(await freePort())),
      /ECONNREFUSED/,
    ],
  ])(
    '%s rejects the change with its reason, and the database in use keeps serving',
    async (_, spoil, reason) => {
      const url = new URL(second.url);
      await spoil(url);
      await follow(url.href);
      const { rejection } = module.get(HotConfigService).status(ShopConfig);
      expect(rejection?.stage).toBe('prepare');
      expect(rejection?.error.message).toMatch(reason);
      expect(rejection?.error.message).not.toContain('wr0ng-one');
      expect(await article()).toBe('tea of database1');
      await disconnected(second);
    },
  );

  it('leaves no connection behind when the application closes', async () => {
    const last = inUse();
    expect(await article()).toBe('tea of database1');
    await module.close();
    expect(last.isInitialized).toBe(false);
    await disconnected(first);
  });
});
