import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type DynamicModule,
  Get,
  Inject,
  Injectable,
  Logger,
  type LoggerService,
  Module,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { z } from 'zod';
import {
  type HotConfigChange,
  HotConfigNotRegisteredError,
  HotConfigSetupError,
  type LastKnownGoodDocument,
  type LastKnownGoodStore,
} from '../contract/index.js';
import { defineHotConfig } from '../schema/index.js';
import { HotConfigTestingModule, HotConfigTestStore, MemorySource } from '../testing/index.js';
import {
  BeforeHotConfigChange,
  getHotConfigToken,
  HotConfig,
  HotConfigModule,
  type HotConfigModuleOptions,
  HotConfigRef,
  HotConfigService,
  OnHotConfigChange,
} from './index.js';
import { LimitsConfig, ShopConfig } from './nest.fixture.js';

const pricing = defineHotConfig('pricing', z.object({ limit: z.int().default(10) }));
type Pricing = { limit: number };

const modules: TestingModule[] = [];
const lines: string[] = [];
const collect = (...parts: unknown[]): void => void lines.push(String(parts[0]));
const logger: LoggerService = { log: collect, warn: collect, error: collect };

beforeEach(() => lines.splice(0));
afterEach(async () => {
  await Promise.all(modules.splice(0).map((module) => module.close()));
});

async function compiled(builder: TestingModuleBuilder): Promise<TestingModule> {
  const module = await builder.setLogger(logger).compile();
  Logger.overrideLogger(logger);
  modules.push(module);
  return module;
}

const shop = (name: string, extra: object = {}): object => ({ name, ...extra });

function rooted(documents: Record<string, object | string>, options: Partial<HotConfigModuleOptions> = {}) {
  const source = new MemorySource(documents);
  return { source, root: HotConfigModule.forRoot({ source, startup: { timeoutMs: 50 }, ...options }) };
}

