import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Transform, Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsString, ValidateNested } from 'class-validator';
import {
  defineHotConfig,
  getHotConfigToken,
  HotConfigModule,
  type HotConfigRef,
  HotConfigSchema,
  HotConfigService,
  type HotResource,
  hotResource,
  InjectHotResource,
} from 'nestjs-hot-config';
import {
  createHotConfigRef,
  createHotResource,
  HotConfigTestingModule,
  HotConfigTestStore,
} from 'nestjs-hot-config/testing';
import { z } from 'zod';
import { silent } from './recipe.fixture.js';
import { ShopConfig } from './shop.config.js';

/** Claims of the manual, `libs/hot-config/README.md`, about other libraries, and code that it advises against. */
describe('the manual', () => {
  let module: TestingModule;
  afterEach(() => module.close());

  describe('on booleans from variables', () => {
    @HotConfigSchema('advised')
    class Advised {
      @Transform(({ value }) => value === 'true') @IsBoolean() isOpen!: boolean;
    }
    @HotConfigSchema('wrong')
    class Wrong {
      @Type(() => Boolean) @IsBoolean() isOpen!: boolean;
    }
    const advised = defineHotConfig('advised-zod', z.object({ isOpen: z.stringbool() }));
    const wrong = defineHotConfig('wrong-zod', z.object({ isOpen: z.coerce.boolean() }));

    it.each(['true', 'false'])(
      'the text %s of a variable becomes that boolean with @Transform and z.stringbool',
      async (OPEN) => {
        const document = 'isOpen: ${OPEN}\n';
        module = await Test.createTestingModule({
          imports: [
            HotConfigTestingModule.forRoot({
              advised: document,
              wrong: 'isOpen: true',
              'advised-zod': document,
              'wrong-zod': document,
            }),
            HotConfigModule.forRoot({ variables: { OPEN } }),
            HotConfigModule.forFeature([Advised, Wrong, advised, wrong]),
          ],
        })
          .setLogger(silent)
          .compile();
        const isOpen = (key: string): unknown => {
          const ref: HotConfigRef<{ isOpen: boolean }> = module.get(HotConfigService).ref(key);
          return ref.value.isOpen;
        };
        expect(['advised', 'advised-zod'].map(isOpen)).toEqual([OPEN === 'true', OPEN === 'true']);
        // z.coerce.boolean turns any text into true. @Type would turn "false" into true, so the library rejects that.
        expect(isOpen('wrong-zod')).toBe(true);
        await module.get(HotConfigTestStore).setRaw('wrong', document);
        const issues = module.get(HotConfigService).status('wrong').rejection?.issues;
        if (OPEN === 'true') expect(issues).toBeUndefined();
        else expect(issues).toEqual([{ path: 'isOpen', message: 'must be true or false' }]);
      },
    );

    it('a boolean that is written as such in the document is rejected by z.stringbool, and by a @Transform that reads texts only', async () => {
      module = await Test.createTestingModule({
        imports: [
          HotConfigTestingModule.forRoot({ advised: { isOpen: 'true' }, 'advised-zod': { isOpen: 'true' } }),
          HotConfigModule.forFeature([Advised, advised]),
        ],
      })
        .setLogger(silent)
        .compile();
      for (const config of [Advised, advised]) {
        await module.get(HotConfigTestStore).set(config, { isOpen: true });
        expect(module.get(HotConfigService).status(config).rejection?.issues).toMatchObject([
          { path: 'isOpen' },
        ]);
      }
    });
  });

  it('on dictionaries of objects: a Map of instances, and a default that is a plain object', async () => {
    class ServerConfig {
      @IsString() host!: string;
      @IsInt() port = 443;
    }
    @HotConfigSchema('servers')
    class ServersConfig {
      @ValidateNested() @Type(() => ServerConfig) byName!: Map<string, ServerConfig>;
      @ValidateNested({ each: true }) @Type(() => ServerConfig) spare: ServerConfig[] = [
        { host: 'localhost', port: 8443 },
      ];
    }
    const servers = 'byName: { east: { host: east.internal }, west: { host: west.internal, port: 8443 } }';
    module = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot({ servers }), HotConfigModule.forFeature([ServersConfig])],
    })
      .setLogger(silent)
      .compile();
    const { byName, spare } = module.get(HotConfigService).ref(ServersConfig).value;
    expect([byName.get('east'), byName.get('west'), ...spare]).toEqual([
      { host: 'east.internal', port: 443 },
      { host: 'west.internal', port: 8443 },
      { host: 'localhost', port: 8443 },
    ]);
    await module.get(HotConfigTestStore).set(ServersConfig, { byName: { east: { hst: 'x' } } });
    expect(module.get(HotConfigService).status(ServersConfig).rejection?.issues).toMatchObject([
      { path: 'byName.east.hst' },
      { path: 'byName.east.host' },
    ]);
  });

  it('on tests: a hot resource of the application is really built, unless a test overrides it', async () => {
    const PG_POOL = Symbol('PG_POOL');
    interface Pool {
      query(): Promise<{ rows: string[] }>;
    }
    const pgPool = hotResource({
      provide: PG_POOL,
      from: ShopConfig,
      create: (): Pool => {
        throw new Error('no database here');
      },
    });
    @Injectable()
    class Orders {
      constructor(@InjectHotResource(PG_POOL) readonly pool: HotResource<Pool>) {}
    }
    @Module({
      imports: [HotConfigModule.forRoot(), HotConfigModule.forFeature([ShopConfig])],
      providers: [pgPool, Orders],
    })
    class AppModule {}
    const imports = [HotConfigTestingModule.forRoot({ shop: {} }), AppModule];
    const really = Test.createTestingModule({ imports }).setLogger(silent).compile();
    await expect(really).rejects.toThrow('no database here');

    module = await Test.createTestingModule({ imports })
      .overrideProvider(PG_POOL)
      .useValue(createHotResource({ query: () => Promise.resolve({ rows: ['tea'] }) }))
      .setLogger(silent)
      .compile();
    const { pool } = module.get(Orders);
    expect(await pool.use((fake) => fake.query())).toEqual({ rows: ['tea'] });
    await module
      .get(HotConfigTestStore)
      .set(ShopConfig, { database: { url: 'postgres://two.invalid/shop' } });
    const config = module.get<HotConfigRef<ShopConfig>>(getHotConfigToken(ShopConfig), { strict: false });
    expect(config.value.database.url).toBe('postgres://two.invalid/shop');
  });
});

describe('the manual on types:', () => {
  class Client {
    @IsArray() hosts = ['one'];
  }
  class Keyed {
    @IsString() name = 'a';
    private readonly cache = 1;
    get twice(): number {
      return 2 * this.cache;
    }
  }
  const connect = ({ hosts }: { hosts: string[] }): string[] => [...hosts.splice(0), 'two'];
  const join = (hosts: string[]): number => hosts.push('two');

  it('a library that wants options which it may change is given a copy', () => {
    const { value } = createHotConfigRef(new Client());
    expect(join([...value.hosts])).toBe(2);
    expect(connect(structuredClone(value) as Client)).toEqual(['one', 'two']);
    expect(value.hosts).toEqual(['one']);
    // @ts-expect-error a read-only list is not assignable to a mutable list
    expect(() => join(value.hosts)).toThrow(TypeError);
  });

  it('a class with private members does not match its read-only form', () => {
    const { value } = createHotConfigRef(new Keyed());
    const twice = ({ twice }: Keyed): number => twice;
    // @ts-expect-error private members are not part of a mapped type
    expect(twice(value)).toBe(2);
    expect(value.twice).toBe(2);
  });
});
