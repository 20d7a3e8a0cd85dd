import 'reflect-metadata';
import { Injectable, Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Type } from 'class-transformer';
import { IsInt, IsString, Max, ValidateNested } from 'class-validator';
import { z } from 'zod';
import { HotConfigHealthIndicator, HotConfigHealthModule } from '../health/index.js';
import { defineHotConfig, HotConfigSchema, RestartRequired } from '../schema/index.js';
import { HotConfigTestController, HotConfigTestingModule } from '../testing/index.js';
import { HotConfigModule, HotConfigService, OnConfigChange } from './index.js';

class ServerConfig {
  @RestartRequired() @IsInt() @Max(65_535) port = 8080;
  @IsInt() backlog = 100;
}

@HotConfigSchema('web')
class WebConfig {
  @IsString() title!: string;
  @ValidateNested() @Type(() => ServerConfig) server = new ServerConfig();
}

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
  @OnConfigChange(WebConfig)
  onChange({ diff }: { diff: readonly { path: string }[] }): void {
    seen.push(...diff.map(({ path }) => path));
  }
}

beforeEach(async () => {
  Logger.overrideLogger(false);
  seen = [];
  const documents = { web: { title: 'a', server: { port: 80 } }, worker: { threads: 4, queues: ['a'] } };
  module = await Test.createTestingModule({
    imports: [
      HotConfigTestingModule.forRoot(documents),
      HotConfigModule.forFeature([WebConfig, worker]),
      HotConfigHealthModule,
    ],
    providers: [Server],
  }).compile();
  await module.init();
});
afterEach(() => module.close());

const service = (): HotConfigService => module.get(HotConfigService);
const set = (key: string, document: object): Promise<unknown> =>
  module.get(HotConfigTestController).set(key, document);

describe('a property that only a restart can change', () => {
  it('keeps its value, the rest of the document applies, and the hooks hear of the rest only', async () => {
    await set('web', { title: 'b', server: { port: 81, backlog: 5 } });
    expect(service().ref(WebConfig).value).toEqual({ title: 'b', server: { port: 80, backlog: 5 } });
    expect(service().ref(WebConfig).value).toBeInstanceOf(WebConfig);
    expect(service().status('web').pendingRestart).toEqual(['server.port']);
    expect(seen).toEqual(['title', 'server.backlog']);
  });

  it('is shown as pending in health, which stays up', async () => {
    await set('web', { title: 'a' });
    expect(module.get(HotConfigHealthIndicator).check()).toMatchObject({
      hotConfig: { status: 'up', keys: { web: { pendingRestart: ['server.port'] } } },
    });
  });

  it('is no longer pending when the document goes back to the value of the start', async () => {
    await set('web', { title: 'b', server: { port: 81 } });
    await set('web', { title: 'b', server: { port: 80 } });
    expect(service().status('web').pendingRestart).toEqual([]);
  });

  it('is judged all the same: a value that the schema refuses refuses the document', async () => {
    await set('web', { title: 'b', server: { port: 70_000 } });
    expect(service().status('web').rejection?.issues).toMatchObject([{ path: 'server.port' }]);
    expect(service().ref(WebConfig).value.title).toBe('a');
  });

  it('may be a list, which is held back as a whole', async () => {
    await set('worker', { threads: 4, queues: ['a', 'b'], tasks: 2 });
    expect(service().ref(worker).value).toEqual({ threads: 4, queues: ['a'], tasks: 2 });
    expect(service().status('worker').pendingRestart).toEqual(['queues.1']);
  });

  it('Valid: what the rest would make together with the old value is judged by the schema too', async () => {
    await set('worker', { threads: 8, queues: ['a'], tasks: 80 });
    expect(service().ref(worker).value).toEqual({ threads: 4, queues: ['a'], tasks: 1 });
    expect(service().status('worker').rejection?.error.message).toContain('tasks must be at most ten');
    expect(service().status('worker').rejection?.error.message).toContain('can only be applied by a restart');
  });
});
