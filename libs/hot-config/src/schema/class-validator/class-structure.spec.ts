import { Exclude, Expose, plainToInstance, Transform, Type } from 'class-transformer';
import * as validator from 'class-validator';
import {
  Allow,
  IsArray,
  IsDefined,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import type { PlainObject } from '../../contract/index.js';
import { HotConfigSchema, Sensitive } from '../index.js';
import { accepted, LoggingConfig, refused, ReplicaConfig } from '../schema.fixture.js';

class Circle {
  @IsInt()
  radius!: number;
}

class Square {
  @IsInt()
  side!: number;
}

describe('a class with rules that nothing applies, as @ValidateNested is missing', () => {
  @HotConfigSchema('forgotten')
  class Forgotten {
    @IsOptional()
    @IsArray()
    @Type(() => ReplicaConfig)
    list?: ReplicaConfig[];

    @IsOptional()
    @IsDefined()
    @Type(() => ReplicaConfig)
    one?: ReplicaConfig;

    @IsOptional()
    @IsObject()
    untyped?: ReplicaConfig;

    @IsOptional()
    @Allow()
    @Transform(({ value }) => plainToInstance(ReplicaConfig, value))
    made?: unknown;

    @Type(() => LoggingConfig)
    initial: unknown = new LoggingConfig();
  }

  it.each<[string, PlainObject]>([
    ['list', { list: [{ hst: 1, pasword: 5 }, 'q'] }],
    ['list', { list: ['q'] }],
    ['list', { list: [] }],
    ['one', { one: 'a string' }],
    ['one', { one: { host: 5 } }],
    ['untyped', { untyped: { host: 5 } }],
    ['made', { made: { host: 5 } }],
  ])('is refused in %s: %j', async (name, document) => {
    expect(await refused(Forgotten, document)).toEqual([
      `${name}: cannot be checked: ReplicaConfig has validation rules; add @ValidateNested()`,
    ]);
  });

  it('is refused in a property without any rule that the document sets', async () => {
    expect(await refused(Forgotten, { initial: { level: 'LOUD' } })).toEqual([
      'initial: cannot be checked: LoggingConfig has validation rules; add @ValidateNested()',
    ]);
  });

  it('is no problem where there is nothing to check', async () => {
    expect(await accepted(Forgotten, { one: null })).toMatchObject({ one: null });
  });
});

describe('a plain object where an instance belongs', () => {
  it('names what the discriminator may be', async () => {
    @HotConfigSchema('shapes')
    class Shapes {
      @IsArray()
      @ValidateNested({ each: true })
      @Type(() => Object, {
        discriminator: {
          property: 'kind',
          subTypes: [
            { name: 'circle', value: Circle },
            { name: 'square', value: Square },
          ],
        },
      })
      shapes: (Circle | Square)[] = [{ radius: 1 }];
    }
    const document: PlainObject = {
      shapes: [{ kind: 'square', side: 1 }, { kind: 'oval', radius: 1 }, { side: 1 }],
    };
    expect(await refused(Shapes, document)).toEqual([
      'shapes.1: cannot be checked: "kind" must be one of "circle", "square"',
      'shapes.2: cannot be checked: "kind" must be one of "circle", "square"',
    ]);
    expect(await refused(Shapes, {})).toEqual([
      'shapes.0: cannot be checked: the default is a plain object; make it an instance of its class, as by Object.assign(new …(), { … })',
    ]);
  });

  it('tells that @Transform made it, and that a dictionary must be a Map', async () => {
    @HotConfigSchema('made')
    class Made {
      @IsOptional()
      @Transform(({ value }) => ({ ...(value as object) }))
      @ValidateNested()
      @Type(() => Circle)
      circle?: Circle;

      @IsOptional()
      @Transform(({ value }) => ({ a: plainToInstance(Circle, value) }))
      @ValidateNested()
      byName?: Record<string, Circle>;
    }
    expect(await refused(Made, { circle: { radius: 1 } })).toEqual([
      'circle: cannot be checked: @Transform made a plain object; let it make an instance of its class',
    ]);
    expect(await refused(Made, { byName: { radius: 1 } })).toEqual([
      'byName: cannot be checked: for a dictionary of objects declare a Map',
    ]);
  });

  it('is a dictionary where a list of objects is declared for it', async () => {
    @HotConfigSchema('dictionary')
    class Dictionary {
      @IsObject()
      @ValidateNested({ each: true })
      @Type(() => Circle)
      shapes!: Record<string, Circle>;
    }
    const advice = 'shapes: must be a list; for a dictionary of objects declare a Map';
    expect(await refused(Dictionary, { shapes: { a: { radius: 1 } } })).toEqual([advice]);
  });

  it('in place of a Map has no @Type', async () => {
    @HotConfigSchema('untyped-map')
    class UntypedMap {
      @ValidateNested()
      shapes!: Map<string, Circle>;
    }
    expect(await refused(UntypedMap, { shapes: { a: { radius: 1 } } })).toEqual([
      'shapes: cannot be made a Map: add @Type(() => …) to the property, with the class of its members',
    ]);
    expect(await refused(UntypedMap, { shapes: 'x' })).toEqual(['shapes: must be an object']);
  });
});

describe('a Set or a Map of texts', () => {
  it('is refused where class-transformer would put a list or an object in its place', async () => {
    @HotConfigSchema('untyped')
    class Untyped {
      @IsString({ each: true })
      hosts: Set<string> = new Set(['a']);

      @IsString({ each: true })
      labels: Map<string, string> = new Map();

      @IsString({ each: true })
      fixed: ReadonlySet<string> = new Set(['a']);

      @Transform(({ value }: { value: string | string[] }) => (value === 'auto' ? value : new Set(value)))
      @IsString({ each: true })
      either: 'auto' | Set<string> = new Set(['a']);

      @Allow()
      whatever: unknown = new Map();
    }
    expect((await accepted(Untyped, { either: 'auto' })).either).toBe('auto');
    expect((await accepted(Untyped, {})).hosts).toEqual(new Set(['a']));
    const advice = 'add @Type(() => …) to the property, with the class of its members';
    expect(await refused(Untyped, { hosts: ['x'], labels: { a: 'b' }, whatever: {} })).toEqual([
      `hosts: cannot be made a Set: ${advice}`,
      `labels: cannot be made a Map: ${advice}`,
    ]);
    expect(await refused(Untyped, { fixed: ['x'] })).toEqual([
      `fixed: cannot be made a Set: declare it as Set, and ${advice}`,
    ]);
    for (const name of ['labels', 'whatever']) Reflect.deleteMetadata('design:type', Untyped.prototype, name);
    expect(await refused(Untyped, { labels: { a: 'b' }, whatever: {} })).toEqual([
      `labels: cannot be made a Map: compile with "emitDecoratorMetadata", and ${advice}`,
    ]);
  });

  it('is made with @Type', async () => {
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
    expect(await refused(Typed, { hosts: { a: 1 }, labels: ['x'] })).toEqual(misshapen);
    expect(await refused(Typed, { hosts: 'x', labels: 'x' })).toEqual(misshapen);
  });
});

describe('a discriminator', () => {
  class Shape {
    @IsString()
    @IsOptional()
    title?: string;
  }
  class Round extends Shape {
    @IsInt()
    radius!: number;
  }
  const typed = Type(() => Shape, {
    discriminator: { property: 'kind', subTypes: [{ value: Round, name: 'round' }] },
  });

  @HotConfigSchema('shapes')
  class Shapes {
    @IsOptional()
    @ValidateNested()
    @typed
    one?: Shape;

    @IsOptional()
    @ValidateNested({ each: true })
    @typed
    list?: Shape[];

    @IsOptional()
    @ValidateNested()
    @typed
    map?: Map<string, Shape>;
  }

  it('that stands for no class is refused, though its base class would do', async () => {
    const advice = 'cannot be checked: "kind" must be one of "round"';
    const document: PlainObject = {
      one: { kind: 'ruond' },
      list: [
        { kind: 'round', radius: 1 },
        { kind: 5, title: 'x' },
      ],
    };
    expect(await refused(Shapes, document)).toEqual([`list.1: ${advice}`, `one: ${advice}`]);
    expect((await accepted(Shapes, { one: { kind: 'round', radius: 1 } })).one).toEqual({ radius: 1 });
    expect((await accepted(Shapes, { one: { title: 'x' } })).one).toEqual({ title: 'x' });
  });

  it('is not asked for where a @Transform makes what it wants of the document', async () => {
    @HotConfigSchema('transformed-shapes')
    class TransformedShapes {
      @Transform(({ value }: { value: unknown[] }) => value.filter((one) => one instanceof Round))
      @ValidateNested({ each: true })
      @typed
      list!: Shape[];
    }
    const document: PlainObject = { list: [{ kind: 'future' }, { kind: 'round', radius: 2 }] };
    expect(await accepted(TransformedShapes, document)).toEqual({ list: [{ radius: 2 }] });
  });

  it('in a Map is refused: class-transformer does not look at it there', async () => {
    expect(await refused(Shapes, { map: { a: { kind: 'round', radius: 1 } } })).toEqual([
      'map: cannot be checked: a discriminator has no effect in a Map; declare a list',
    ]);
  });
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
    @Sensitive()
    @ValidateNested()
    @Type(() => Exposing)
    secret?: Exposing;

    @IsOptional()
    @Transform(({ value }) => plainToInstance(Circle, { radius: (value as { size: number }).size }))
    @ValidateNested()
    circle?: Circle;
  }

  it.each<[PlainObject, string]>([
    [{ exposing: { name: 'a', hiden: 'x' } }, 'exposing.hiden: unknown key "hiden"; known here: "name"'],
    [
      { exposing: { name: 'a', hidden: 'x' } },
      'exposing.hidden: cannot be set: @Exclude() or the groups of @Expose() leave it out',
    ],
    [{ excluded: 'y' }, 'excluded: cannot be set: @Exclude() or the groups of @Expose() leave it out'],
    [{ grouped: 'y' }, 'grouped: cannot be set: @Exclude() or the groups of @Expose() leave it out'],
    [
      { secret: { name: 'a', hunter2: 'x' } },
      'secret.‹key›: unknown key, not shown because it may hold a value; known here: "name"',
    ],
    [
      { exposing: { name: 'a', 'url:postgres://a:b@c': null } },
      'exposing.‹key›: unknown key, not shown because it may hold a value; known here: "name"',
    ],
  ])('is refused: %j', async (document, problem) => {
    expect(await refused(LeftOut, document)).toEqual([problem]);
  });

  it('is none that has another name in the instance, or that a @Transform takes', async () => {
    expect(
      await accepted(LeftOut, { other_name: 'a', circle: { size: 2 }, exposing: { name: 'x' } }),
    ).toEqual({ excluded: 'x', renamed: 'a', circle: { radius: 2 }, exposing: { name: 'x' } });
  });

  it('is only told from a renamed one when what class-transformer knows can be had', () => {
    const instance = plainToInstance(LeftOut, { other_name: 'a' });
    const bench = { rules: new ClassRules(validator), unknownKeys: 'reject' } as const;
    const problems = (document: PlainObject): unknown =>
      structureProblems(instance, document, { ...bench, transforms: new TransformRules(undefined) });
    expect(problems({ other_name: 'a', excluded: 'y' })).toEqual([]);
    expect(problems({ toString: 'a' })).toMatchObject([{ at: ['toString'] }]);
  });
});
