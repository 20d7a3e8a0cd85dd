import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from '@nats-io/transport-node';
import { type DynamicModule, Injectable, type LoggerService, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Type as TypeOf } from 'class-transformer';
import { IsInt, ValidateNested } from 'class-validator';
import { z } from 'zod';
import { eventually } from '../../harness/eventually.mjs';
import { freePort } from '../../harness/free-port.mjs';
import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import {
  defineHotConfig,
  HotConfig,
  HotConfigModule,
  type HotConfigModuleOptions,
  HotConfigRef,
  HotConfigSchema,
  HotConfigService,
  type OnHotConfigChange,
} from '../../libs/hot-config/src/index.js';
import { lastKnownGoodDirectory } from '../../libs/hot-config/src/last-known-good/index.js';
import { natsSource } from '../../libs/hot-config/src/nats/index.js';
import { World } from '../e2e/world.js';
import { ForeignClient } from '../support/nats-bucket.js';

const cleanups: (() => Promise<unknown>)[] = [];
const lines: string[] = [];
const collect = (...parts: unknown[]): void => void lines.push(String(parts[0]));
const logger: LoggerService = { log: collect, warn: collect, error: collect };

beforeEach(() => lines.splice(0));
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const shop = defineHotConfig(
  'shop',
  z.object({ name: z.string().default('built in'), limit: z.int().default(10) }),
);
type Shop = { name: string; limit: number };

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'service-faults-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

interface Store {
  readonly server: NatsServer;
  readonly client: ForeignClient;
}

async function store(document?: string): Promise<Store> {
  const server = await startNatsServer();
  cleanups.push(() => server.stop());
  const client = await ForeignClient.connect(server.url);
  cleanups.push(() => client.close());
  await client.makeBucket();
  if (document !== undefined) await client.put('shop', document);
  return { server, client };
}

/** An application on a NATS server, which runs only when the test has started one. */
async function application(
  servers: string,
  options: Partial<HotConfigModuleOptions> = {},
  rest: Parameters<typeof Test.createTestingModule>[0] = {},
): Promise<TestingModule> {
  const module = await Test.createTestingModule({
    ...rest,
    imports: [
      HotConfigModule.forRoot({ source: natsSource({ servers }), ...options }),
      HotConfigModule.forFeature([shop]),
      ...(rest.imports ?? []),
    ],
  })
    .setLogger(logger)
    .compile();
  cleanups.push(() => module.close());
  await module.init();
  return module;
}

const refOf = (module: TestingModule): HotConfigRef<Shop> => module.get(HotConfigService).ref<Shop>(shop);

describe('fault: invalid first value', () => {
  const invalid = 'name: 7\nlimit: many\nlimmit: 3\n';
  const patient = { timeoutMs: 60_000 };

  it('makes startup fail at once, with all problems listed, when no fallback is allowed', async () => {
    const { server } = await store(invalid);
    const start = application(server.url, { startup: { ...patient, fallback: [] } });
    const failure = (await start.catch((error: unknown) => error)) as Error & { issues: { path: string }[] };
    expect(failure).toMatchObject({ code: 'VALIDATION', key: 'shop', revision: 1 });
    expect(failure.issues.map(({ path }) => path).sort()).toEqual(['limit', 'limmit', 'name']);
    for (const path of ['limit', 'limmit', 'name']) expect(failure.message).toContain(path);
  });

  it('the service serves the last known good when the start policy allows it, and `behind` shows the rejected revision', async () => {
    const { server, client } = await store('name: good\n');
    const lastKnownGood = { directory: await directory() };
    await (await application(server.url, { lastKnownGood })).close();
    await client.put('shop', invalid);
    const module = await application(server.url, {
      lastKnownGood,
      startup: { ...patient, fallback: ['last-known-good', 'defaults'] },
    });
    expect(refOf(module).value).toEqual({ name: 'good', limit: 10 });
    expect(refOf(module).status).toMatchObject({
      state: 'last-known-good',
      applied: { revision: 1 },
      behind: { revision: 2 },
      rejection: { revision: 2, stage: 'validate' },
    });
  });

  it('the service serves the defaults when the start policy allows it', async () => {
    const { server } = await store(invalid);
    const module = await application(server.url, { startup: { ...patient, fallback: ['defaults'] } });
    expect(refOf(module).value).toEqual({ name: 'built in', limit: 10 });
    expect(refOf(module).status).toMatchObject({ state: 'defaults', behind: { revision: 1 } });
  });

  it('ends a real service that has no fallback, with exit code 1 and all problems in the log', async () => {
    const world = await World.create();
    cleanups.push(() => world.close());
    const client = await ForeignClient.connect(world.nats.url);
    cleanups.push(() => client.close());
    await client.makeBucket();
    await client.put('service1', 'database: { host: nowhere }\nlogging: { level: LOUD }\n');
    const service = await world.spawn('service1');
    expect(await service.exit()).toBe(1);
    const text = service.lines.join('\n');
    for (const path of ['database.host', 'logging.level']) expect(text).toContain(path);
    expect(text).not.toContain('nowhere');
  });
});

