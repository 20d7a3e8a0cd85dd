import 'reflect-metadata';
import * as transformer from 'class-transformer';
import { Exclude, Expose, plainToInstance, Transform, Type } from 'class-transformer';
import { type Access, AccessRecorder } from './access-recorder.js';
import { type Making, makingOf } from './probe.js';

class Part {
  a = 1;
}

class OtherPart extends Part {}

const TYPES: Record<string, typeof Part> = { other: OtherPart };

const PLAIN: Making = {
  isLeftOut: false,
  isTransformed: false,
  converted: undefined,
  ofList: 'list',
  ofMapping: 'object',
  type: undefined,
  discriminator: undefined,
};

function accessTo(type: new () => object): Access | undefined {
  return new AccessRecorder(transformer, type).of(['property']).get('property');
}

/** The effects of the decorators of a property, as the probe finds them. */
function found(declared: unknown, ...decorators: PropertyDecorator[]): Making {
  class Holder {
    property: unknown;
  }
  Reflect.defineMetadata('design:type', declared, Holder.prototype, 'property');
  for (const decorator of decorators) decorator(Holder.prototype, 'property');
  return makingOf(transformer, Holder, 'property', accessTo(Holder)?.key ?? 'property');
}

describe('small documents show the decorators of a property:', () => {
  it.each<[string, unknown, PropertyDecorator[], Partial<Making>]>([
    ['no decorator', Object, [], {}],
    ['a new name', Object, [Expose({ name: 'other' })], {}],
    ['a class', Part, [Type(() => Part)], { type: Part }],
    ['a class of the members of a list', Array, [Type(() => Part)], { type: Part }],
    ['a Set', Set, [Type(() => Part)], { type: Part, ofList: 'set' }],
    ['a Map', Map, [Type(() => Part)], { type: Part, ofMapping: 'map' }],
    ['a Map of texts', Map, [Type(() => String)], { converted: 'string', ofMapping: 'map' }],
    ['texts', String, [Type(() => String)], { converted: 'string', ofMapping: undefined }],
    ['numbers', Number, [Type(() => Number)], { converted: 'number', ofMapping: undefined }],
    ['truth values', Boolean, [Type(() => Boolean)], { converted: 'boolean', ofMapping: undefined }],
    [
      'a discriminator',
      Part,
      [
        Type(() => Part, {
          discriminator: { property: 'kind', subTypes: [{ name: 'o', value: OtherPart }] },
        }),
      ],
      { type: Part, discriminator: 'kind' },
    ],
    ['a property that @Exclude leaves out', Object, [Exclude()], { isLeftOut: true }],
    ['a property that groups leave out', Object, [Expose({ groups: ['a'] })], { isLeftOut: true }],
  ])('%s', (_what, declared, decorators, making) => {
    const { isLeftOut, ...rest } = found(declared, ...decorators);
    expect(isLeftOut).toBe(making.isLeftOut ?? false);
    if (!isLeftOut) expect({ isLeftOut, ...rest }).toEqual({ ...PLAIN, ...making });
  });

  it.each<[string, (args: { value: never; obj: never }) => unknown]>([
    ['calls a method', ({ value }) => (value as string).trim()],
    ['iterates over the value', ({ value }) => new Set(value as string[])],
    ['ignores the value', () => 5],
    ['reads another key', ({ obj }) => (obj as { other: unknown }).other],
    ['compares the value', ({ value }) => value === 'true'],
    [
      'looks at texts only',
      ({ value }) => (typeof value === 'string' ? (value as string).split(' ') : value),
    ],
    ['looks at lists only', ({ value }) => (Array.isArray(value) ? new Map() : value)],
    ['reads a key of the value', ({ value }) => (typeof value === 'object' ? value['a'] : value)],
    ['throws', () => JSON.parse('{') as unknown],
  ])('a @Transform that %s', (_how, transform) => {
    expect(found(Object, Transform(transform as never))).toMatchObject({ isTransformed: true });
  });

  it('a @Transform that does the work of @Type looks like @Type', () => {
    expect(
      found(
        Object,
        Transform(({ value }) => plainToInstance(Part, value)),
      ),
    ).toEqual(
      found(
        Object,
        Type(() => Part),
      ),
    );
  });

  it.each<[string, PropertyDecorator[], string]>([
    ['its own', [], 'property'],
    ['that of @Expose', [Expose({ name: 'other' })], 'other'],
    [
      'that of @Expose beside a @Transform',
      [Expose({ name: 'other' }), Transform(({ value }) => (value as string).trim())],
      'other',
    ],
    [
      'that of @Expose beside a @Transform that makes the same of many values',
      [Expose({ name: 'other' }), Transform(({ value }) => value === 'true')],
      'other',
    ],
    [
      'that of @Expose where documents are only read',
      [Expose({ name: 'other', toClassOnly: true }), Exclude({ toPlainOnly: true })],
      'other',
    ],
  ])('the name of a property in documents: %s', (_which, decorators, name) => {
    class Holder {
      @Expose()
      beside = 1;
      property: unknown;
    }
    for (const decorator of decorators) decorator(Holder.prototype, 'property');
    expect(accessTo(Holder)?.key).toBe(name);
  });

  it.each<[boolean, PropertyDecorator]>([
    [false, Type(() => Part)],
    [true, Type((options) => TYPES[String(options?.object['kind'])] as typeof Part)],
  ])('whether the function of a @Type looks at other keys is known: %s', (hasVaryingType, decorator) => {
    class Holder {
      @Expose()
      kind = '';
      property: unknown;
    }
    decorator(Holder.prototype, 'property');
    expect(accessTo(Holder)?.hasVaryingType).toBe(hasVaryingType);
  });
});
