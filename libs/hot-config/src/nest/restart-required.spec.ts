import 'reflect-metadata';
import { Injectable, Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Expose, Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Max, ValidateNested } from 'class-validator';
import { z } from 'zod';
import { HotConfigHealthIndicator, HotConfigHealthModule } from '../health/index.js';
import { defineHotConfig, HotConfigSchema, RestartRequired } from '../schema/index.js';
import { HotConfigTestingModule, HotConfigTestStore } from '../testing/index.js';
import { HotConfigModule, HotConfigService, OnHotConfigChange } from './index.js';

class ServerConfig {
  @RestartRequired() @IsInt() @Max(65_535) port = 8080;
  @IsInt() backlog = 100;
}

@HotConfigSchema('web')
class WebConfig {
  @IsString() title!: string;
  @ValidateNested() @Type(() => ServerConfig) server = new ServerConfig();
}

@HotConfigSchema('farm')
class FarmConfig {
  @IsArray() @ValidateNested({ each: true }) @Type(() => ServerConfig) list: ServerConfig[] = [];
  @IsOptional() @ValidateNested() @Type(() => ServerConfig) map?: Map<string, ServerConfig>;
  @RestartRequired() @Expose({ name: 'worker_count' }) @IsInt() workers = 1;
  @Expose({ name: 'main_server' }) @ValidateNested() @Type(() => ServerConfig) main = new ServerConfig();
}

const pools = defineHotConfig(
  'pools',
  z.object({ pools: z.array(z.object({ size: z.int(), name: z.string() })) }),
  {
    restartRequired: ['pools.*.size'],
  },
);

const worker = defineHotConfig(
  'worker',
  z
    .object({
      threads: z.int().default(2),
      queues: z.array(z.string()).default([]),
      tasks: z.int().default(1),
    })
    .refine(({ threads, tasks }) => tasks <= 10 * threads, 'tasks must be at most ten for each thread'),
  { restartRequired: ['threads', 'queues'] },
);

let module: TestingModule;
let seen: string[] = [];

@Injectable()
class Server {
  @OnHotConfigChange(WebConfig)
  onChange({ diff }: { diff: readonly { path: string }[] }): void {
    seen.push(...diff.map(({ path }) => path));
  }
}

beforeEach(async () => {
  Logger.overrideLogger(false);
  seen = [];
  const documents = {
    web: { title: 'a', server: { port: 80 } },
    worker: { threads: 4, queues: ['a'] },
    farm: {},
    pools: { pools: [{ size: 1, name: 'a' }] },
  };
  module = await Test.createTestingModule({
    imports: [
      HotConfigTestingModule.forRoot(documents),
      HotConfigModule.forFeature([WebConfig, FarmConfig, worker, pools]),
      HotConfigHealthModule,
    ],
    providers: [Server],
  }).compile();
  await module.init();
});
afterEach(() => module.close());

const service = (): HotConfigService => module.get(HotConfigService);
const set = (key: string, document: object): Promise<unknown> =>
  module.get(HotConfigTestStore).set(key, document);

describe('a property that only a restart can change', () => {
  it('keeps its value while the rest of the document is applied, and hooks are called for the rest only', async () => {
    await set('web', { title: 'b', server: { port: 81, backlog: 5 } });
    expect(service().ref(WebConfig).value).toEqual({ title: 'b', server: { port: 80, backlog: 5 } });
    expect(service().ref(WebConfig).value).toBeInstanceOf(WebConfig);
    expect(service().status('web').pendingRestart).toEqual(['server.port']);
    expect(seen).toEqual(['title', 'server.backlog']);
  });

  it('is shown as pending in health, and health stays up', async () => {
    await set('web', { title: 'a' });
    expect(module.get(HotConfigHealthIndicator).check()).toMatchObject({
      hotConfig: { status: 'up', keys: { web: { pendingRestart: ['server.port'] } } },
    });
  });

  it('is no longer pending when the document returns to the value of the start', async () => {
    await set('web', { title: 'b', server: { port: 81 } });
    await set('web', { title: 'b', server: { port: 80 } });
    expect(service().status('web').pendingRestart).toEqual([]);
  });

  it('is validated like any other: a value that the schema rejects rejects the document', async () => {
    await set('web', { title: 'b', server: { port: 70_000 } });
    expect(service().status('web').rejection?.issues).toMatchObject([{ path: 'server.port' }]);
    expect(service().ref(WebConfig).value.title).toBe('a');
  });

  it('may be a list, which is deferred as a whole', async () => {
    await set('worker', { threads: 4, queues: ['a', 'b'], tasks: 2 });
    expect(service().ref(worker).value).toEqual({ threads: 4, queues: ['a'], tasks: 2 });
    expect(service().status('worker').pendingRestart).toEqual(['queues.1']);
  });

  it('Valid: the old value together with the rest of the document is validated by the schema too', async () => {
    await set('worker', { threads: 8, queues: ['a'], tasks: 80 });
    expect(service().ref(worker).value).toEqual({ threads: 4, queues: ['a'], tasks: 1 });
    expect(service().status('worker').rejection?.error.message).toContain('tasks must be at most ten');
    expect(service().status('worker').rejection?.error.message).toContain('can only be applied by a restart');
  });
});

