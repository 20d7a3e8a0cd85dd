import 'reflect-metadata';
import { Transform, Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsOptional, IsString, Matches, ValidateNested } from 'class-validator';
import type { PlainObject } from '../../contract/index.js';
import { HotConfigSchema, Sensitive } from '../index.js';
import { accepted, rejected } from '../schema.fixture.js';

abstract class Shape {
  @IsString()
  @IsOptional()
  title?: string;
}

class Round extends Shape {
  @IsInt()
  radius!: number;
}

class Square extends Shape {
  @IsInt()
  side!: number;
}

const typed = Type(() => Shape, {
  discriminator: {
    property: 'kind',
    subTypes: [
      { value: Round, name: 'round' },
      { value: Square, name: 'square' },
    ],
  },
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
}

describe('an object whose class depends on a discriminator', () => {
  it('becomes an instance of that class', async () => {
    const { one, list } = await accepted(Shapes, {
      one: { kind: 'square', side: 1 },
      list: [{ kind: 'round', radius: 2 }],
    });
    expect([one?.constructor, list?.[0]?.constructor]).toEqual([Square, Round]);
  });

  it.each<[string, PlainObject, string]>([
    ['missing', { title: 'x' }, '"kind" is missing, which tells the type'],
    ['misspelt', { kind: 'ruond', radius: 1 }, '"kind" names no type'],
    ['no text', { kind: 5 }, '"kind" names no type'],
  ])(
    'is rejected when the discriminator is %s, and never served as the abstract base class',
    async (_how, shape, why) => {
      const [one] = await rejected(Shapes, { one: shape });
      expect(one).toMatch(new RegExp(`^one: ${why}`));
      const document = { list: [{ kind: 'round', radius: 1 }, { kind: 'square', side: 1 }, shape] };
      expect(await rejected(Shapes, document)).toEqual([`list.2: ${why}; known: "round", "square"`]);
    },
  );

  it('has its type names listed where a rule about the discriminator lists them', async () => {
    abstract class Store {
      @IsIn(['disk', 'bucket'])
      type!: string;
    }
    class Disk extends Store {}
    class Bucket extends Store {}
    @HotConfigSchema('stores')
    class Stores {
      @ValidateNested()
      @Type(() => Store, {
        keepDiscriminatorProperty: true,
        discriminator: {
          property: 'type',
          subTypes: [
            { value: Disk, name: 'disk' },
            { value: Bucket, name: 'bucket' },
          ],
        },
      })
      store!: Store;
    }
    expect((await accepted(Stores, { store: { type: 'disk' } })).store).toBeInstanceOf(Disk);
    expect(await rejected(Stores, { store: {} })).toEqual([
      'store: "type" is missing, which tells the type; known: "disk", "bucket"',
    ]);
  });

  it('may be of the base class when the base class has a type name', async () => {
    class Base {
      @IsInt()
      size!: number;
    }
    @HotConfigSchema('based')
    class Based {
      @ValidateNested()
      @Type(() => Base, {
        discriminator: { property: 'kind', subTypes: [{ value: Base, name: 'base' }] },
      })
      part!: Base;
    }
    expect((await accepted(Based, { part: { kind: 'base', size: 1 } })).part).toEqual({ size: 1 });
    expect(await rejected(Based, { part: { kind: 'bse', size: 1 } })).toEqual([
      'part: "kind" names no type; known: "base"',
    ]);
  });

  it('is created also when @Type names Object for it', async () => {
    @HotConfigSchema('object-shapes')
    class ObjectShapes {
      @IsArray()
      @ValidateNested({ each: true })
      @Type(() => Object, {
        discriminator: { property: 'kind', subTypes: [{ name: 'square', value: Square }] },
      })
      shapes!: Square[];
    }
    expect(
      await rejected(ObjectShapes, {
        shapes: [{ kind: 'square', side: 1 }, { kind: 'oval', radius: 1 }, { side: 1 }],
      }),
    ).toEqual([
      'shapes.1: "kind" names no type; known: "square"',
      'shapes.2: "kind" is missing, which tells the type; known: "square"',
    ]);
  });

  it('needs no discriminator where a @Transform creates the value from the document', async () => {
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
});

describe('@Sensitive in a class that only the document chooses', () => {
  class Channel {
    @IsString()
    type!: string;
  }
  class Sms extends Channel {
    @Sensitive()
    @Matches(/^sk_/, { message: 'the token $value must begin with sk_' })
    token!: string;
  }
  const kinds: Record<string, typeof Channel> = { sms: Sms };

  @HotConfigSchema('channels')
  class Channels {
    @IsOptional()
    @ValidateNested({ each: true })
    @Type(() => Channel, {
      keepDiscriminatorProperty: true,
      discriminator: { property: 'type', subTypes: [{ value: Sms, name: 'sms' }] },
    })
    channels?: Channel[];

    @IsOptional()
    @IsString()
    kind?: string;

    @IsOptional()
    @ValidateNested()
    @Type((options) => kinds[String(options?.object['kind'])] as typeof Channel)
    main?: Channel;
  }

  it.each<[string, PlainObject]>([
    ['a discriminator', { channels: [{ type: 'sms', token: 'hunter2-new' }] }],
    ['a @Type that looks at another key', { kind: 'sms', main: { type: 'x', token: 'hunter2-new' } }],
  ])('hides the value when the document is rejected: %s', async (_how, document) => {
    const [issue] = await rejected(Channels, document);
    expect(issue).toMatch(/token: is not valid; the value is sensitive/);
  });
});

it('an instance as the default is accepted without the key that tells the class', async () => {
  class Dog extends Shape {}
  @HotConfigSchema('owner')
  class Owner {
    @ValidateNested()
    @Type(() => Shape, { discriminator: { property: 'kind', subTypes: [{ value: Dog, name: 'dog' }] } })
    pet: Shape = new Dog();
  }
  expect((await accepted(Owner, {})).pet).toBeInstanceOf(Dog);
});
