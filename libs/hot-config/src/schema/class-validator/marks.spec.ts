import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { IsString, ValidateNested } from 'class-validator';
import { z } from 'zod';
import { HotConfigSetupError, type PlainObject } from '../../contract/index.js';
import { diffValues } from '../../engine/index.js';
import { maskOf, redact } from '../../redaction/index.js';
import { defineHotConfig, HotConfigSchema, requireDefinition, Sensitive } from '../index.js';
import { ReplicaConfig, shop, ShopConfig } from '../schema.fixture.js';
import { accepted } from '../schema.fixture.js';

const definition = requireDefinition(ShopConfig);
const document = shop({
  database: { url: 'postgres://a:b@c/d', replicas: [{ host: 'h', password: 'p' }] },
  mirrors: { east: { host: 'h', password: 'p' } },
});

describe('a path into a value of a class', () => {
  it.each([
    'database.url',
    'database.url.anything.below',
    'database.replicas.0.password',
    'mirrors.east.password',
  ])('is sensitive at a marked property: %s', async (path) => {
    expect(definition.isSensitive(await accepted(ShopConfig, document), path.split('.'))).toBe(true);
  });

  it.each([
    'name',
    'database',
    'database.pool',
    'database.replicas',
    'database.replicas.0.host',
    'mirrors.east',
    'nothing.here',
  ])('is not sensitive elsewhere: %s', async (path) => {
    expect(definition.isSensitive(await accepted(ShopConfig, document), path.split('.'))).toBe(false);
    expect(definition.isSensitive(undefined, path.split('.'))).toBe(false);
  });

  it('is sensitive by the declared types where the value has nothing', () => {
    expect(definition.isSensitive(undefined, ['database', 'url'])).toBe(true);
    expect(definition.isSensitive({}, ['database', 'url'])).toBe(true);
    expect(definition.isSensitive({ database: null }, ['database', 'url'])).toBe(true);
  });

  it('is sensitive also under the name in the document', async () => {
    @HotConfigSchema('renamed')
    class Renamed {
      @Sensitive()
      @Expose({ name: 'api_token' })
      @IsString()
      token!: string;
    }
    const value = await accepted(Renamed, { api_token: 'x' });
    const at = (of: object, name: string): boolean => requireDefinition(Renamed).isSensitive(of, [name]);
    expect([at(value, 'token'), at({ api_token: 'x' }, 'api_token'), at(value, 'other')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('is sensitive by the declared types also in lists and Maps of a document', () => {
    const at = (path: string): boolean => definition.isSensitive(document, path.split('.'));
    expect(['database.replicas.0.password', 'mirrors.east.password'].map(at)).toEqual([true, true]);
    expect(['database.replicas.0.host', 'mirrors.password', 'mirrors.east'].map(at)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('shows whether a value below it may be sensitive, as far as the declared types are known', async () => {
    await definition.check?.();
    const holds = (path: string): boolean => definition.holdsSensitive(path === '' ? [] : path.split('.'));
    expect(
      [
        '',
        'database',
        'database.url',
        'database.replicas',
        'database.replicas.0',
        'mirrors',
        'mirrors.east',
      ].map(holds),
    ).toEqual(Array(7).fill(true));
    expect(
      ['name', 'logging', 'database.pool', 'mirrors.east.host', 'nothing.here', 'tags'].map(holds),
    ).toEqual(Array(6).fill(false));
  });

  it('is sensitive in a class that inherits the mark, and the marks of a subclass do not affect the base class', () => {
    class Replica extends ReplicaConfig {
      @Sensitive()
      token = 'x';
    }
    const value = { database: { replicas: [new Replica(), new ReplicaConfig()] } };
    const at = (index: string, name: string): boolean =>
      definition.isSensitive(value, ['database', 'replicas', index, name]);
    expect([at('0', 'password'), at('0', 'token'), at('1', 'token')]).toEqual([true, true, false]);
  });
});

describe('a path into a value of a Standard Schema', () => {
  const secretive = defineHotConfig('secretive', z.looseObject({}), {
    sensitive: ['database.host', 'servers.*.password', '*.token'],
  });

  it.each([
    'database.host',
    'database.host.below',
    'servers.0.password',
    'servers.east.password',
    'any.token',
  ])('is sensitive at and below a declared path: %s', (path) =>
    expect(secretive.isSensitive({}, path.split('.'))).toBe(true),
  );

  it.each(['database', 'servers.0', 'servers.0.host', 'token', 'servers.a.b.password', ''])(
    'is not sensitive elsewhere: %p',
    (path) => expect(secretive.isSensitive({}, path.split('.'))).toBe(false),
  );
});

describe('a redacted value', () => {
  it('is plain, shows all values that are not sensitive, and has [redacted] for the rest', async () => {
    const plain = redact(definition, await accepted(ShopConfig, document));
    expect(plain).toStrictEqual({
      name: 'corner',
      database: { url: '[redacted]', pool: 10, replicas: [{ host: 'h', password: '[redacted]' }] },
      logging: { level: 'INFO', format: 'text' },
      mirrors: { east: { host: 'h', password: '[redacted]' } },
    });
  });

  it('can be written as JSON, whatever the schema created', () => {
    const round: Record<string, unknown> = { name: 'x' };
    round['self'] = round;
    const open = { isSensitive: () => false };
    const value = {
      at: new Date(0),
      never: new Date(Number.NaN),
      url: new URL('https://example.org/a'),
      pattern: /a+/,
      set: new Set([1]),
      map: new Map([[1, 'one']]),
      big: 10n,
      act: (): void => undefined,
      bytes: new Uint8Array(3),
      nothing: null,
      round,
    };
    const plain = redact(open, value);
    expect(plain).toStrictEqual({
      at: '1970-01-01T00:00:00.000Z',
      never: 'Invalid Date',
      url: 'https://example.org/a',
      pattern: '/a+/',
      set: [1],
      map: { 1: 'one' },
      big: '10',
      act: '[function]',
      bytes: '[3 bytes]',
      nothing: null,
      round: { name: 'x', self: '[circular]' },
    });
    expect(JSON.parse(JSON.stringify(plain))).toEqual(plain);
  });

  it('is only [redacted] when all of it is sensitive', () => {
    expect(redact({ isSensitive: () => true }, { a: 1 })).toBe('[redacted]');
  });
});

describe('a sensitive value in a Map or a Set', () => {
  @HotConfigSchema('collections')
  class Collections {
    @ValidateNested()
    @Type(() => ReplicaConfig)
    set!: Set<ReplicaConfig>;
    @ValidateNested()
    @Type(() => ReplicaConfig)
    map!: Map<string, ReplicaConfig>;
    @Sensitive()
    @IsString({ each: true })
    @Type(() => String)
    tokens!: Set<string>;
  }
  const ofClass = requireDefinition(Collections);
  const ofSchema = defineHotConfig(
    'collections',
    z.object({
      set: z.array(z.looseObject({})).transform((list) => new Set(list)),
      map: z.looseObject({}).transform((object) => new Map(Object.entries(object))),
      tokens: z.array(z.string()).transform((list) => new Set(list)),
    }),
    { sensitive: ['set.*.password', 'map.*.password', 'tokens.*'] },
  );
  const written = (password: string): PlainObject => ({
    set: [{ host: 'h', password: `set-${password}` }],
    map: { east: { host: 'h', password: `map-${password}` } },
    tokens: [`token-${password}`],
  });
  const quoting = 'no login with set-hunter2, map-hunter2, token-hunter2 on h';

  it.each([
    ['a class', ofClass, Collections],
    ['a Standard Schema', ofSchema, ofSchema],
  ])('of %s is not shown, not quoted, and logged as sensitive when it changes', async (_, declared, from) => {
    const value = await accepted<object>(from, written('hunter2'));
    expect(JSON.stringify(redact(declared, value))).not.toContain('hunter2');
    expect(redact(declared, value)).toMatchObject({
      set: [{ host: 'h', password: '[redacted]' }],
      map: { east: { host: 'h', password: '[redacted]' } },
    });
    expect(maskOf(declared, value)(quoting)).toBe('no login with [redacted], [redacted], [redacted] on h');
    const next = await accepted<object>(from, written('hunter3'));
    const diff = diffValues(value, next, declared.isSensitive.bind(declared));
    expect(diff.map(({ path, sensitive }) => `${path} ${sensitive}`)).toEqual([
      'set true',
      'map.east.password true',
      'tokens true',
    ]);
  });

  it('is recognized in a Map whose keys are not texts', () => {
    const replica = Object.assign(new ReplicaConfig(), { host: 'h', password: 'hunter2' });
    const value = { map: new Map([[7, replica]]) };
    expect(redact(ofClass, value)).toEqual({ map: { 7: { host: 'h', password: '[redacted]' } } });
    expect(maskOf(ofClass, value)('no login with hunter2')).toBe('no login with [redacted]');
    const [difference] = diffValues({ map: new Map() }, value, ofClass.isSensitive.bind(ofClass));
    expect(difference).toMatchObject({ path: 'map', sensitive: true });
  });
});

describe('@Sensitive', () => {
  it.each<[string, PropertyDecorator[]]>([
    [
      'that only documents are read with',
      [Expose({ name: 'pass_word', toClassOnly: true }), Exclude({ toPlainOnly: true })],
    ],
    [
      'beside a @Transform that hides the value',
      [Expose({ name: 'pass_word' }), Transform(() => '***', { toPlainOnly: true })],
    ],
    [
      'beside a @Transform that fails',
      [Expose({ name: 'pass_word' }), Transform(({ value }) => atob(value as string))],
    ],
  ])('holds for a name %s', async (_which, decorators) => {
    class Named {
      @Sensitive()
      @IsString()
      password!: string;
    }
    for (const decorator of decorators) decorator(Named.prototype, 'password');
    HotConfigSchema('named')(Named);
    await requireDefinition(Named).check?.();
    expect(requireDefinition(Named).isSensitive({ pass_word: 'x' }, ['pass_word'])).toBe(true);
  });

  it('throws at once on a member that is no property of an instance', () => {
    expect(() => {
      class Wrong {
        @Sensitive()
        static secret = 'x';
      }
      return Wrong;
    }).toThrow(HotConfigSetupError);
  });
});