describe('a property of a member that only a restart can change', () => {
  const restart = async (farm: object): Promise<void> => {
    await module.close();
    module = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot({ farm }), HotConfigModule.forFeature([FarmConfig])],
    }).compile();
  };
  const pending = (key: string): readonly string[] => service().status(key).pendingRestart;

  it('defers a whole list when the property differs in any member', async () => {
    await restart({ list: [{ port: 1 }, { port: 2 }] });
    const { value } = service().ref(FarmConfig);
    await set('farm', { list: [{ port: 1, backlog: 5 }, { port: 3 }], main_server: { backlog: 7 } });
    expect(service().ref(FarmConfig).value).toEqual({ ...value, main: { port: 8080, backlog: 7 } });
    expect(pending('farm')).toEqual(['list.0.backlog', 'list.1.port']);
  });

  it('does not defer a list when only other properties differ', async () => {
    await restart({ list: [{ port: 1 }, { port: 2 }] });
    await set('farm', { list: [{ port: 1, backlog: 5 }, { port: 2 }] });
    expect(service().ref(FarmConfig).value.list[0]?.backlog).toBe(5);
    expect(pending('farm')).toEqual([]);
  });

  it('defers a list also when the list was or is empty or absent', async () => {
    await set('farm', { list: [{ port: 1 }] });
    expect(service().ref(FarmConfig).value.list).toEqual([]);
    expect(pending('farm')).toEqual(['list.0']);
    await restart({ list: [{ port: 1 }] });
    await set('farm', { list: [] });
    expect(service().ref(FarmConfig).value.list).toEqual([{ port: 1, backlog: 100 }]);
    await set('farm', {});
    expect(service().ref(FarmConfig).value.list).toEqual([{ port: 1, backlog: 100 }]);
  });

  it('keeps its value in a Map, also under a new key', async () => {
    await restart({ map: { a: { port: 1 } } });
    await set('farm', { map: { a: { port: 2, backlog: 5 }, b: { port: 3, backlog: 6 } } });
    expect(service().ref(FarmConfig).value.map?.get('a')).toEqual({ port: 1, backlog: 5 });
    expect(service().ref(FarmConfig).value.map?.get('b')).toEqual({ port: 8080, backlog: 6 });
    expect(pending('farm')).toEqual(['map.a.port', 'map.b.port']);
  });

  it('defers a list of a Standard Schema as a whole', async () => {
    await set('pools', { pools: [{ size: 2, name: 'b' }] });
    expect(service().ref(pools).value.pools).toEqual([{ size: 1, name: 'a' }]);
    expect(pending('pools')).toEqual(['pools.0.size', 'pools.0.name']);
    await set('pools', { pools: [{ size: 1, name: 'b' }] });
    expect(service().ref(pools).value.pools).toEqual([{ size: 1, name: 'b' }]);
    expect(pending('pools')).toEqual([]);
  });

  it('is deferred under its name in the document when the document has another name for it', async () => {
    await set('farm', { worker_count: 3, main_server: { port: 5, backlog: 6 } });
    expect(service().ref(FarmConfig).value).toMatchObject({ workers: 1, main: { port: 8080, backlog: 6 } });
    expect(pending('farm')).toEqual(['workers', 'main.port']);
  });
});
