import { Expose, plainToInstance, Transform, Type } from 'class-transformer';
import {
  Allow,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsDefined,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { PlainObject } from '../../contract/index.js';
import { definitionOf, HotConfigSchema, requireDefinition } from '../index.js';
import { DatabaseConfig, LoggingConfig, ReplicaConfig, shop, ShopConfig } from '../schema.fixture.js';
import { accepted, rawIssues, rejected } from '../schema.fixture.js';

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen);
  return value;
}

describe('a document for a class', () => {
  it('becomes an instance, with nested instances in objects, lists and maps', async () => {
    const value = await accepted(
      ShopConfig,
      shop({
        database: {
          url: 'postgres://localhost/shop',
          replicas: [{ host: 'a' }, { host: 'b', password: 'p' }],
        },
        mirrors: { east: { host: 'c' } },
      }),
    );
    expect(value).toBeInstanceOf(ShopConfig);
    expect(value.database).toBeInstanceOf(DatabaseConfig);
    expect(value.database.replicas).toEqual([
      { host: 'a', password: 'none' },
      { host: 'b', password: 'p' },
    ]);
    expect(value.database.replicas?.[1]).toBeInstanceOf(ReplicaConfig);
    expect(value.mirrors?.get('east')).toBeInstanceOf(ReplicaConfig);
  });

  it('is filled with the defaults of the class, also below an object that is given in part', async () => {
    const whole = await accepted(ShopConfig, shop());
    expect(whole.logging).toEqual({ level: 'INFO', format: 'text' });
    expect(whole.logging).toBeInstanceOf(LoggingConfig);
    const part = await accepted(ShopConfig, shop({ logging: { level: 'DEBUG' } }));
    expect(part.logging).toEqual({ level: 'DEBUG', format: 'text' });
    expect(part.database.pool).toBe(10);
  });

  it('is not changed, and may be frozen, even though class-transformer deletes a discriminator', async () => {
    class Shape {
      @IsString()
      name!: string;
    }
    class Circle extends Shape {}
    @HotConfigSchema('drawing')
    class Drawing {
      @ValidateNested({ each: true })
      @Type(() => Shape, {
        discriminator: { property: 'kind', subTypes: [{ name: 'circle', value: Circle }] },
      })
      shapes!: Shape[];
    }
    const document = deepFrozen<PlainObject>({ shapes: [{ kind: 'circle', name: 'c' }] });
    const { shapes } = await accepted(Drawing, document);
    expect(shapes[0]).toBeInstanceOf(Circle);
    expect(document).toEqual({ shapes: [{ kind: 'circle', name: 'c' }] });
  });

  it('leaves no property without a value, whatever the class declares', async () => {
    const value = await accepted(ShopConfig, shop({ database: { url: 'postgres://localhost/shop' } }));
    expect(Object.keys(value).sort()).toEqual(['database', 'logging', 'name']);
    expect(Object.keys(value.database).sort()).toEqual(['pool', 'url']);
  });

  it('keeps the default of an exposed property when the document does not mention the property', async () => {
    @HotConfigSchema('exposed')
    class Exposed {
      @Expose()
      @IsString()
      level = 'INFO';
    }
    expect(await accepted(Exposed, {})).toEqual({ level: 'INFO' });
  });

  it('may set a property that has a setter in the class', async () => {
    @HotConfigSchema('setter')
    class Thermostat {
      @IsInt()
      celsius = 20;
      set kelvin(kelvin: number) {
        this.celsius = kelvin - 273;
      }
    }
    expect(await accepted(Thermostat, { kelvin: 300 })).toEqual({ celsius: 27 });
  });

  it('is not converted: a number in quotes is rejected as a number', async () => {
    expect(
      await rejected(ShopConfig, shop({ database: { url: 'postgres://localhost/shop', pool: '5' } })),
    ).toEqual([
      'database.pool: must be an integer number',
      'database.pool: must not be greater than 100',
      'database.pool: must not be less than 1',
    ]);
  });

  it('lists every issue at once, each at its path, when it is rejected', async () => {
    const problems = await rejected(ShopConfig, {
      nmae: 'x',
      database: { url: 7, replicas: [{ host: 'a' }, { host: 1, pasword: 'p' }] },
      logging: { level: 'LOUD' },
      mirrors: { east: { host: false } },
    });
    expect(problems).toEqual([
      'database.replicas.1.host: must be a string',
      'database.replicas.1.pasword: unknown key "pasword"; did you mean "password"?',
      'database.url: is not valid; the value is sensitive, so neither the value nor the reason is shown',
      'logging.level: must be one of the following values: DEBUG, INFO, WARN, ERROR',
      'mirrors.east.host: must be a string',
      'name: is missing',
      'nmae: unknown key "nmae"; did you mean "name"?',
    ]);
  });

  it('lists at most 100 issues, and how many more there are, when it is rejected', async () => {
    const unexpected = Object.fromEntries(
      Array.from({ length: 130 }, (_, index) => [`unexpected${index}`, 1]),
    );
    const problems = await rejected(ShopConfig, shop(unexpected));
    expect(problems).toHaveLength(101);
    expect(problems).toContain(': 30 more problems');
  });
});