describe('fault: last known good corrupt, truncated, of another service, of an older schema, unwritable', () => {
  const nobody = async (): Promise<string> => `nats://127.0.0.1:${await freePort()}`;
  const soon = { startup: { timeoutMs: 100 } };
  const document = (text: string): Parameters<ReturnType<typeof lastKnownGoodDirectory>['save']>[0] => ({
    key: 'shop',
    bytes: Buffer.from(text),
    contentType: 'application/yaml',
    ...{ revision: 7, epoch: 'one', digest: 'any', origin: 'configs/shop.yaml' },
    publishedAt: new Date(),
    savedAt: new Date(),
  });

  it('a good last known good is served, so the tests below fail for their own reason', async () => {
    const at = await directory();
    await lastKnownGoodDirectory({ directory: at }).save(document('name: last known good'));
    const module = await application(await nobody(), { lastKnownGood: { directory: at }, ...soon });
    expect(refOf(module).value.name).toBe('last known good');
    expect(refOf(module).status.state).toBe('last-known-good');
  });

  it.each<[string, RegExp, (file: string) => Promise<void>]>([
    [
      'corrupt',
      /is ignored: it is damaged \(the checksum/,
      async (file) => writeFile(file, (await readFile(file, 'utf8')).replace('last known', 'lost known')),
    ],
    [
      'truncated',
      /is ignored: it is damaged \(not JSON/,
      async (file) => writeFile(file, (await readFile(file)).subarray(0, 200)),
    ],
    ['empty', /is ignored: it is damaged/, (file) => writeFile(file, '')],
    [
      'of another service',
      /is ignored: it belongs to another key/,
      async (file) => {
        const at = await directory();
        await lastKnownGoodDirectory({ directory: at }).save({ ...document('name: other'), key: 'other' });
        await copyFile(join(at, 'other.last-known-good.json'), file);
      },
    ],
    [
      'of an older schema',
      /is ignored: it is no longer valid: .*limit/,
      async (file) => lastKnownGoodDirectory({ directory: join(file, '..') }).save(document('limit: ten')),
    ],
    [
      'of an older format',
      /is ignored: it was written by another version of the library/,
      async (file) => writeFile(file, (await readFile(file, 'utf8')).replace('"format": 1', '"format": 0')),
    ],
  ])(
    '%s: the last known good is ignored with a warning, and never applied unchecked',
    async (_what, warning, spoil) => {
      const at = await directory();
      await lastKnownGoodDirectory({ directory: at }).save(document('name: last known good'));
      await spoil(join(at, 'shop.last-known-good.json'));
      const module = await application(await nobody(), { lastKnownGood: { directory: at }, ...soon });
      expect(refOf(module).value).toEqual({ name: 'built in', limit: 10 });
      expect(refOf(module).status.state).toBe('defaults');
      expect(lines.filter((line) => warning.test(line))).toHaveLength(1);
    },
  );

  it('unwritable: the service goes on serving, warns once, and saves the last known good again when the directory is writable', async () => {
    const { server, client } = await store('name: a');
    const at = join(await directory(), 'last-known-good');
    // A file instead of the directory, as after a wrong mount. (Permissions would not stop a test that runs as root.)
    await writeFile(at, '');
    const module = await application(server.url, { lastKnownGood: { directory: at } });
    const ref = refOf(module);
    const change = async (name: string): Promise<void> => {
      await client.put('shop', `name: ${name}`);
      await eventually(
        () => Promise.resolve(ref.value.name),
        (now) => now === name,
      );
      await module.get(HotConfigService).refresh();
    };
    await change('b');
    await change('c');
    expect(ref.status).toMatchObject({ state: 'live', behind: undefined });
    expect(lines.filter((line) => /could not be saved to/.test(line))).toHaveLength(1);
    expect(ref.status.lastKnownGoodFailure?.error.message).toContain('could not be saved to');
    await rm(at);
    await module.get(HotConfigService).refresh();
    const file = join(at, 'shop.last-known-good.json');
    await eventually(
      () => Promise.resolve(ref.status.lastKnownGoodFailure),
      (failure) => failure === undefined,
    );
    expect(await readFile(file, 'utf8')).toContain('name: c');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(at)).toEqual(['shop.last-known-good.json']);
  });

  it('the last known good is whole after a kill at any point: either the old document or the new document', async () => {
    const world = await World.create();
    cleanups.push(() => world.close());
    const client = await ForeignClient.connect(world.nats.url);
    cleanups.push(() => client.close());
    await client.makeBucket({ max_msgs_per_subject: 1 });
    const text = await world.read('service1');
    const at = join(world.directory, 'last-known-good');
    let change = 0;
    const put = (): Promise<number> => client.put('service1', `${text}# ${(change += 1)}\n`);
    await put();
    for (let round = 0; round < 3; round += 1) {
      const service = await world.start('service1');
      const puts = Array.from({ length: 50 }, put);
      const killAt = Math.floor(Math.random() * puts.length);
      await puts[killAt];
      await service.exit('SIGKILL');
      await Promise.all(puts);
      const kept = await lastKnownGoodDirectory({ directory: at }).load('service1');
      expect(Buffer.from(kept?.bytes ?? []).toString()).toMatch(/# \d+\n$/);
    }
  });
});

describe('fault: application mutates the value', () => {
  class Limits {
    @IsInt() perMinute = 60;
  }
  @HotConfigSchema('classy')
  class Classy {
    @ValidateNested() @TypeOf(() => Limits) limits = new Limits();
    @IsInt({ each: true }) list = [1, 2];
  }
  const plain = defineHotConfig(
    'plain',
    z.object({ limits: z.object({ perMinute: z.int() }), list: z.array(z.int()) }),
  );

  it.each(['classy', 'plain'])(
    'throws a TypeError, and the value stays the same for all readers (%s)',
    async (key) => {
      const { server, client } = await store('name: a');
      const document = { limits: { perMinute: 60 }, list: [1, 2] };
      for (const each of ['classy', 'plain']) await client.put(each, JSON.stringify(document));
      const module = await application(
        server.url,
        {},
        { imports: [HotConfigModule.forFeature([Classy, plain])] },
      );
      const ref = module.get(HotConfigService).ref(key) as unknown as HotConfigRef<typeof document>;
      const value = ref.value as { limits: { perMinute: number }; list: number[] };
      const part = ref.select(({ limits }) => limits).value as { perMinute: number };
      const attempts: (() => unknown)[] = [
        () => (value.limits = { perMinute: 1 }),
        () => (value.limits.perMinute = 1),
        () => (part.perMinute = 1),
        () => value.list.push(3),
        () => value.list.sort((a, b) => b - a),
        () => delete (value.limits as Partial<typeof value.limits>).perMinute,
        () => Object.assign(value, { more: 1 }),
        () => Object.defineProperty(value.limits, 'perMinute', { get: () => 1 }),
        () => void Object.setPrototypeOf(value, null),
      ];
      for (const attempt of attempts) expect(attempt).toThrow(TypeError);
      expect(JSON.parse(JSON.stringify(ref.value))).toEqual(document);
    },
  );
});

describe('fault: module imported twice, two connections, hot-reloaded in tests', () => {
  interface Connection {
    readonly name?: string;
    readonly subscriptions_list?: readonly string[];
  }
  const monitored = async (): Promise<Store & { connections: () => Promise<Connection[]> }> => {
    const port = await freePort();
    const server = await startNatsServer({ config: `http: "127.0.0.1:${port}"` });
    cleanups.push(() => server.stop());
    const client = await ForeignClient.connect(server.url, { name: 'the test' });
    cleanups.push(() => client.close());
    await client.makeBucket();
    await client.put('shop', 'name: a');
    const connections = async (): Promise<Connection[]> => {
      const response = await fetch(`http://127.0.0.1:${port}/connz?subs=1`);
      const { connections: found } = (await response.json()) as { connections: Connection[] };
      return found.filter(({ name }) => name !== 'the test');
    };
    return { server, client, connections };
  };
  const subject = 'hotconfig.configs.document.shop';
  const hinted = (found: readonly Connection[]): string[] =>
    found.flatMap(({ subscriptions_list: list = [] }) => list.filter((each) => each === subject));

  const heard: string[] = [];
  beforeEach(() => heard.splice(0));
  @Injectable()
  class Orders implements OnHotConfigChange {
    constructor(@HotConfig(shop) readonly shop: HotConfigRef<Shop>) {}
    onHotConfigChange(): void {
      heard.push(this.shop.value.name);
    }
  }
  @Module({ imports: [HotConfigModule.forFeature([shop])], providers: [Orders], exports: [Orders] })
  class OrdersModule {}
  @Module({ imports: [HotConfigModule.forFeature([shop]), OrdersModule] })
  class InvoicesModule {}

  it('the module has one connection and one subscription however often it is imported, and calls each hook once', async () => {
    const { server, client, connections } = await monitored();
    const module = await application(
      server.url,
      {},
      { imports: [OrdersModule, InvoicesModule, OrdersModule] },
    );
    const found = await connections();
    expect(found).toHaveLength(1);
    expect(hinted(found)).toEqual([subject]);
    await client.put('shop', 'name: b');
    await eventually(
      () => Promise.resolve(heard.length),
      (count) => count > 0,
    );
    await module.get(HotConfigService).refresh();
    expect(heard).toEqual(['b']);
  });

  it('two applications in one process have one connection each, and closing one of them does not close the connection of the other', async () => {
    const { server, client, connections } = await monitored();
    const [one, two] = [await application(server.url), await application(server.url)];
    expect(hinted(await connections())).toEqual([subject, subject]);
    await one.close();
    expect(hinted(await eventually(connections, ({ length }) => length === 1))).toEqual([subject]);
    await client.put('shop', 'name: b');
    await eventually(
      () => Promise.resolve(refOf(two).value.name),
      (name) => name === 'b',
    );
    expect(refOf(one).value.name).toBe('a');
  });

  /** The class of an application: the objects in its decorator are created once for the whole process. */
  const appModule = (root: DynamicModule): Type => {
    @Module({ imports: [root, HotConfigModule.forFeature([shop])] })
    class AppModule {}
    return AppModule;
  };
  const created = async (AppModule: Type): Promise<TestingModule> => {
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .setLogger(logger)
      .compile();
    cleanups.push(() => module.close());
    return module.init();
  };
  const takesUp = async (module: TestingModule, client: ForeignClient, name: string): Promise<void> => {
    await client.put('shop', `name: ${name}`);
    await eventually(
      () => Promise.resolve(refOf(module).value.name),
      (served) => served === name,
    );
  };

  it('an application that is closed and created again from one AppModule follows the bucket as before', async () => {
    const { server, client, connections } = await monitored();
    const AppModule = appModule(HotConfigModule.forRoot({ source: natsSource({ servers: server.url }) }));
    for (const name of ['b', 'c', 'd']) {
      const module = await created(AppModule);
      expect(refOf(module).status).toMatchObject({ state: 'live', source: { up: true } });
      await takesUp(module, client, name);
      expect(hinted(await connections())).toEqual([subject]);
      await module.close();
    }
    expect(await eventually(connections, ({ length }) => length === 0)).toEqual([]);
  });

  it('a second application from one AppModule is rejected while the first runs, with what to do, and the first goes on', async () => {
    const { server, client, connections } = await monitored();
    const AppModule = appModule(HotConfigModule.forRoot({ source: natsSource({ servers: server.url }) }));
    const first = await created(AppModule);
    await expect(created(AppModule)).rejects.toThrow(/was started twice.*HotConfigModule\.forRootAsync/);
    await takesUp(first, client, 'b');
    expect(hinted(await connections())).toEqual([subject]);
  });

  it('two applications at the same time from one AppModule have a connection each when a factory creates the source', async () => {
    const { server, client, connections } = await monitored();
    const useFactory = () => ({ source: natsSource({ servers: server.url }) });
    const AppModule = appModule(HotConfigModule.forRootAsync({ useFactory }));
    const [first, second] = [await created(AppModule), await created(AppModule)];
    expect(hinted(await connections())).toEqual([subject, subject]);
    await first.close();
    await takesUp(second, client, 'b');
  });

  it('a module on the connection of the application leaves no subscription there, and the connection stays open', async () => {
    const { server, connections } = await monitored();
    const connection = await connect({ servers: server.url });
    cleanups.push(() => connection.close());
    const module = await application(server.url, { source: natsSource({ connection }) });
    expect(hinted(await connections())).toEqual([subject]);
    await module.close();
    expect(connection.isClosed()).toBe(false);
    await connection.flush();
    expect(hinted(await connections())).toEqual([]);
  });

  it('an application that is started and closed again and again leaves no connection, handle or listener', async () => {
    const { server, connections } = await monitored();
    const held = (): { handles: number; listeners: number } => ({
      handles: process.getActiveResourcesInfo().filter((kind) => /TCP|FS|Timeout/.test(kind)).length,
      listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    });
    const at = await directory();
    const once = async (): Promise<void> => {
      const module = await application(
        server.url,
        { lastKnownGood: { directory: at } },
        { imports: [OrdersModule] },
      );
      module.get(Orders).shop.value$.subscribe();
      await module.close();
    };
    await once();
    expect(await eventually(connections, ({ length }) => length === 0)).toEqual([]);
    const before = held();
    for (let round = 0; round < 20; round += 1) await once();
    expect(await eventually(connections, ({ length }) => length === 0)).toEqual([]);
    // Fewer handles are possible: the test's own requests keep a connection open for a while.
    await eventually(
      () => Promise.resolve(held()),
      ({ handles, listeners }) => handles <= before.handles && listeners <= before.listeners,
    );
  });
});

describe('fault: 100,000 changes', () => {
  it('a short run leaves memory flat, no handle and no listener, and loses no change', async () => {
    const command = join(import.meta.dirname, '../../reliability/changes.mjs');
    const run = promisify(execFile)(process.execPath, [command, '--changes', '5000', '--json'], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const { faults, heard } = JSON.parse(stdout) as { faults: string[]; heard: { notified: number } };
    expect(faults).toEqual([]);
    expect(heard.notified).toBe(7_000);
  });
});
