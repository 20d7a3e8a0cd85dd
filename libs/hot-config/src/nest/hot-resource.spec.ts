import 'reflect-metadata';
import { inspect } from 'node:util';
import { Controller, Get, type INestApplication, Injectable, Logger, Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { z } from 'zod';
import { HotConfigSetupError } from '../contract/index.js';
import { defineHotConfig } from '../schema/index.js';
import { HotConfigTestingModule, HotConfigTestStore } from '../testing/index.js';
import { HotConfigModule, HotConfigService, HotResource, hotResource, InjectHotResource } from './index.js';

const database = defineHotConfig(
  'database',
  z.object({ host: z.string(), password: z.string().default('none') }),
  { sensitive: ['password'] },
);
const limits = defineHotConfig('limits', z.object({ connections: z.int().default(10) }));

class Pool {
  isOpen = true;
  constructor(readonly target: string) {}
  query(): string {
    if (!this.isOpen) throw new Error('the pool is closed');
    return this.target;
  }
}

const POOL = Symbol('POOL');
let pools: Pool[] = [];
const poolResource = hotResource({
  provide: POOL,
  from: database,
  select: ({ host }) => host,
  create: (host) => {
    const pool = new Pool(host);
    pools.push(pool);
    return pool;
  },
  verify: (pool) => {
    if (pool.target === 'dead') throw new Error('no answer');
  },
  dispose: (pool) => void (pool.isOpen = false),
});

@Injectable()
class Orders {
  constructor(@InjectHotResource(POOL) readonly pool: HotResource<Pool>) {}
}

const open: { close(): Promise<void> }[] = [];
beforeEach(() => {
  pools = [];
  Logger.overrideLogger(false);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

const documents = { database: { host: 'one' }, limits: {}, broken: {} };

@Module({
  imports: [HotConfigModule.forFeature([database, limits])],
  providers: [poolResource, Orders],
  exports: [POOL],
})
class OrdersModule {}

async function compiled(...imports: object[]): Promise<TestingModule> {
  const all = [HotConfigTestingModule.forRoot(documents), ...imports] as never[];
  const module = await Test.createTestingModule({ imports: all }).compile();
  open.push(module);
  return module;
}

describe('hotResource', () => {
  it('is injected with a built instance, and has another instance after a change', async () => {
    const module = await compiled(OrdersModule);
    const { pool } = module.get(Orders);
    expect(await pool.use((current) => current.query())).toBe('one');
    await module.get(HotConfigTestStore).set('database', { host: 'two' });
    expect(pool.current.query()).toBe('two');
    expect(pools.map(({ isOpen }) => isOpen)).toEqual([false, true]);
    expect(module.get(HotConfigService).resources()).toMatchObject([
      { name: 'POOL', leases: 0, draining: 0 },
    ]);
  });

  it('is printed without its instance and what it was built from, which may hold secrets', async () => {
    const { pool } = (await compiled(OrdersModule)).get(Orders);
    expect(JSON.stringify(pool)).toBe('{"resource":"POOL"}');
    expect(inspect(pool)).toBe("{ resource: 'POOL' }");
  });

  it('keeps an instance open until the work of use() has ended, also when the work fails', async () => {
    const module = await compiled(OrdersModule);
    const { pool } = module.get(Orders);
    const controller = module.get(HotConfigTestStore);
    const work = pool.use(async (current) => {
      await controller.set('database', { host: 'two' });
      current.query();
      throw new Error('failed by itself');
    });
    await expect(work).rejects.toThrow('failed by itself');
    await controller.set('database', { host: 'three' });
    expect(pools.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
    const lease = pool.lease();
    await controller.set('database', { host: 'four' });
    expect(lease.instance.query()).toBe('three');
    lease[Symbol.dispose]();
  });

  it('keeps its value and its instance when a new instance cannot be built, and shows the reason', async () => {
    const module = await compiled(OrdersModule);
    await module.get(HotConfigTestStore).set('database', { host: 'dead' });
    const { rejection } = module.get(HotConfigService).status(database);
    expect(rejection?.error.message).toContain(
      'POOL could not be built for "database" revision 4: no answer.',
    );
    expect(module.get(Orders).pool.current.query()).toBe('one');
    expect(module.get(HotConfigService).ref(database).value.host).toBe('one');
  });

  it('is built once for all modules that import it, and for two modules that list the same declaration', async () => {
    @Injectable()
    class Reports {
      constructor(@InjectHotResource(POOL) readonly pool: HotResource<Pool>) {}
    }
    @Module({ imports: [OrdersModule], providers: [Reports] })
    class ReportsModule {}
    @Injectable()
    class Audit {
      constructor(@InjectHotResource(POOL) readonly pool: HotResource<Pool>) {}
    }
    @Module({ imports: [HotConfigModule.forFeature([database])], providers: [poolResource, Audit] })
    class AuditModule {}
    const module = await compiled(ReportsModule, AuditModule);
    const users = [module.get(Orders), module.get(Reports), module.get(Audit)];
    expect(new Set(users.map(({ pool }) => pool.current)).size).toBe(1);
    expect(pools).toHaveLength(1);
  });

  it('may be built on several configs and on other resources', async () => {
    const CLIENT = Symbol('CLIENT');
    const client = hotResource({
      provide: CLIENT,
      from: [database, limits] as const,
      select: ({ host }, { connections }) => `${host} × ${connections}`,
      uses: [POOL],
      create: (name, { resource }) => ({ name, pool: resource<Pool>(POOL) }),
    });
    @Module({ imports: [OrdersModule, HotConfigModule.forFeature([database, limits])], providers: [client] })
    class ClientModule {}
    const module = await compiled(ClientModule);
    const resource = module.get<HotResource<{ name: string; pool: Pool }>>(CLIENT, { strict: false });
    await module.get(HotConfigTestStore).set('limits', { connections: 20 });
    expect(resource.current).toEqual({ name: 'one × 20', pool: pools[0] });
    await module.get(HotConfigTestStore).set('database', { host: 'two' });
    expect(resource.current).toEqual({ name: 'two × 20', pool: pools[1] });
  });

  it('needs forFeature in the module that lists it, as the error of Nest shows', async () => {
    @Module({ providers: [poolResource] })
    class PoolModule {}
    await expect(compiled(HotConfigModule.forFeature([database]), PoolModule)).rejects.toThrow(
      '"HotConfigRef(database) of HotConfigModule.forFeature" at index [1] is available in the PoolModule',
    );
    await expect(Test.createTestingModule({ imports: [PoolModule] }).compile()).rejects.toThrow(
      'argument Symbol(HotConfigRuntime of HotConfigModule.forRoot (nestjs-hot-config)) at index [0]',
    );
  });

  it('is not built when a test replaces it', async () => {
    const fake = { use: (work: (pool: Pool) => unknown) => work(new Pool('fake')) };
    const module = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot(documents), OrdersModule],
    })
      .overrideProvider(POOL)
      .useValue(fake)
      .compile();
    open.push(module);
    expect(await module.get(Orders).pool.use((pool) => pool.query())).toBe('fake');
    await module.get(HotConfigTestStore).set('database', { host: 'dead' });
    expect(pools).toEqual([]);
  });

  it('is built when its module is loaded lazily, and rebuilt like any other', async () => {
    @Module({ imports: [HotConfigModule.forFeature([database])] })
    class FirstModule {}
    const module = await compiled(FirstModule);
    const lazy = await module.get(LazyModuleLoader, { strict: false }).load(() => OrdersModule);
    const { pool } = lazy.get(Orders);
    await module.get(HotConfigTestStore).set('database', { host: 'two' });
    expect(pool.current.query()).toBe('two');
  });

  it('does no harm to the running application when it fails in a lazily loaded module, and the module may be loaded again', async () => {
    const LATE = Symbol('LATE');
    let works = false;
    const late = hotResource({
      provide: LATE,
      from: limits,
      create: () => {
        if (!works) throw new Error('does not work yet');
        return {};
      },
    });
    @Module({ imports: [HotConfigModule.forFeature([limits])], providers: [late] })
    class LateModule {}
    @Module({
      imports: [HotConfigModule.forFeature([defineHotConfig('broken', z.object({ name: z.string() }))])],
    })
    class BrokenModule {}
    const module = await compiled(OrdersModule);
    await module.init();
    const loader = module.get(LazyModuleLoader, { strict: false });
    const store = module.get(HotConfigTestStore);
    await expect(loader.load(() => LateModule)).rejects.toThrow('does not work yet');
    await expect(loader.load(() => BrokenModule)).rejects.toThrow('name: ');
    await store.set('database', { host: 'two' });
    expect(module.get(Orders).pool.current.query()).toBe('two');
    await store.set('limits', { connections: 20 });
    const service = module.get(HotConfigService);
    expect(service.status(limits)).toMatchObject({ applied: { revision: 5 }, rejection: undefined });
    expect([service.keys(), service.resources().map(({ name }) => name)]).toEqual([
      ['database', 'limits'],
      ['POOL'],
    ]);
    works = true;
    @Module({ imports: [HotConfigModule.forFeature([limits])], providers: [late] })
    class AgainModule {}
    expect((await loader.load(() => AgainModule)).get<HotResource<object>>(LATE).current).toEqual({});
  });

  it('makes startup fail with its reason when it cannot be built and no fallback is allowed, and leaves nothing open', async () => {
    const start = Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot({ database: { host: 'dead' }, limits: {} }), OrdersModule],
    }).compile();
    await expect(start).rejects.toThrow('POOL could not be built for "database" revision 1: no answer');
    expect(pools.map(({ isOpen }) => isOpen)).toEqual([false]);
  });

  it.each([
    ['no config', () => hotResource({ provide: POOL, from: [] as const, select: () => 0, create: () => 0 })],
    [
      'an unknown option',
      () => hotResource({ provide: POOL, from: database, create: () => 0, ...{ drainsMs: 5 } }),
    ],
    ['no time', () => hotResource({ provide: POOL, from: database, drainMs: NaN, create: () => 0 })],
  ])('with %s is rejected when it is declared', (_what, declare) => {
    expect(declare).toThrow(HotConfigSetupError);
  });

  it('serves the requests that run while the application closes, and is disposed of afterwards', async () => {
    let reached: () => void = () => undefined;
    let go: () => void = () => undefined;
    const atWork = new Promise<void>((resolve) => (reached = resolve));
    const mayEnd = new Promise<void>((resolve) => (go = resolve));
    @Controller()
    class QueryController {
      constructor(@InjectHotResource(POOL) private readonly pool: HotResource<Pool>) {}
      @Get()
      async query(): Promise<string> {
        reached();
        await mayEnd;
        return this.pool.use((pool) => pool.query());
      }
    }
    @Module({ imports: [OrdersModule], controllers: [QueryController] })
    class AppModule {}
    const app: INestApplication = (await compiled(AppModule)).createNestApplication();
    await app.listen(0, '127.0.0.1');
    const answer = fetch(await app.getUrl());
    await atWork;
    const closed = app.close();
    go();
    expect(await (await answer).text()).toBe('one');
    await closed;
    expect(pools.map(({ isOpen }) => isOpen)).toEqual([false]);
  });
});