describe('fault: unknown key', () => {
  it('is rejected, and the nearest known key is named', async () => {
    expect(await rejected(ShopConfig, shop({ logging: { levle: 'info' } }))).toEqual([
      'logging.levle: unknown key "levle"; did you mean "level"?',
    ]);
  });

  it('is rejected with the keys known there when no known key is near', async () => {
    expect(await rejected(ShopConfig, shop({ logging: { colour: 'red' } }))).toEqual([
      'logging.colour: unknown key "colour"; known here: "level", "format"',
    ]);
  });

  it('is left out silently where the declaration allows it, at every level', async () => {
    @HotConfigSchema('lenient', { unknownKeys: 'allow' })
    class Lenient {
      @ValidateNested()
      @Type(() => LoggingConfig)
      logging = new LoggingConfig();

      readonly undecorated = new Map([['a', 1]]);
    }
    const value = await accepted(Lenient, {
      unexpected: 1,
      toString: 2,
      logging: { unexpected: 1, level: 'WARN' },
    });
    expect(value.logging).toEqual({ level: 'WARN', format: 'text' });
    expect(Object.keys(value).sort()).toEqual(['logging', 'undecorated']);
    expect(value.undecorated.get('a')).toBe(1);
  });

  it.each(['toString', 'hasOwnProperty', 'greet', 'shout'])(
    'is rejected though the class has a method or getter of that name: %s',
    async (key) => {
      @HotConfigSchema('methods')
      class Methods {
        @IsOptional()
        @IsString()
        name?: string;
        greet(): string {
          return `hello ${this.name}`;
        }
        get shout(): string {
          return `${this.name}!`;
        }
      }
      expect(await rejected(Methods, { [key]: 'x' })).toEqual([
        `${key}: unknown key "${key}"; known here: "name"`,
      ]);
      expect(await accepted(Methods, { name: 'x' })).toEqual({ name: 'x' });
    },
  );

  it('is found below a property that @Expose gives another name', async () => {
    @HotConfigSchema('renamed')
    class Renamed {
      @Expose({ name: 'log' })
      @ValidateNested()
      @Type(() => LoggingConfig)
      logging!: LoggingConfig;
    }
    expect((await accepted(Renamed, { log: { level: 'WARN' } })).logging.level).toBe('WARN');
    expect(await rejected(Renamed, { log: { levle: 'WARN' } })).toEqual([
      'log.levle: unknown key "levle"; did you mean "level"?',
    ]);
    expect(await rejected(Renamed, { lgo: {} })).toEqual([
      'lgo: unknown key "lgo"; did you mean "log"?',
      'log: is missing; an object belongs here',
    ]);
  });

  it('is reported with the name that the document uses when @Expose renames its property', async () => {
    @HotConfigSchema('either-name')
    class EitherName {
      @Expose({ name: 'db_port' })
      @IsInt()
      port = 80;

      @Expose({ name: 'db_host', toPlainOnly: true })
      @IsString()
      host = 'a';
    }
    expect(await rejected(EitherName, { db_port: 'x', host: 5 })).toEqual([
      'db_port: must be an integer number',
      'host: must be a string',
    ]);
    expect(await rejected(EitherName, { port: 'x' })).toEqual(['port: must be an integer number']);
    expect(await rejected(EitherName, { db_host: 5 })).toEqual(['db_host: must be a string']);
  });

  it('is not reported for the name of @Expose beside a @Transform that makes the same of many values', async () => {
    @HotConfigSchema('normalized')
    class Normalized {
      @Expose({ name: 'is_enabled' })
      @IsBoolean()
      @Transform(({ value }) => value === 'true' || value === true)
      enabled = false;
    }
    expect(await accepted(Normalized, { is_enabled: true })).toEqual({ enabled: true });
  });

  it('is reported once when it is below a value that a @Transform created', async () => {
    class Made {
      @Expose({ name: 'log' })
      @ValidateNested()
      @Type(() => LoggingConfig)
      logging!: LoggingConfig;
    }
    @HotConfigSchema('made-of')
    class MadeOf {
      @Transform(({ value }: { value: object }) =>
        plainToInstance(Made, value, { exposeDefaultValues: true }),
      )
      @ValidateNested()
      made!: Made;
    }
    expect(await rejected(MadeOf, { made: { log: 'x' } })).toEqual(['made.log: must be an object']);
  });
});

