import 'reflect-metadata';
import { EventEmitter, once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  Body,
  Controller,
  Get,
  type INestApplication,
  Inject,
  Logger,
  Module,
  Post,
  type Type,
} from '@nestjs/common';
import { APP_INTERCEPTOR, ExternalContextCreator } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';
import { firstValueFrom, from, type Observable } from 'rxjs';
import { z } from 'zod';
import { gate } from '../engine/engine.fixture.js';
import { defineHotConfig } from '../schema/index.js';
import { HotConfigTestingModule, HotConfigTestStore } from '../testing/index.js';
import {
  HotConfig,
  HotConfigInterceptor,
  HotConfigModule,
  HotConfigRef,
  HotConfigService,
  HotFeature,
  HotResource,
  hotResource,
  InjectHotResource,
} from './index.js';

const shop = defineHotConfig('shop', z.object({ name: z.string(), isOpen: z.boolean().default(true) }));
type Shop = { name: string; isOpen: boolean };

const SIGN = Symbol('SIGN');
const sign = hotResource({
  provide: SIGN,
  from: shop,
  select: ({ name }) => name,
  create: (text) => ({ text, isUp: true }),
  dispose: (instance) => void (instance.isUp = false),
});
type Sign = { text: string; isUp: boolean };

/** Stops a handler in the middle until the test lets it go on. */
class Turnstile {
  private arrived: () => void = () => undefined;
  private open: () => void = () => undefined;
  reached = Promise.resolve();
  private passed = Promise.resolve();

  close(): void {
    this.reached = new Promise((resolve) => (this.arrived = resolve));
    this.passed = new Promise((resolve) => (this.open = resolve));
  }
  async pass(): Promise<void> {
    this.arrived();
    await this.passed;
  }
  letGo(): void {
    this.open();
  }
}
const turnstile = new Turnstile();

@Controller()
class ShopController {
  constructor(
    @HotConfig(shop) private readonly config: HotConfigRef<Shop>,
    @InjectHotResource(SIGN) private readonly sign: HotResource<Sign>,
    @Inject(HotConfigService) private readonly service: HotConfigService,
  ) {}

  @Get('slow')
  async slow(): Promise<string[]> {
    const read = (): Promise<string> =>
      this.sign.use(
        ({ text, isUp }) =>
          `${this.config.value.name} ${this.service.ref(shop).snapshot.revision} ${text} ${isUp}`,
      );
    const before = await read();
    await turnstile.pass();
    return [before, await read()];
  }

  @Post('slow')
  posted(@Body() _body: unknown): Promise<string[]> {
    return this.slow();
  }

  @Get('parts')
  parts(): Observable<string[]> {
    return from(this.slow());
  }

  @MessagePattern('slow')
  message(): Promise<string[]> {
    return this.slow();
  }

  @Get('door')
  @HotFeature(shop, ({ isOpen }) => isOpen)
  door(): string[] {
    return ['come in'];
  }
}

@Module({
  imports: [HotConfigModule.forFeature([shop])],
  controllers: [ShopController],
  providers: [sign, { provide: APP_INTERCEPTOR, useClass: HotConfigInterceptor }],
})
class ShopModule {}

@Module({
  imports: [HotConfigModule.forRoot({ pinRequests: true }), HotConfigModule.forFeature([shop])],
  controllers: [ShopController],
  providers: [sign],
})
class PinnedShopModule {}

const open: { close(): Promise<unknown> }[] = [];
beforeEach(() => void Logger.overrideLogger(false));
afterEach(async () => {
  for (const app of open.splice(0).reverse()) await app.close();
});

async function compiled(module: Type = ShopModule): Promise<TestingModule> {
  const imports = [HotConfigTestingModule.forRoot({ shop: { name: 'corner' } }), module];
  return Test.createTestingModule({ imports }).compile();
}

const servers: Record<string, (module: TestingModule) => INestApplication> = {
  Express: (module) => module.createNestApplication(),
  Fastify: (module) => module.createNestApplication(new FastifyAdapter()),
};

