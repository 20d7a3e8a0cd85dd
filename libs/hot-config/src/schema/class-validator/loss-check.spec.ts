import 'reflect-metadata';
import { Exclude, Expose, plainToInstance, Transform, Type } from 'class-transformer';
import { Allow, IsArray, IsInt, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { DateTime } from 'luxon';
import type { PlainObject } from '../../contract/index.js';
import { HotConfigSchema, Sensitive } from '../index.js';
import { LoggingConfig, ReplicaConfig } from '../schema.fixture.js';
import { accepted, rejected } from '../schema.fixture.js';

class Circle {
  @IsInt()
  radius!: number;
}

describe('a collection', () => {
  it('becomes the Set or Map that the class declares', async () => {
    @HotConfigSchema('typed')
    class Typed {
      @IsString({ each: true })
      @Type(() => String)
      hosts: Set<string> = new Set(['a']);

      @IsString({ each: true })
      @Type(() => String)
      labels!: Map<string, string>;
    }
    expect(await accepted(Typed, { hosts: ['x'], labels: { a: 'b' } })).toEqual({
      hosts: new Set(['x']),
      labels: new Map([['a', 'b']]),
    });
    const misshapen = ['hosts: must be a list', 'labels: must be an object'];
    expect(await rejected(Typed, { hosts: { a: 1 }, labels: ['x'] })).toEqual(misshapen);
    expect(await rejected(Typed, { hosts: 'x', labels: 'x' })).toEqual(misshapen);
    expect(await rejected(Typed, { labels: { a: { b: 'c' } } })).toEqual(['labels.a: must be a string']);
  });

  it('of collections holds instances, and the path of an invalid member is reported', async () => {
    @HotConfigSchema('grid')
    class Grid {
      @ValidateNested({ each: true })
      @Type(() => Circle)
      rows!: Circle[][];
    }
    const { rows } = await accepted(Grid, { rows: [[{ radius: 1 }], [{ radius: 2 }, { radius: 3 }]] });
    expect(rows[1]?.[1]).toBeInstanceOf(Circle);
    expect(await rejected(Grid, { rows: [[{ radius: 1 }, { radius: 'x', side: 1 }], ['x']] })).toEqual([
      'rows.0.1.radius: must be an integer number',
      'rows.0.1.side: unknown key "side"; known here: "radius"',
      'rows.1.0: must be an object',
    ]);
  });

  it('that is a Map of Maps is rejected with a form that works', async () => {
    @HotConfigSchema('map-of-maps')
    class Regions {
      @ValidateNested({ each: true })
      @Type(() => Circle)
      regions!: Map<string, Map<string, Circle>>;
    }
    expect(await rejected(Regions, { regions: { eu: { development: { radius: 1 } } } })).toEqual([
      'regions.eu.development: unknown key "development"; known here: "radius"; class-transformer makes no Map in a Map: for one, make a class for the members, with a Map in it, or use @Transform',
      'regions.eu.radius: is missing',
    ]);
  });

  it('that is a Map of Maps works with a @Transform', async () => {
    @HotConfigSchema('made-map-of-maps')
    class Regions {
      @ValidateNested({ each: true })
      @Transform(
        ({ value }: { value: Record<string, object> }) =>
          new Map(
            Object.entries(value).map(([name, circles]) => [
              name,
              new Map(Object.entries(circles).map(([key, circle]) => [key, plainToInstance(Circle, circle)])),
            ]),
          ),
      )
      regions!: Map<string, Map<string, Circle>>;
    }
    const { regions } = await accepted(Regions, { regions: { eu: { a: { radius: 1 } } } });
    expect(regions.get('eu')?.get('a')).toBeInstanceOf(Circle);
    expect(await rejected(Regions, { regions: { eu: { a: { radius: 'x' } } } })).toEqual([
      'regions.eu.a.radius: must be an integer number',
    ]);
  });

  it('that is a Map of instances, and whose type the compiler erased, is rejected with the declaration to use', async () => {
    @HotConfigSchema('erased-map')
    class Erased {
      @IsOptional()
      @ValidateNested()
      @Type(() => Circle)
      circles?: Map<string, Circle> | undefined;
    }
    expect(await rejected(Erased, { circles: { a: { radius: 1 } } })).toEqual([
      'circles.a: unknown key "a"; known here: "radius"; for a Map declare the property as Map, without "| undefined"',
      'circles.radius: is missing',
    ]);
  });
});

describe('a value that a @Transform creates', () => {
  class Header {
    @IsString()
    name!: string;
  }
  const headers = ({ value }: { value: unknown[] }): unknown[] =>
    value.map((one) => (typeof one === 'string' ? one : plainToInstance(Header, one)));

  @HotConfigSchema('headers')
  class Headers {
    @IsArray()
    @Transform(headers)
    headers!: (string | Header)[];
  }

  it('may be a list of texts and instances, whose rules apply without @ValidateNested', async () => {
    const value = (await accepted(Headers, { headers: ['a', { name: 'b' }] })).headers;
    expect(value).toEqual(['a', { name: 'b' }]);
    expect(value[1]).toBeInstanceOf(Header);
    expect(await rejected(Headers, { headers: ['a', { name: 5 }, { name: 'c', unexpected: 1 }] })).toEqual([
      'headers.1.name: must be a string',
      'headers.2.unexpected: unknown key "unexpected"; known here: "name"',
    ]);
  });

  it('has objects only where @ValidateNested says so', async () => {
    @HotConfigSchema('wrapped')
    class Wrapped {
      @IsArray()
      @ValidateNested({ each: true })
      @Type(() => Header)
      @Transform(({ value }: { value: Header | Header[] }) => [value].flat())
      headers!: Header[];
    }
    expect((await accepted(Wrapped, { headers: { name: 'a' } })).headers).toEqual([{ name: 'a' }]);
    const advice =
      'must be an object after its @Transform; where other members are allowed, leave @ValidateNested() out: ' +
      'instances of config classes are checked all the same';
    expect(await rejected(Wrapped, { headers: 'x' })).toEqual([`headers.0: ${advice}`]);
    expect(await rejected(Wrapped, { headers: [{ name: 'a' }, 'y'] })).toEqual([`headers.1: ${advice}`]);
  });

  it('may be an instance of a class from outside of the config', async () => {
    @HotConfigSchema('dated')
    class Dated {
      @Allow()
      @Transform(({ value }: { value: string }) => DateTime.fromISO(value, { zone: 'utc' }))
      since!: DateTime;
    }
    expect((await accepted(Dated, { since: '2026-01-02' })).since.year).toBe(2026);
  });

  it('may be of another kind than the document, and leave keys out', async () => {
    @HotConfigSchema('made')
    class Made {
      @IsString({ each: true })
      @Transform(({ value }: { value: Record<string, string> }) => Object.keys(value))
      names!: string[];

      @ValidateNested()
      @Transform(({ value }: { value: { size: number } }) => plainToInstance(Circle, { radius: value.size }))
      circle!: Circle;
    }
    expect(await accepted(Made, { names: { a: 'x', b: 'y' }, circle: { size: 2 } })).toEqual({
      names: ['a', 'b'],
      circle: { radius: 2 },
    });
  });

  it('is rejected when it is a plain object to which rules apply', async () => {
    @HotConfigSchema('plain-made')
    class Made {
      @IsOptional()
      @Transform(({ value }) => ({ ...(value as object) }))
      @ValidateNested()
      circle?: Circle;

      @IsOptional()
      @Transform(({ value }) => ({ a: plainToInstance(Circle, value) }))
      @ValidateNested()
      byName?: Record<string, Circle>;
    }
    const why =
      'cannot be checked: a plain object stands here; let the @Transform or default that makes it make an instance of its class, in a list or Map if there are several';
    expect(await rejected(Made, { circle: { radius: 1 } })).toEqual([`circle: ${why}`]);
    expect(await rejected(Made, { byName: { radius: 1 } })).toEqual([`byName: ${why}`]);
  });
});

it('a record of objects of a class is rejected when a list was declared', async () => {
  @HotConfigSchema('dictionary')
  class Dictionary {
    @IsObject()
    @ValidateNested()
    @Type(() => Circle)
    shapes!: Record<string, Circle>;
  }
  expect(await rejected(Dictionary, { shapes: { a: { radius: 1 } } })).toEqual([
    'shapes.a: unknown key "a"; known here: "radius"; for a Map declare the property as Map, without "| undefined"',
    'shapes.radius: is missing',
  ]);
});

describe('a key that class-transformer leaves out', () => {
  @Exclude()
  class Exposing {
    @Expose()
    @IsString()
    name!: string;

    @IsOptional()
    @IsString()
    hidden?: string;
  }

  @HotConfigSchema('left-out')
  class LeftOut {
    @IsOptional()
    @ValidateNested()
    @Type(() => Exposing)
    exposing?: Exposing;

    @Exclude()
    @IsString()
    excluded = 'x';

    @IsOptional()
    @Expose({ groups: ['admin'] })
    @IsString()
    grouped?: string;

    @IsOptional()
    @Expose({ name: 'other_name' })
    @IsString()
    renamed?: string;

    @IsOptional()
    @Exclude({ toPlainOnly: true })
    @Expose({ name: 'one_way' })
    @IsString()
    oneWay?: string;

    @IsOptional()
    @Sensitive()
    @ValidateNested()
    @Type(() => Exposing)
    secret?: Exposing;
  }

  const LEFT_OUT = 'cannot be set: @Exclude() or the groups of @Expose() leave it out';
  it.each<[PlainObject, string]>([
    [{ exposing: { name: 'a', hiden: 'x' } }, 'exposing.hiden: unknown key "hiden"; known here: "name"'],
    [{ exposing: { name: 'a', hidden: 'x' } }, `exposing.hidden: ${LEFT_OUT}`],
    [{ excluded: 'y' }, `excluded: ${LEFT_OUT}`],
    [{ grouped: 'y' }, `grouped: ${LEFT_OUT}`],
    [
      { exposing: { name: 'a', 'url:postgres://a:b@c': null } },
      'exposing.‹key›: unknown key, not shown because it may hold a value; known here: "name"',
    ],
  ])('is rejected when the document sets it: %j', async (document, issue) => {
    expect(await rejected(LeftOut, document)).toEqual([issue]);
  });

  it('is accepted when it only has another name in the instance', async () => {
    const document: PlainObject = { other_name: 'a', one_way: 'b', exposing: { name: 'x' } };
    expect(await accepted(LeftOut, document)).toEqual({
      excluded: 'x',
      renamed: 'a',
      oneWay: 'b',
      exposing: { name: 'x' },
    });
  });
});

it('a path has a backslash before a dot that belongs to a key', async () => {
  @HotConfigSchema('dotted')
  class Dotted {
    @ValidateNested()
    @Type(() => ReplicaConfig)
    byHost!: Map<string, ReplicaConfig>;

    @ValidateNested()
    @Type(() => LoggingConfig)
    logging = new LoggingConfig();
  }
  expect(await rejected(Dotted, { byHost: { 'db.example': { host: 1 } } })).toEqual([
    'byHost.db\\.example.host: must be a string',
  ]);
});