describe('a nested object', () => {
  it.each<[string, PlainObject, string]>([
    ['missing', { name: 'corner' }, 'database: is missing; an object belongs here'],
    ['null', shop({ database: null }), 'database: must be an object'],
    ['a scalar', shop({ database: 'x' }), 'database: must be an object'],
    ['an empty list', shop({ database: [] }), 'database: must be an object'],
    ['a list of objects', shop({ database: [{ url: 1 }] }), 'database: must be an object'],
    ['null in place of a default', shop({ logging: null }), 'logging: must be an object'],
    ['a list in place of a map', shop({ mirrors: [{ host: 'a' }] }), 'mirrors: must be an object'],
    ['a scalar in a map', shop({ mirrors: { east: 1 } }), 'mirrors.east: must be an object'],
  ])('is rejected with one issue when it is %s', async (_what, document, issue) => {
    expect(await rawIssues(ShopConfig, document)).toEqual([issue]);
  });

  it.each<[string, PlainObject['x'], string]>([
    ['an object', { host: 'a' }, 'database.replicas: must be a list'],
    ['a scalar', 7, 'database.replicas: must be a list'],
    ['a list with null', [null], 'database.replicas.0: must be an object'],
    ['a list with a scalar', [{ host: 'a' }, 7], 'database.replicas.1: must be an object'],
    ['a list with a list beside an object', [{ host: 'a' }, []], 'database.replicas.1: must be an object'],
  ])('in a list is rejected with one issue: %s', async (_what, replicas, issue) => {
    expect(
      await rawIssues(ShopConfig, shop({ database: { url: 'postgres://localhost/shop', replicas } })),
    ).toEqual([issue]);
  });

  it('may be missing where the class allows that', async () => {
    @HotConfigSchema('optional')
    class Optional {
      @IsOptional()
      @ValidateNested()
      @Type(() => LoggingConfig)
      logging?: LoggingConfig;

      @Allow()
      kind = 'plain';

      @ValidateIf(({ kind }: Optional) => kind === 'logged')
      @ValidateNested()
      @Type(() => LoggingConfig)
      log?: LoggingConfig;
    }
    expect(await accepted(Optional, {})).toEqual({ kind: 'plain' });
    expect(await accepted(Optional, { logging: null })).toEqual({ kind: 'plain', logging: null });
    expect(await rejected(Optional, { kind: 'logged' })).toEqual(['log: is missing; an object belongs here']);
  });

  it('keeps the message of its class', async () => {
    @HotConfigSchema('logged')
    class Named {
      @IsDefined({ message: 'say where to log' })
      @ValidateNested({ message: 'log must be a mapping' })
      @Type(() => LoggingConfig)
      logging!: LoggingConfig;

      @IsString({ message: () => 'name it' })
      name!: string;
    }
    expect(await rejected(Named, {})).toEqual(['logging: say where to log', 'name: name it']);
    expect(await rejected(Named, { logging: 7, name: 'x' })).toEqual(['logging: log must be a mapping']);
  });

  it('may have any keys where the class declares a plain record', async () => {
    @HotConfigSchema('record')
    class Labelled {
      @IsObject()
      labels!: Record<string, string>;
    }
    expect(await accepted(Labelled, { labels: { any: 'thing' } })).toEqual({ labels: { any: 'thing' } });
  });
});