describe('HotConfigModule', () => {
  it('gives a valid value to constructors, by key, by class and by definition', async () => {
    @Injectable()
    class Reader {
      readonly seen: unknown[];
      constructor(
        @HotConfig('shop') byKey: HotConfigRef<ShopConfig>,
        @HotConfig(ShopConfig) byClass: HotConfigRef<ShopConfig>,
        @HotConfig(pricing) byDefinition: HotConfigRef<Pricing>,
      ) {
        this.seen = [byKey.value.name, byClass === byKey, byDefinition.value.limit];
      }
    }
    const { root } = rooted({ shop: shop('corner'), pricing: { limit: 3 } });
    const module = await compiled(
      Test.createTestingModule({
        imports: [root, HotConfigModule.forFeature([ShopConfig, pricing])],
        providers: [Reader],
      }),
    );
    expect(module.get(Reader).seen).toEqual(['corner', true, 3]);
  });

  it('gives a valid value also to the factories of other modules', async () => {
    const { root } = rooted({ shop: shop('corner') });
    const module = await compiled(
      Test.createTestingModule({
        imports: [root, HotConfigModule.forFeature([ShopConfig])],
        providers: [
          {
            provide: 'GREETING',
            useFactory: (ref: HotConfigRef<ShopConfig>) => `Welcome to ${ref.value.name}`,
            inject: [getHotConfigToken(ShopConfig)],
          },
        ],
      }),
    );
    expect(module.get('GREETING')).toBe('Welcome to corner');
  });

  it('is configured by useFactory with injected providers, by useClass and by useExisting', async () => {
    const source = (): MemorySource => new MemorySource({ shop: shop('async') });
    @Injectable()
    class Options {
      createHotConfigOptions(): HotConfigModuleOptions {
        return { source: source() };
      }
    }
    @Module({ providers: [{ provide: 'SOURCE', useFactory: source }, Options], exports: ['SOURCE', Options] })
    class SourceModule {}
    const roots = [
      HotConfigModule.forRootAsync({
        imports: [SourceModule],
        inject: ['SOURCE'],
        useFactory: (injected: MemorySource) => ({ source: injected }),
      }),
      HotConfigModule.forRootAsync({ useClass: Options }),
      HotConfigModule.forRootAsync({ imports: [SourceModule], useExisting: Options }),
    ];
    for (const root of roots) {
      const module = await compiled(
        Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] }),
      );
      expect(module.get(HotConfigService).ref(ShopConfig).value.name).toBe('async');
    }
  });

  it('shares one ref of a key among all modules that declare it', async () => {
    @Module({
      imports: [HotConfigModule.forFeature([ShopConfig])],
      exports: [HotConfigModule.forFeature([ShopConfig])],
    })
    class Orders {}
    const { root, source } = rooted({ shop: shop('corner') });
    let reads = 0;
    const read = source.read.bind(source);
    source.read = (...args) => {
      reads += 1;
      return read(...args);
    };
    const module = await compiled(
      Test.createTestingModule({ imports: [root, Orders, HotConfigModule.forFeature([ShopConfig])] }),
    );
    const before = reads;
    source.put('shop', shop('new'));
    await module.get(HotConfigService).refresh();
    expect(module.get(HotConfigService).keys()).toEqual(['shop']);
    expect(reads - before).toBeLessThanOrEqual(2);
  });

  it('rejects a forFeature without a forRoot, and names the module to import', async () => {
    const builder = Test.createTestingModule({ imports: [HotConfigModule.forFeature([ShopConfig])] });
    await expect(builder.setLogger(logger).compile()).rejects.toThrow(
      /Import HotConfigModule\.forRoot\(\) once/,
    );
  });

  it.each([
    ['in a module that imports no forFeature', 'shop'],
    ['with a mistyped key', 'shpo'],
  ])('rejects a ref that is injected %s, and the error names forFeature', async (_what, key) => {
    @Injectable()
    class Orders {
      constructor(@HotConfig(key) readonly config: HotConfigRef<ShopConfig>) {}
    }
    @Module({ providers: [Orders] })
    class OrdersModule {}
    const { root } = rooted({ shop: shop('corner') });
    const imports = [root, HotConfigModule.forFeature([ShopConfig]), OrdersModule];
    await expect(Test.createTestingModule({ imports }).setLogger(logger).compile()).rejects.toThrow(
      `"HotConfigRef(${key}) of HotConfigModule.forFeature" at index [0] is available in the OrdersModule`,
    );
  });

  it('rejects a second forRoot before it opens anything', async () => {
    const { source, root } = rooted({});
    const start = jest.spyOn(source, 'start');
    const builder = Test.createTestingModule({ imports: [root, rooted({}).root] });
    await expect(builder.setLogger(logger).compile()).rejects.toThrow('forRoot is imported twice');
    expect(start).not.toHaveBeenCalled();
  });

  it('is re-exported by a shared module, as Nest modules are', async () => {
    @Module({ imports: [HotConfigModule.forFeature([ShopConfig])], exports: [HotConfigModule] })
    class SharedModule {}
    @Injectable()
    class Orders {
      constructor(@HotConfig(ShopConfig) readonly config: HotConfigRef<ShopConfig>) {}
    }
    @Module({ imports: [SharedModule], providers: [Orders] })
    class OrdersModule {}
    const { root } = rooted({ shop: shop('corner') });
    const module = await compiled(Test.createTestingModule({ imports: [root, OrdersModule] }));
    expect(module.get(Orders, { strict: false }).config.value.name).toBe('corner');
  });

  it('rejects two definitions of one key', async () => {
    const other = defineHotConfig('shop', z.object({ name: z.string() }));
    const builder = Test.createTestingModule({
      imports: [
        rooted({ shop: shop('a') }).root,
        HotConfigModule.forFeature([ShopConfig]),
        HotConfigModule.forFeature([other]),
      ],
    });
    await expect(builder.setLogger(logger).compile()).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    expect(() => HotConfigModule.forFeature([ShopConfig, other])).toThrow(
      'definitions for "shop" in one forFeature',
    );
  });

  it('rejects a class that declares no config, and names what to pass instead', () => {
    class Plain {}
    const given = (...declarations: unknown[]) => HotConfigModule.forFeature(declarations as [typeof Plain]);
    expect(() => HotConfigModule.forFeature([Plain])).toThrow(HotConfigSetupError);
    expect(() => given('shop')).toThrow(
      'The key "shop" was used as a config, but does not declare one. Give',
    );
    expect(() => given(z.object({}))).toThrow('An object was used as a config');
    expect(() => HotConfigModule.forFeature(ShopConfig as never)).toThrow('forFeature takes a list');
  });

  it('does not start on an invalid document without a fallback, lists every problem, and leaves nothing open', async () => {
    const { root, source } = rooted(
      { shop: { nmae: 'typo', limits: { perMinute: 'many' } } },
      { startup: { timeoutMs: 50, fallback: [] } },
    );
    let stopped = false;
    const stop = source.stop.bind(source);
    source.stop = () => {
      stopped = true;
      return stop();
    };
    const builder = Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] });
    const failure = builder.setLogger(logger).compile();
    await expect(failure).rejects.toMatchObject({ code: 'VALIDATION' });
    await expect(failure).rejects.toThrow(/nmae[^]*did you mean "name"/);
    await expect(failure).rejects.toThrow(/limits\.perMinute/);
    await expect(failure).rejects.not.toThrow(/typo|many/);
    expect(stopped).toBe(true);
  });

  it('closes the source when the application closes, and completes the observables', async () => {
    const { root, source } = rooted({ shop: shop('corner') });
    const module = await compiled(
      Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] }),
    );
    let completed = false;
    module
      .get(HotConfigService)
      .ref(ShopConfig)
      .value$.subscribe({ complete: () => (completed = true) });
    await module.close();
    expect(completed).toBe(true);
    expect((await source.read('shop', undefined)).outcome).toBe('unreachable');
  });

  it('names the registered keys in the error about another key', async () => {
    const module = await compiled(
      Test.createTestingModule({
        imports: [rooted({ shop: shop('a') }).root, HotConfigModule.forFeature([ShopConfig])],
      }),
    );
    expect(() => module.get(HotConfigService).ref('shpo')).toThrow(HotConfigNotRegisteredError);
  });

  it('puts its variables into the texts of documents', async () => {
    const { root, source } = rooted({ shop: shop('${NAME}') }, { variables: { NAME: 'corner' } });
    const module = await compiled(
      Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] }),
    );
    const service = module.get(HotConfigService);
    expect(service.ref(ShopConfig).value.name).toBe('corner');
    source.put('shop', shop('${NMAE}'));
    await service.refresh();
    expect(service.ref(ShopConfig).status.rejection?.error.message).toContain('the variable NMAE is not set');
    expect(service.ref(ShopConfig).value.name).toBe('corner');
  });

  it('logs which revision was applied and which was rejected, never a sensitive value', async () => {
    const secret = 'hunter2-hunter2';
    const { root, source } = rooted({ shop: shop('a', { apiKey: 'first-secret' }) });
    const module = await compiled(
      Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] }),
    );
    const service = module.get(HotConfigService);
    source.put('shop', shop('b', { apiKey: secret }));
    await service.refresh();
    source.put('shop', { name: 1, apiKey: { secret } });
    await service.refresh();
    source.put('shop', { name: 'c', [`apiKey:${secret}`]: null });
    await service.refresh();
    const text = lines.join('\n') + JSON.stringify(service.status());
    expect(text).toMatch(
      /shop applied revision 2: .*name "a" → "b".*apiKey \(sensitive\).*ms after it was published/,
    );
    expect(text).toMatch(/shop rejected revision 3 of .* \(validate\)/);
    expect(text).toMatch(/shop rejected revision 4 of .* \(validate\): ‹key›: unknown key "apiKey:‹…›"/);
    expect(text).not.toMatch(/hunter2|first-secret/);
    expect(service.redactedValue('shop')).toMatchObject({ name: 'b', apiKey: '[redacted]' });
  });

  it('logs a change also when a value has no JSON form', async () => {
    const quota = defineHotConfig('quota', z.object({ bytes: z.coerce.bigint() }));
    const { root, source } = rooted({ quota: { bytes: 1 } });
    const module = await compiled(
      Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([quota])] }),
    );
    source.put('quota', { bytes: '9007199254740993' });
    await module.get(HotConfigService).refresh();
    expect(lines.join('\n')).toContain('quota applied revision 2: bytes 1 → 9007199254740993');
    expect(module.get(HotConfigService).redactedValue(quota)).toEqual({ bytes: '9007199254740993' });
  });
});

