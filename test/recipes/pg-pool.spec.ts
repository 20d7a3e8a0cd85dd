import { Test, type TestingModule } from '@nestjs/testing';
import { HotConfigModule, HotConfigService, type HotResource } from 'nestjs-hot-config';
import { HotConfigTestingModule, HotConfigTestStore } from 'nestjs-hot-config/testing';
import type { Pool } from 'pg';
import { eventually } from '../../harness/eventually.mjs';
import { type PostgresServer, PostgresServers } from '../../harness/postgres.mjs';
import { Orders, PG_POOL, pgPool } from './pg-pool.js';
import { silent } from './recipe.fixture.js';
import { ShopConfig } from './shop.config.js';

describe('the recipe of a pg pool', () => {
  const postgres = new PostgresServers(2);
  let first: PostgresServer;
  let second: PostgresServer;
  let module: TestingModule;

  beforeAll(async () => {
    await postgres.start();
    [first, second] = postgres.servers as [PostgresServer, PostgresServer];
  });
  afterAll(() => postgres.stop());

  const compile = (url: string): Promise<TestingModule> =>
    Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ shop: { database: { url } } }),
        HotConfigModule.forFeature([ShopConfig]),
      ],
      providers: [pgPool, Orders],
    })
      .setLogger(silent)
      .compile();

  beforeEach(async () => {
    module = await compile(first.url);
  });
  afterEach(() => module.close());

  const set = (url: string): Promise<void> =>
    module.get(HotConfigTestStore).set(ShopConfig, { database: { url } });
  const shop = (): Promise<unknown> => module.get(Orders).shop();

  it('follows the config to another server, and leaves no connection open to the old server', async () => {
    const replaced = module.get<HotResource<Pool>>(PG_POOL).current;
    expect(await shop()).toBe(first.database);
    await set(second.url);
    expect(await shop()).toBe(second.database);
    // The pool was closed; its connections did not just time out.
    expect(replaced.ended).toBe(true);
    await eventually(
      () => first.connections(),
      (connections) => connections.length === 0,
    );
  });

  it('stays on its server when the new database cannot be used, and logs the reason without the password', async () => {
    await set(second.url.replace(second.password, 'mistyped'));
    expect(await shop()).toBe(first.database);
    const { rejection } = module.get(HotConfigService).status(ShopConfig);
    expect(rejection?.error.message).toContain('password authentication failed');
    expect(rejection?.error.message).not.toContain('mistyped');
  });

  it('makes startup fail on a database that cannot be used', async () => {
    await expect(compile(first.url.replace(first.database, 'nowhere'))).rejects.toThrow(
      'database "nowhere" does not exist',
    );
  });
});