async function serving(
  make: (module: TestingModule) => INestApplication,
  type: Type = ShopModule,
): Promise<INestApplication> {
  const app = make(await compiled(type));
  open.push(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

async function get(app: INestApplication, path: string): Promise<string[]> {
  const response = await fetch(`${await app.getUrl()}${path}`);
  return response.ok ? ((await response.json()) as string[]) : [String(response.status)];
}

/** Changes the config while a request is in the middle of its handler. */
async function acrossAChange(app: INestApplication, ask: () => Promise<string[]>): Promise<string[]> {
  turnstile.close();
  const answer = ask();
  await turnstile.reached;
  await app.get(HotConfigTestStore).set('shop', { name: 'harbour' });
  turnstile.letGo();
  return answer;
}

const cases = Object.entries(servers).flatMap(([name, make]) => [
  [name, 'HotConfigInterceptor', make, ShopModule] as const,
  [name, 'pinRequests', make, PinnedShopModule] as const,
]);

describe.each(cases)('a request on %s with %s', (_name, _by, make, type) => {
  it.each(['/slow', '/parts'])(
    'sees one revision throughout, and instances that were built from this revision: %s',
    async (path) => {
      const app = await serving(make, type);
      expect(await acrossAChange(app, () => get(app, path))).toEqual([
        'corner 1 corner true',
        'corner 1 corner true',
      ]);
      turnstile.close();
      turnstile.letGo();
      expect((await get(app, path))[0]).toBe('harbour 2 harbour true');
    },
  );

  it('answers 404 while the feature of its route is off, and answers as soon as the feature is on', async () => {
    const app = await serving(make, type);
    const controller = app.get(HotConfigTestStore);
    expect(await get(app, '/door')).toEqual(['come in']);
    await controller.set('shop', { name: 'corner', isOpen: false });
    expect(await get(app, '/door')).toEqual(['404']);
    await controller.set('shop', { name: 'corner', isOpen: true });
    expect(await get(app, '/door')).toEqual(['come in']);
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate);
}

it.each(Object.entries(servers))(
  'a request on %s holds nothing when its client has gone before the request is pinned',
  async (name, make) => {
    const app = make(await compiled(PinnedShopModule));
    open.push(app);
    // A middleware of the application that runs first and waits, such as a session or a limit.
    const waiting: (() => void)[] = [];
    const wait = (_request: unknown, _response: unknown, next: () => void): void => void waiting.push(next);
    if (name === 'Express') app.use(wait);
    else (app as NestFastifyApplication).getHttpAdapter().getInstance().addHook('onRequest', wait);
    await app.listen(0, '127.0.0.1');
    const server = app.getHttpServer() as Server;
    const { port } = server.address() as { port: number };
    const clients = Array.from({ length: 3 }, () => connect(port, '127.0.0.1'));
    for (const client of clients) client.write('GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n');
    await until(() => waiting.length === 3);
    const connections = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    for (const client of clients) client.destroy();
    await until(async () => (await connections()) === 0);
    for (const next of waiting) next();
    const service = app.get(HotConfigService);
    await until(() => service.resources().every(({ leases }) => leases === 0));
  },
);

it.each(Object.entries(servers))(
  'a request on %s whose body comes late sees one revision throughout',
  async (_name, make) => {
    const app = await serving(make, PinnedShopModule);
    const server = app.getHttpServer() as Server;
    const client = connect((server.address() as { port: number }).port, '127.0.0.1');
    const answer = text(client);
    const post = async (): Promise<string[]> => {
      const arrived = once(server, 'request');
      client.write('POST /slow HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n');
      client.write('Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{');
      await arrived;
      client.write('}');
      const [, body = ''] = (await answer).split('\r\n\r\n');
      return JSON.parse(body) as string[];
    };
    expect(await acrossAChange(app, post)).toEqual(['corner 1 corner true', 'corner 1 corner true']);
  },
);

it('a message handler reads one revision from its beginning to its end', async () => {
  const app = (await compiled()).createNestApplication();
  open.push(app);
  const options = { host: '127.0.0.1', port: 0 };
  const microservice = app.connectMicroservice(
    { transport: Transport.TCP, options },
    { inheritAppConfig: true },
  );
  await app.startAllMicroservices();
  const { port } = microservice.unwrap<{ address(): { port: number } }>().address();
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { ...options, port } });
  open.push({ close: () => Promise.resolve(client.close()) });
  const answer = await acrossAChange(app, () => firstValueFrom(client.send<string[]>('slow', {})));
  expect(answer).toEqual(['corner 1 corner true', 'corner 1 corner true']);
});

/** Calls a method as a resolver is called: with parent, arguments, context and information. */
function graphqlCall(
  module: TestingModule,
  controller: object,
  method: string,
): (...args: unknown[]) => Promise<string[]> {
  const none = Array<undefined>(5).fill(undefined) as [undefined, undefined, undefined, undefined, undefined];
  return module
    .get(ExternalContextCreator)
    .create(controller, Reflect.get(controller, method) as () => void, method, ...none, 'graphql');
}

it('all resolvers of one GraphQL-like request see the same revision, also a resolver that begins after a change', async () => {
  const module = await compiled();
  open.push(module);
  await module.init();
  const controller = module.get(ShopController);
  const call = graphqlCall(module, controller, 'slow');
  const resolve = (request: object): Promise<string[]> => call(undefined, {}, request, {});
  const request = {};
  turnstile.close();
  const first = resolve(request);
  await turnstile.reached;
  await module.get(HotConfigTestStore).set('shop', { name: 'harbour' });
  const second = resolve(request);
  const other = resolve({});
  turnstile.letGo();
  expect([...(await first), ...(await second)]).toEqual(Array(4).fill('corner 1 corner true'));
  expect(await other).toEqual(Array(2).fill('harbour 2 harbour true'));
});

it('a GraphQL-like subscription reads the current value at each event, though its context lives longer than an event', async () => {
  const module = await compiled();
  open.push(module);
  await module.init();
  const controller = module.get(ShopController);
  turnstile.letGo();
  const call = graphqlCall(module, controller, 'slow');
  const [context, info] = [{}, { operation: { operation: 'subscription' } }];
  const seen: (string | undefined)[] = [];
  for (const name of ['harbour', 'market']) {
    await module.get(HotConfigTestStore).set('shop', { name });
    seen.push((await call(undefined, {}, context, info))[0]?.split(' ')[0]);
  }
  expect(seen).toEqual(['harbour', 'market']);
});

it('a hook reads the current value, though a pinned request added the hook and a change comes while the request runs', async () => {
  const module = await compiled();
  open.push(module);
  const ref = module.get(HotConfigService).ref(shop);
  const controller = module.get(HotConfigTestStore);
  const seen: [string, string][] = [];
  const first = gate();
  await ref.pinned(async () => {
    ref.onChange(
      async ({ current }) => {
        if (seen.length === 0) await first.passed;
        seen.push([current.name, ref.value.name]);
      },
      { immediate: true },
    );
    const set = controller.set('shop', { name: 'harbour' });
    while (ref.snapshot.revision === ref.status.applied.revision) await new Promise(setImmediate);
    first.open();
    await set;
    expect(ref.value.name).toBe('corner');
  });
  expect(seen).toEqual([
    ['corner', 'harbour'],
    ['harbour', 'harbour'],
  ]);
});

it('a pinned job reads one revision from its beginning to its end, returns its result, and leaves the pin when it fails', async () => {
  const module = await compiled();
  open.push(module);
  const ref = module.get(HotConfigService).ref(shop);
  const controller = module.get(HotConfigTestStore);
  const seen = await ref.pinned(async () => {
    await controller.set('shop', { name: 'harbour' });
    const { name: shown } = module.get(HotConfigService).redactedValue(shop) as Shop;
    return [ref.value.name, ref.select(({ name }) => name).value, shown];
  });
  expect(seen).toEqual(['corner', 'corner', 'corner']);
  expect(ref.pinned(() => ref.value.name)).toBe('harbour');
  // In Jest the promises of Node's own modules are of another realm.
  const bell = new EventEmitter();
  const read = ref.pinned(() => once(bell, 'rung').then(() => ref.value.name));
  await controller.set('shop', { name: 'square' });
  bell.emit('rung');
  expect(await read).toBe('harbour');
  expect(() =>
    ref.pinned(() => {
      throw new Error('failed');
    }),
  ).toThrow('failed');
  await controller.set('shop', { name: 'market' });
  expect(ref.value.name).toBe('market');
});