describe('hooks', () => {
  it('are found on providers and controllers: lifecycle interfaces and decorated methods, also inherited ones', async () => {
    const heard: string[] = [];
    class Base {
      @OnHotConfigChange(ShopConfig, { path: 'limits' })
      relimit({ current }: HotConfigChange<ShopConfig>): void {
        heard.push(`limits ${current.limits.perMinute}`);
      }
    }
    @Injectable()
    class Orders extends Base implements OnHotConfigChange {
      onHotConfigChange({ key, revision }: HotConfigChange<unknown>): void {
        heard.push(`orders ${key} ${revision}`);
      }
    }
    @Controller()
    class ShopController {
      @OnHotConfigChange('shop')
      changed({ current }: HotConfigChange<ShopConfig>): void {
        heard.push(`controller ${current.name}`);
      }
    }
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a') }),
          HotConfigModule.forFeature([ShopConfig]),
        ],
        providers: [Orders, { provide: 'ALIAS', useExisting: Orders }],
        controllers: [ShopController],
      }),
    );
    await module.init();
    const store = module.get(HotConfigTestStore);
    await store.set(ShopConfig, shop('b'));
    expect(heard.sort()).toEqual(['controller b', 'orders shop 2']);
    heard.splice(0);
    await store.set(ShopConfig, shop('b', { limits: { perMinute: 5 } }));
    expect(heard.sort()).toEqual(['controller b', 'limits 5', 'orders shop 3']);
  });

  it('that are called before a change may veto it', async () => {
    @Injectable()
    class Guard implements BeforeHotConfigChange {
      beforeHotConfigChange({ current }: HotConfigChange<ShopConfig>): Promise<void> {
        return current.name === 'closed'
          ? Promise.reject(new Error('the shop must stay open'))
          : Promise.resolve();
      }
    }
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a') }),
          HotConfigModule.forFeature([ShopConfig]),
        ],
        providers: [Guard],
      }),
    );
    await module.init();
    const ref = module.get(HotConfigService).ref<ShopConfig>('shop');
    await module.get(HotConfigTestStore).set('shop', shop('closed'));
    expect(ref.value.name).toBe('a');
    expect(ref.status.rejection).toMatchObject({ stage: 'prepare', error: { code: 'VETO' } });
    expect(ref.status.rejection?.error.message).toContain('Guard.beforeHotConfigChange rejected');
  });

  it('that are called before a change may veto it for one config only, and are called only when their path differs', async () => {
    const asked: string[] = [];
    @Injectable()
    class Guard {
      @BeforeHotConfigChange(ShopConfig, { path: 'name' })
      check({ current }: HotConfigChange<ShopConfig>): void {
        asked.push(current.name);
        if (current.name === 'closed') throw new Error('the shop must stay open');
      }
    }
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a'), pricing: {} }),
          HotConfigModule.forFeature([ShopConfig, pricing]),
        ],
        providers: [Guard],
      }),
    );
    await module.init();
    const store = module.get(HotConfigTestStore);
    await store.set(pricing, { limit: 1 });
    await store.set(ShopConfig, shop('a', { limits: { perMinute: 5 } }));
    await store.set(ShopConfig, shop('closed'));
    expect(asked).toEqual(['closed']);
    const { value, status } = module.get(HotConfigService).ref(ShopConfig);
    expect(value.name).toBe('a');
    expect(status.rejection).toMatchObject({ stage: 'prepare', error: { code: 'VETO' } });
    expect(status.rejection?.error.message).toContain('Guard.check rejected');
  });

  it('are found on a guard that is used only by a route', async () => {
    const heard: string[] = [];
    @Injectable()
    class RouteGuard implements CanActivate {
      canActivate(): boolean {
        return true;
      }

      @OnHotConfigChange(ShopConfig)
      follow({ current }: HotConfigChange<ShopConfig>): void {
        heard.push(current.name);
      }
    }
    @Controller()
    class ShopController {
      @UseGuards(RouteGuard)
      @Get()
      read(): string {
        return 'open';
      }
    }
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a') }),
          HotConfigModule.forFeature([ShopConfig]),
        ],
        controllers: [ShopController],
      }),
    );
    await module.init();
    await module.get(HotConfigTestStore).set(ShopConfig, shop('b'));
    expect(heard).toEqual(['b']);
  });

  it('must be methods of instances, and a decorator on any other member throws at its declaration', () => {
    const onStatic = (): unknown => {
      class Hooks {
        @OnHotConfigChange('shop')
        static follow(): void {}
      }
      return Hooks;
    };
    expect(onStatic).toThrow(
      '@OnHotConfigChange is for methods of a provider or controller, which follow is not',
    );
    const property = BeforeHotConfigChange('shop') as (prototype: object, name: string) => void;
    expect(() => property({}, 'check')).toThrow('@BeforeHotConfigChange is for methods');
  });

  it.each([
    ['request-scoped', Scope.REQUEST],
    ['transient', Scope.TRANSIENT],
  ])('on a %s provider are a clear error at startup', async (word, scope) => {
    @Injectable({ scope })
    class Fleeting implements OnHotConfigChange {
      onHotConfigChange(): void {
        throw new Error('must never be called');
      }
    }
    @Injectable()
    class User {
      constructor(@Inject(Fleeting) readonly fleeting: Fleeting) {}
    }
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a') }),
          HotConfigModule.forFeature([ShopConfig]),
        ],
        providers: [Fleeting, User],
      }),
    );
    await expect(module.init()).rejects.toThrow(`Fleeting has config change hooks but is ${word}`);
  });

  it('on a provider that is request-scoped through its dependencies are a clear error at startup', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {}
    @Injectable()
    class Bubbled {
      constructor(@Inject(PerRequest) readonly perRequest: PerRequest) {}
      @OnHotConfigChange('shop')
      changed(): void {
        throw new Error('must never be called');
      }
    }
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a') }),
          HotConfigModule.forFeature([ShopConfig]),
        ],
        providers: [PerRequest, Bubbled],
      }),
    );
    await expect(module.init()).rejects.toThrow('Bubbled has config change hooks but is request-scoped');
  });

  it('for a key that no module declared are a clear error at startup', async () => {
    @Injectable()
    class Typo {
      @OnHotConfigChange('shpo')
      changed(): void {
        throw new Error('must never be called');
      }
    }
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a') }),
          HotConfigModule.forFeature([ShopConfig]),
        ],
        providers: [Typo],
      }),
    );
    await expect(module.init()).rejects.toThrow(
      /Typo\.changed listens for changes of "shpo", which is not registered/,
    );
  });

  it.each([
    ['request-scoped', Scope.REQUEST],
    ['transient', Scope.TRANSIENT],
  ])('do not limit injection: a ref works in a %s provider', async (_word, scope) => {
    @Injectable({ scope })
    class Fleeting {
      constructor(@HotConfig('shop') readonly ref: HotConfigRef<ShopConfig>) {}
    }
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a') }),
          HotConfigModule.forFeature([ShopConfig]),
        ],
        providers: [Fleeting],
      }),
    );
    await module.init();
    const fleeting = await module.resolve(Fleeting);
    await module.get(HotConfigTestStore).set('shop', shop('b'));
    expect(fleeting.ref.value.name).toBe('b');
  });
});