describe('a list', () => {
  it('of scalars must be a list, though class-validator alone accepts a single scalar', async () => {
    expect(await rejected(ShopConfig, shop({ tags: 'one' }))).toEqual(['tags: must be a list']);
    expect(await accepted(ShopConfig, shop({ tags: ['one'] }))).toMatchObject({ tags: ['one'] });
  });

  it('has the messages of its own rules', async () => {
    @HotConfigSchema('listed')
    class Listed {
      @IsArray()
      @ArrayMinSize(2)
      numbers!: number[];
    }
    expect(await rejected(Listed, { numbers: [1] })).toEqual(['numbers: must contain at least 2 elements']);
    expect(await rejected(Listed, {})).toEqual(['numbers: is missing']);
  });
});

describe('a class that was compiled without decorator metadata', () => {
  class Plain {
    main!: LoggingConfig;
    all!: LoggingConfig[];
    some?: LoggingConfig[];
  }
  // Applies each rule as a decorator would, but without type metadata.
  for (const [name, rules] of Object.entries({
    main: [ValidateNested()],
    all: [IsArray(), ValidateNested({ each: true })],
    some: [IsOptional(), IsArray(), ValidateNested()],
  })) {
    for (const rule of [...rules, Type(() => LoggingConfig)]) rule(Plain.prototype, name);
  }
  HotConfigSchema('plain')(Plain);

  it('keeps objects and lists apart by its rules about arrays', async () => {
    expect(await accepted(Plain, { main: {}, all: [{}], some: [{}] })).toMatchObject({
      all: [{ level: 'INFO' }],
    });
    expect(await rejected(Plain, { main: [{}], all: {}, some: [7] })).toEqual([
      'all: must be an array',
      'main: must be an object',
      'some.0: must be an object',
    ]);
    expect(await rejected(Plain, {})).toEqual([
      'all: is missing',
      'main: is missing; an object belongs here',
    ]);
  });
});

describe('a class', () => {
  it('with a @Transform that throws rejects the document at the key of that @Transform', async () => {
    @HotConfigSchema('transformed')
    class Transformed {
      @Transform(({ value }) => (value as string).trim())
      @IsString()
      name!: string;

      @IsInt()
      port = 80;
    }
    expect((await accepted(Transformed, { name: ' x ' })).name).toBe('x');
    expect(await rejected(Transformed, { name: 7, port: 1 })).toEqual([
      'name: cannot be turned into a Transformed: a transformation threw TypeError',
    ]);
  });

  it('with a rule that throws rejects the document', async () => {
    @HotConfigSchema('throwing')
    class Throwing {
      @ValidateIf(() => {
        throw new RangeError('hunter2hunter2');
      })
      @IsString()
      name!: string;
    }
    expect(await rejected(Throwing, { name: 'x' })).toEqual([
      ': cannot be checked: a rule of Throwing threw RangeError',
    ]);
  });

  it('with a @Transform, constructor or rule that throws has the thrown error as the cause', async () => {
    const fail = (): never => {
      throw new RangeError('cannot take "public-name"');
    };
    @HotConfigSchema('transformation')
    class ByTransformation {
      @Transform(fail)
      @IsString()
      name!: string;
    }
    @HotConfigSchema('construction')
    class ByConstructor {
      @IsString()
      name = fail();
    }
    @HotConfigSchema('rule')
    class ByRule {
      @ValidateIf(fail)
      @IsString()
      name!: string;
    }
    for (const type of [ByTransformation, ByConstructor, ByRule]) {
      const validation = await requireDefinition(type).validate({ name: 'public-name' });
      expect(validation).toMatchObject({ accepted: false, cause: { name: 'RangeError' } });
      expect((validation as { cause?: Error }).cause?.stack).toContain('class-definition.spec.ts');
    }
  });

  it('may extend another class, whose rules apply too', async () => {
    @HotConfigSchema('wide')
    class WideShop extends ShopConfig {
      @IsInt()
      floor = 0;
    }
    expect(await accepted(WideShop, shop({ floor: 2 }))).toMatchObject({ floor: 2, name: 'corner' });
    expect(await rejected(WideShop, { ...shop(), nmae: 'x', floor: 'x' })).toEqual([
      'floor: must be an integer number',
      'nmae: unknown key "nmae"; did you mean "name"?',
    ]);
  });

  it('has defaults that are accepted as a document', async () => {
    expect(requireDefinition(ShopConfig).defaults).toMatchObject({ name: 'default' });
    expect(await accepted(ShopConfig, requireDefinition(ShopConfig).defaults)).toMatchObject({
      name: 'default',
    });
    expect(definitionOf(ShopConfig)?.key).toBe('shop');
  });
});
