import 'reflect-metadata';
import { Expose, plainToInstance, Transform, Type } from 'class-transformer';
import {
  Allow,
  IsArray,
  IsDefined,
  IsIn,
  IsInstance,
  IsObject,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import ts from 'typescript';
import { HotConfigSchema, Sensitive } from '../index.js';
import { LoggingConfig, ReplicaConfig } from '../schema.fixture.js';
import { accepted, problemsAtStart, rejected } from '../schema.fixture.js';

class Circle {
  @IsIn([1, 2])
  radius!: number;
}

describe('an invalid class makes startup fail', () => {
  it('with one message that lists every problem and how to write each property', async () => {
    class Nested {
      @Sensitive()
      password?: string;
    }
    @HotConfigSchema('invalid')
    class Invalid {
      @IsString()
      name = 'x';

      plain = 1;
      never?: string;

      @ValidateNested()
      @Type(() => Nested)
      nested!: Nested;

      @IsDefined()
      @Type(() => Circle)
      circle!: Circle;

      @ValidateNested()
      logging!: LoggingConfig;
    }
    expect(await problemsAtStart(Invalid)).toEqual([
      'Invalid.circle: Circle has validation rules; add @ValidateNested()',
      'Invalid.logging: nothing says which class @ValidateNested() checks; add @Type(() => …)',
      'Invalid.never: no validation decorator checks it; give it one, @Allow() at least',
      'Invalid.plain: no validation decorator checks it; give it one, @Allow() at least',
      'Nested.password: no validation decorator checks it; give it one, @Allow() at least',
    ]);
  });

  it('when it has no rule at all', async () => {
    @HotConfigSchema('empty')
    class Empty {}
    expect(await problemsAtStart(Empty)).toEqual(['the class Empty has no validation decorator']);
  });

  it('when a nested class has no rule at all', async () => {
    class Bare {}
    @HotConfigSchema('nested-bare')
    class Holder {
      @ValidateNested()
      @Type(() => Bare)
      bare!: Bare;
    }
    expect(await problemsAtStart(Holder)).toEqual([
      'Holder.bare: the class Bare has no validation decorator',
    ]);
  });

  it('only for properties, and not for a method, an arrow function, or a property that @IsInstance or a @Transform covers', async () => {
    @HotConfigSchema('valid')
    class Valid {
      @IsString()
      name = 'x';

      act = (): string => this.name;

      @IsOptional()
      @IsInstance(Circle)
      @Transform(({ value }: { value: { size: 1 | 2 } }) => plainToInstance(Circle, { radius: value.size }))
      circle?: Circle;
    }
    const value = await accepted(Valid, { circle: { size: 2 } });
    expect(value.act()).toBe('x');
    expect(value.circle).toEqual({ radius: 2 });
  });

  it('only where unknown keys are rejected, when a property has no rule', async () => {
    @HotConfigSchema('lenient', { unknownKeys: 'allow' })
    class Lenient {
      @IsString()
      name = 'x';
      plain = 1;
    }
    expect(await accepted(Lenient, { unexpected: 1 })).toEqual({ name: 'x', plain: 1 });
  });
});

describe('a class whose rules are not applied because @ValidateNested is missing', () => {
  it('makes startup fail, however the property leads to it', async () => {
    @HotConfigSchema('forgotten')
    class Forgotten {
      @IsArray()
      @Type(() => ReplicaConfig)
      list!: ReplicaConfig[];

      @IsObject()
      untyped!: ReplicaConfig;

      @Allow()
      @Transform(({ value }) => plainToInstance(ReplicaConfig, value))
      made!: unknown;

      @Allow()
      @Type(() => ReplicaConfig)
      map!: Map<string, ReplicaConfig>;

      @Expose({ name: 'other_name' })
      @Allow()
      @Type(() => LoggingConfig)
      renamed = new LoggingConfig();
    }
    expect(await problemsAtStart(Forgotten)).toEqual([
      'Forgotten.list: ReplicaConfig has validation rules; add @ValidateNested()',
      'Forgotten.made: ReplicaConfig has validation rules; add @ValidateNested()',
      'Forgotten.map: ReplicaConfig has validation rules; add @ValidateNested()',
      'Forgotten.renamed: LoggingConfig has validation rules; add @ValidateNested()',
      'Forgotten.untyped: ReplicaConfig has validation rules; add @ValidateNested()',
    ]);
  });

  it('is reported for a document when only a discriminator leads to it', async () => {
    class Shape {
      @IsOptional()
      @IsString()
      title?: string;
    }
    class Round extends Shape {
      @IsDefined()
      @Type(() => Circle)
      circle!: Circle;
    }
    @HotConfigSchema('discriminated')
    class Discriminated {
      @ValidateNested()
      @Type(() => Shape, {
        discriminator: { property: 'kind', subTypes: [{ name: 'round', value: Round }] },
      })
      shape!: Shape;
    }
    expect(await rejected(Discriminated, { shape: { kind: 'round', circle: { radius: 1 } } })).toEqual([
      'shape: cannot be checked: Round.circle: Circle has validation rules; add @ValidateNested()',
    ]);
  });
});

const ADD_TYPE = 'add @Type(() => …) with the class of its members';

describe('a Set or a Map that class-transformer cannot create', () => {
  it('makes startup fail where @Type or the declared type is missing', async () => {
    @HotConfigSchema('untyped')
    class Untyped {
      @IsString({ each: true })
      hosts: Set<string> = new Set(['a']);

      @IsString({ each: true })
      labels: Map<string, string> = new Map();

      @IsString({ each: true })
      fixed: ReadonlySet<string> = new Set(['a']);

      @ValidateNested()
      shapes!: Map<string, Circle>;

      @Transform(({ value }: { value: string | string[] }) => (value === 'auto' ? value : new Set(value)))
      @IsString({ each: true })
      either: 'auto' | Set<string> = new Set(['a']);

      @Allow()
      whatever: unknown = new Map();
    }
    expect(await problemsAtStart(Untyped)).toEqual([
      `Untyped.fixed: it cannot be made a Set: declare it as Set, without "| undefined", and ${ADD_TYPE}`,
      `Untyped.hosts: it cannot be made a Set: ${ADD_TYPE}`,
      `Untyped.labels: it cannot be made a Map: ${ADD_TYPE}`,
      `Untyped.shapes: it cannot be made a Map: ${ADD_TYPE}`,
    ]);
  });

  it('is created where a @Transform does so, also next to another type', async () => {
    @HotConfigSchema('either')
    class Either {
      @Transform(({ value }: { value: string | string[] }) => (value === 'auto' ? value : new Set(value)))
      @IsString({ each: true })
      either: 'auto' | Set<string> = new Set(['a']);
    }
    expect((await accepted(Either, { either: 'auto' })).either).toBe('auto');
    expect((await accepted(Either, { either: ['x'] })).either).toEqual(new Set(['x']));
    expect((await accepted(Either, {})).either).toEqual(new Set(['a']));
  });
});

describe('a collection whose type the compiler has erased', () => {
  const WHICH =
    'the compiler left no type that tells whether it is a list, a Set or a Map; for a list add @IsArray(), for a Set or Map declare it as one without "| undefined" or "| null", compile with "emitDecoratorMetadata" and add @Type(() => …)';

  it('makes startup fail, since nobody can know whether it is a list, a Set or a Map', async () => {
    // SWC writes `Object` as the type of each of these properties.
    @HotConfigSchema('erased')
    class Erased {
      @IsOptional()
      @IsString({ each: true })
      @Type(() => String)
      tags?: Set<string> | undefined;

      @IsOptional()
      @IsString({ each: true })
      @Type(() => String)
      labels?: Map<string, string> | undefined;

      @IsOptional()
      @ValidateNested({ each: true })
      @Type(() => Circle)
      circles?: Map<string, Circle> | undefined;
    }
    expect(await problemsAtStart(Erased)).toEqual(
      ['circles', 'labels', 'tags'].map((name) => `Erased.${name}: ${WHICH}`),
    );
  });

  it('is read as a list when a rule about arrays applies to it', async () => {
    @HotConfigSchema('erased-list')
    class Erased {
      @IsOptional()
      @IsArray()
      @IsString({ each: true })
      tags?: string[] | undefined;
    }
    expect(await accepted(Erased, { tags: ['a'] })).toEqual({ tags: ['a'] });
    expect(await rejected(Erased, { tags: { a: 'b' } })).toEqual([
      'tags: each value in tags must be a string',
      'tags: must be an array',
    ]);
  });

  it('is known by its default', async () => {
    @HotConfigSchema('erased-default')
    class Erased {
      @IsString({ each: true })
      tags: string[] | undefined = [];
    }
    expect(await accepted(Erased, { tags: ['a'] })).toEqual({ tags: ['a'] });
    expect(await rejected(Erased, { tags: 'a' })).toEqual(['tags: must be a list']);
  });

  it.each([true, false])(
    'is reported the same way when tsc compiles the class, strict: %p',
    async (strict) => {
      const source = `
      const { IsOptional, IsString } = validator;
      const { Type } = transformer;
      class Compiled {
        @IsOptional() @IsString({ each: true }) @Type(() => String) tags?: Set<string> | undefined;
        @IsOptional() @IsString({ each: true }) @Type(() => String) labels?: Map<string, string> | undefined;
      }
      module.exports = Compiled;`;
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.CommonJS,
          experimentalDecorators: true,
          emitDecoratorMetadata: true,
          strict,
        },
      });
      const module: { exports: unknown } = { exports: undefined };
      // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- as a module loader does
      new Function('module', 'validator', 'transformer', outputText)(
        module,
        await import('class-validator'),
        await import('class-transformer'),
      );
      const Compiled = module.exports as new () => object;
      HotConfigSchema('compiled')(Compiled);
      // tsc without `strict` keeps the type of a union with undefined.
      if (strict)
        return expect(await problemsAtStart(Compiled)).toEqual(
          ['labels', 'tags'].map((name) => `Compiled.${name}: ${WHICH}`),
        );
      expect(await accepted(Compiled, { tags: ['a'], labels: { a: 'b' } })).toEqual({
        tags: new Set(['a']),
        labels: new Map([['a', 'b']]),
      });
    },
  );
});

it('a discriminator in a Map makes startup fail, because class-transformer does not look at it there', async () => {
  class Shape {
    @IsString()
    title!: string;
  }
  @HotConfigSchema('discriminated-map')
  class Shapes {
    @ValidateNested()
    @Type(() => Shape, { discriminator: { property: 'kind', subTypes: [{ value: Shape, name: 'round' }] } })
    map!: Map<string, Shape>;
  }
  expect(await problemsAtStart(Shapes)).toEqual([
    'Shapes.map: a discriminator has no effect in a Map; declare a list',
  ]);
});