describe('a HotConfigRef', () => {
  async function shopRef(): Promise<{ ref: HotConfigRef<ShopConfig>; store: HotConfigTestStore }> {
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a') }),
          HotConfigModule.forFeature([ShopConfig]),
        ],
      }),
    );
    return { ref: module.get(HotConfigService).ref(ShopConfig), store: module.get(HotConfigTestStore) };
  }

  it('emits the current value and then each new value on value$', async () => {
    const { ref, store } = await shopRef();
    const names: string[] = [];
    const subscription = ref.value$.subscribe(({ name }) => names.push(name));
    await store.set('shop', shop('b'));
    subscription.unsubscribe();
    await store.set('shop', shop('c'));
    expect(names).toEqual(['a', 'b']);
  });

  it('emits changes on changes$ and rejections on rejections$', async () => {
    const { ref, store } = await shopRef();
    const emitted: string[] = [];
    ref.changes$.subscribe(({ previous, current, diff }) =>
      emitted.push(`${previous?.name} ${current.name} ${diff.map(({ path }) => path).join()}`),
    );
    ref.rejections$.subscribe(({ stage }) => emitted.push(stage));
    await store.set('shop', shop('b'));
    await store.setRaw('shop', 'not: [valid');
    await store.set('shop', shop('c'));
    expect(emitted).toEqual(['a b name', 'decode', 'b c name']);
  });

  it('logs one line for each event, whatever text a document contains', async () => {
    const free = defineHotConfig('free', z.looseObject({}));
    const root = HotConfigTestingModule.forRoot({ free: { a: 1 } });
    const module = await compiled(
      Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([free])] }),
    );
    await module.get(HotConfigTestStore).set('free', { 'b\nERROR forged': 1 });
    expect(lines.join('\n')).toContain('ERROR forged');
    expect(lines.filter((line) => /[\r\n]/.test(line))).toEqual([]);
  });

  it.each<[string, Partial<HotConfigModuleOptions>]>([
    ['hookTimeoutMs', { hookTimeoutMs: Number.NaN }],
    ['hookTimeoutMs', { hookTimeoutMs: 2 ** 31 }],
    ['shutdownGraceMs', { shutdownGraceMs: -1 }],
    ['startup.timeoutMs', { startup: { timeoutMs: Infinity } }],
  ])('rejects a time that no timer can wait: %s %p', async (option, options) => {
    const { root } = rooted({ shop: shop('a') }, options);
    const compiling = compiled(
      Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] }),
    );
    await expect(compiling).rejects.toThrow(`${option} must be a number of milliseconds`);
  });

  it('rejects an unknown option of a hook at the declaration of the hook', async () => {
    const misspelt: object = { timeout: 5 };
    expect(() => OnHotConfigChange(ShopConfig, misspelt)).toThrow(
      '@OnHotConfigChange has no option "timeout". Did you mean "timeoutMs"?',
    );
    const module = await compiled(
      Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ shop: shop('a') }),
          HotConfigModule.forFeature([ShopConfig]),
        ],
      }),
    );
    const ref = module.get(HotConfigService).ref(ShopConfig);
    const message = 'onChange of "shop" has no option "timeout". Did you mean "timeoutMs"?';
    expect(() => ref.onChange(() => undefined, misspelt)).toThrow(message);
    expect(() => ref.select(({ name }) => name).onChange(() => undefined, misspelt)).toThrow(message);
  });

  it('lets the compiler check the path and the change that @OnHotConfigChange names', () => {
    class Hooks {
      @OnHotConfigChange(ShopConfig, { path: 'limits.perMinute' })
      right(change: HotConfigChange<ShopConfig>): unknown {
        return change;
      }
      // @ts-expect-error -- there is no such property
      @OnHotConfigChange(ShopConfig, { path: 'limit' })
      misspelt(): void {}
      // @ts-expect-error -- the change of another config
      @OnHotConfigChange(pricing)
      mixed(change: HotConfigChange<ShopConfig>): unknown {
        return change;
      }
    }
    expect(Hooks).toBeDefined();
  });

  it('rejects an unknown fallback', async () => {
    const fallback = ['last-known'] as unknown as ['last-known-good'];
    const { root } = rooted({ shop: shop('a') }, { startup: { fallback } });
    const compiling = compiled(
      Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] }),
    );
    await expect(compiling).rejects.toThrow(
      'startup.fallback lists "last-known". It may list last-known-good and defaults.',
    );
  });

  it.each<[string, object, string]>([
    ['hookTimeout', { hookTimeout: 5 }, 'no option "hookTimeout". Did you mean "hookTimeoutMs"?'],
    ['startup.timeout', { startup: { timeout: 5 } }, 'startup has no option "timeout". Did you mean'],
    [
      'lastKnownGood.path',
      { lastKnownGood: { path: 's' } },
      'lastKnownGood has no option "path". There are directory',
    ],
    [
      'a directory as lastKnownGood',
      { lastKnownGood: '/s' },
      'lastKnownGood takes an object with the options directory.',
    ],
    [
      'a number as directory',
      { lastKnownGood: { directory: 5 } },
      'lastKnownGood.directory must be the name of a',
    ],
    [
      'a name without a similar option',
      { isGlobal: true },
      'no option "isGlobal". There are source, lastKnownGood, startup,',
    ],
  ])(
    'rejects an unknown option, and names the option that was probably meant: %s',
    async (_, options, message) => {
      const start = (root: DynamicModule): Promise<TestingModule> =>
        compiled(Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] }));
      const source = new MemorySource({ shop: shop('a') });
      const given = { source, ...options };
      const forRoot = start(HotConfigModule.forRoot(given));
      await expect(forRoot).rejects.toThrow(HotConfigSetupError);
      await expect(forRoot).rejects.toThrow(message);
      const forRootAsync = start(HotConfigModule.forRootAsync({ useFactory: () => given }));
      await expect(forRootAsync).rejects.toThrow(message);
    },
  );

  it('keeps the last known good in a store of the application, also when that store has a member `directory`', async () => {
    class Store implements LastKnownGoodStore {
      readonly name = 'own store';
      readonly directory = join(tmpdir(), `hot-config-${process.pid}-unused`);
      readonly calls: string[] = [];
      load(key: string): Promise<undefined> {
        this.calls.push(`load ${key}`);
        return Promise.resolve(undefined);
      }
      save({ key, revision }: LastKnownGoodDocument): Promise<void> {
        this.calls.push(`save ${key} ${revision}`);
        return Promise.resolve();
      }
    }
    const store = new Store();
    const { root } = rooted({ shop: shop('a') }, { lastKnownGood: store });
    const module = await compiled(
      Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] }),
    );
    await module.get(HotConfigService).refresh();
    expect(store.calls.slice(0, 2)).toEqual(['load shop', 'save shop 1']);
    expect(existsSync(store.directory)).toBe(false);
  });

  it('treats an undefined option like a missing option', async () => {
    const { source, root } = rooted({}, { startup: { timeoutMs: undefined, fallback: undefined } });
    const compiling = compiled(
      Test.createTestingModule({ imports: [root, HotConfigModule.forFeature([ShopConfig])] }),
    );
    // The start still waits here, because the default is ten seconds. A timeout of 0 would have ended it.
    await new Promise((resolve) => setTimeout(resolve, 20));
    source.put('shop', shop('a'));
    expect((await compiling).get(HotConfigService).ref(ShopConfig).value.name).toBe('a');
  });

  it('survives a subscriber that throws, at once, later and behind operators, and logs the error', async () => {
    const { ref, store } = await shopRef();
    const { config: rxjs, map } = await import('rxjs');
    const unhandled = jest.fn();
    rxjs.onUnhandledError = unhandled;
    const names: string[] = [];
    ref.value$.subscribe(() => {
      throw new Error('direct');
    });
    ref.value$.pipe(map(({ name }) => name)).subscribe(() => {
      throw new Error('piped');
    });
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- applications do so
    ref.value$.subscribe(async () => {
      await Promise.resolve();
      throw new Error('later');
    });
    ref.value$
      .pipe(
        map(() => {
          throw new Error('operator');
        }),
      )
      .subscribe();
    ref.value$.subscribe(({ name }) => names.push(name));
    await store.set('shop', shop('b'));
    expect(names).toEqual(['a', 'b']);
    for (const word of ['direct', 'piped', 'later', 'operator']) expect(lines.join('\n')).toContain(word);
    // RxJS throws an unhandled error from a timer that it sets at once. This timer fires after it.
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(unhandled).not.toHaveBeenCalled();
    rxjs.onUnhandledError = null;
  });

  it('selects a part, whose ref changes only when the part does and keeps its identity otherwise', async () => {
    const { ref, store } = await shopRef();
    const limits = ref.select(({ limits }) => limits);
    const heard: number[] = [];
    const seen: number[] = [];
    limits.onChange(({ previous, current }) => heard.push(previous?.perMinute ?? 0, current.perMinute));
    limits.value$.subscribe(({ perMinute }) => seen.push(perMinute));
    const before = limits.value;
    await store.set('shop', shop('b'));
    expect(limits.value).toBe(before);
    expect(heard).toEqual([]);
    await store.set('shop', shop('b', { limits: { perMinute: 1 } }));
    expect(limits.value).toBeInstanceOf(LimitsConfig);
    expect(heard).toEqual([60, 1]);
    expect(seen).toEqual([60, 1]);
    expect(limits.snapshot.revision).toBe(3);
  });

  it('freezes lists and mappings that a selection builds around parts of the value, and no instance of a class', async () => {
    const { ref, store } = await shopRef();
    const built = ref.select(({ name, limits }) => ({ names: [name], limits }));
    const url = ref.select(
      ({ name }) => new URL(`http://${name}`),
      (a, b) => a.href === b.href,
    );
    const seen: object[] = [];
    built.value$.subscribe((value) => seen.push(value));
    built.onChange(({ current }) => seen.push(current));
    await store.set('shop', shop('b'));
    expect(seen).toHaveLength(3);
    for (const value of [built.value, built.value.names, ...seen]) {
      expect(() => Object.assign(value, { 0: 'written', names: 'written' })).toThrow(TypeError);
    }
    expect(Object.isFrozen(url.value)).toBe(false);
  });

  it('calls onChange hooks until they are disposed of, and at once with `immediate`', async () => {
    const { ref, store } = await shopRef();
    const heard: (string | undefined)[] = [];
    const subscription = ref.onChange(({ previous, current }) => heard.push(previous?.name, current.name), {
      immediate: true,
    });
    await store.set('shop', shop('b'));
    subscription.dispose();
    subscription[Symbol.dispose]();
    await store.set('shop', shop('c'));
    expect(heard).toEqual([undefined, 'a', 'a', 'b']);
  });
});
