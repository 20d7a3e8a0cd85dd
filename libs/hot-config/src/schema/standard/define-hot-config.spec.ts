import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { z as zod3 } from 'zod/v3';
import { HotConfigSetupError, type HotConfigValue, type PlainObject } from '../../contract/index.js';
import { defineHotConfig } from '../index.js';
import { accepted, rejected } from '../schema.fixture.js';

const server = z.object({ host: z.string(), port: z.int().min(1).default(80) });
const shop = defineHotConfig(
  'shop',
  z.object({
    name: z.string(),
    level: z.enum(['DEBUG', 'INFO']).default('INFO'),
    servers: z.array(server).default([]),
    main: server.optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
);

/** A Standard Schema of no library: it does not describe itself. */
function schemaOf<T extends object>(
  validate: (
    document: Record<string, unknown>,
  ) => StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>,
): StandardSchemaV1<unknown, T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => validate(value as Record<string, unknown>),
    },
  };
}

const frozen = Object.freeze({
  name: 'x',
  servers: Object.freeze([Object.freeze({ host: 'a' })]),
}) as PlainObject;

describe('a document for a Standard Schema', () => {
  it('becomes the value that the schema returns', async () => {
    const value: HotConfigValue<typeof shop> = await accepted(shop, frozen);
    expect(value).toEqual({ name: 'x', level: 'INFO', servers: [{ host: 'a', port: 80 }], labels: {} });
  });

  it('is rejected with every problem at once, including unknown keys', async () => {
    expect(
      await rejected(shop, {
        nmae: 'x',
        level: 'INF',
        servers: [{ host: 1, prot: 2 }],
        labels: { any: 'x' },
      }),
    ).toEqual([
      'level: Invalid option: expected one of "DEBUG"|"INFO"',
      'name: Invalid input: expected string, received undefined',
      'nmae: unknown key "nmae"; did you mean "name"?',
      'servers.0.host: Invalid input: expected string, received number',
      'servers.0.prot: unknown key "prot"; did you mean "port"?',
    ]);
  });

  it('does not make zod describe itself when the document is valid, nor at the declaration', async () => {
    let described = 0;
    const counting = z.object({ name: z.string() });
    const { jsonSchema } = counting['~standard'];
    Object.assign(counting['~standard'], {
      jsonSchema: {
        input: (options: never) => ((described += 1), jsonSchema.input(options)),
        output: (options: never) => ((described += 1), jsonSchema.output(options)),
      },
    });
    const definition = defineHotConfig('counting', counting);
    await accepted(definition, { name: 'x' });
    expect(described).toBe(0);
    await rejected(definition, { nmae: 'x' });
    expect(described).toBe(2);
  });

  it('is not changed by a schema that changes its input', async () => {
    const careless = schemaOf((document) => {
      delete document['name'];
      document['added'] = 1;
      return { value: document };
    });
    const definition = defineHotConfig('careless', careless, { unknownKeys: 'allow' });
    expect(await accepted(definition, frozen)).toHaveProperty('added');
    expect(frozen).not.toHaveProperty('added');
    expect(frozen).toHaveProperty('name');
  });

  it('may be validated asynchronously', async () => {
    const definition = defineHotConfig(
      'slow',
      z.object({ a: z.string().refine((text) => Promise.resolve(text === 'x'), 'not x') }),
    );
    expect(await accepted(definition, { a: 'x' })).toEqual({ a: 'x' });
    expect(await rejected(definition, { a: 'y' })).toEqual(['a: not x']);
  });

  it('is rejected when the schema throws or rejects, without the message of the error', async () => {
    const throwing = schemaOf(({ secret }) => {
      throw new TypeError(String(secret));
    });
    const rejecting = schemaOf(({ secret }) => Promise.reject(new RangeError(String(secret))));
    expect(await rejected(defineHotConfig('a', throwing), { secret: 'hunter2' })).toEqual([
      ': cannot be checked: the schema threw TypeError',
    ]);
    expect(await rejected(defineHotConfig('a', rejecting), { secret: 'hunter2' })).toEqual([
      ': cannot be checked: the schema threw RangeError',
    ]);
  });

  it('is rejected with the thrown error of the schema as the cause, which the engine masks', async () => {
    const error = new TypeError('cannot parse hunter2');
    const throwing = schemaOf(() => {
      throw error;
    });
    const { cause } = (await defineHotConfig('a', throwing).validate({})) as { cause?: Error };
    expect(cause).toBe(error);
  });

  it.each([[undefined], ['hunter2'], [Object.create(null)]])(
    'is rejected without a cause when no error was thrown: %#',
    async (thrown: unknown) => {
      const definition = defineHotConfig(
        'a',
        schemaOf(() => {
          throw thrown;
        }),
      );
      expect(await definition.validate({})).toMatchObject({ accepted: false, cause: undefined });
    },
  );

  it.each([['a string'], [7], [null], [undefined], [[1]]])(
    'is rejected when the schema returns %p, which is no object',
    async (made) => {
      const definition = defineHotConfig(
        'odd',
        schemaOf(() => ({ value: made as never })),
      );
      expect(await rejected(definition, {})).toEqual([": the schema's output must be an object"]);
    },
  );

  it('is rejected also when the schema rejects it without a reason', async () => {
    const definition = defineHotConfig(
      'mute',
      schemaOf(() => ({ issues: [] })),
    );
    expect(await rejected(definition, {})).toEqual([': the schema rejected it without giving a reason']);
  });

  it('is rejected with paths of every form that Standard Schema allows', async () => {
    const definition = defineHotConfig(
      'paths',
      schemaOf(() => ({
        issues: [
          { message: 'none' },
          { message: 'plain', path: ['a', 0, 'b'] },
          { message: 'segments', path: [{ key: 'a' }, { key: 1 }] },
        ],
      })),
    );
    expect(await rejected(definition, {})).toEqual([': none', 'a.0.b: plain', 'a.1: segments']);
  });
});

describe('fault: unknown key', () => {
  const known = '; known here: "host", "port"';

  it.each<[string, StandardSchemaV1<unknown, object>, PlainObject, string[]]>([
    [
      'in a list',
      z.object({ l: z.array(server) }),
      { l: [{ host: 'a' }, { host: 'a', zzz: 1 }] },
      [`l.1.zzz: unknown key "zzz"${known}`],
    ],
    [
      'in a record',
      z.object({ r: z.record(z.string(), server) }),
      { r: { a: { host: 'a', zzz: 1 } } },
      [`r.a.zzz: unknown key "zzz"${known}`],
    ],
    [
      'in a tuple',
      z.object({ t: z.tuple([z.number()]).rest(server) }),
      { t: [1, { host: 'a', zzz: 1 }] },
      [`t.1.zzz: unknown key "zzz"${known}`],
    ],
    [
      'in a nullable object',
      z.object({ n: server.nullable() }),
      { n: { host: 'a', zzz: 1 } },
      [`n.zzz: unknown key "zzz"${known}`],
    ],
    [
      'in a named schema',
      z.object({ n: server.meta({ id: 'server' }) }),
      { n: { host: 'a', zzz: 1 } },
      [`n.zzz: unknown key "zzz"${known}`],
    ],
    [
      'in an intersection',
      z.intersection(server, z.object({ b: z.string() })),
      { host: 'a', b: 'b', zzz: 1 },
      ['zzz: unknown key "zzz"; known here: "host", "port", "b"'],
    ],
    [
      'in a union',
      z.union([server, z.object({ path: z.string() })]),
      { path: '/', zzz: 1 },
      ['zzz: unknown key "zzz"; known here: "path"'],
    ],
    [
      'beside a date that JSON has not',
      z.object({ d: z.coerce.date(), s: server }),
      { d: '2026-01-01', s: { host: 'a', zzz: 1 } },
      [`s.zzz: unknown key "zzz"${known}`],
    ],
    [
      'before a transformation',
      server.transform(({ host }) => ({ url: host })),
      { host: 'a', zzz: 1 },
      [`zzz: unknown key "zzz"${known}`],
    ],
    [
      'that a strict schema reports too',
      z.strictObject({ s: z.strictObject({ host: z.string() }) }),
      { hsot: 1, s: { host: 'a', hsto: 1 } },
      ['hsot: unknown key "hsot"; known here: "s"', 's.hsto: unknown key "hsto"; did you mean "host"?'],
    ],
  ])('%s is rejected, and reported once', async (_where, schema, document, issues) => {
    expect(await rejected(defineHotConfig('place', schema), document)).toEqual(issues);
  });

  it('is reported with the other problems, also next to a type that JSON does not have', async () => {
    const definition = defineHotConfig('dated', z.object({ on: z.date(), host: z.string() }));
    expect(await rejected(definition, { on: '2026-01-01', hsot: 'a' })).toEqual([
      'host: Invalid input: expected string, received undefined',
      'hsot: unknown key "hsot"; did you mean "host"?',
      'on: Invalid input: expected date, received string',
    ]);
  });

  it('in a schema that refers to itself is found at any depth', async () => {
    const node = z.object({
      name: z.string(),
      get children() {
        return z.array(node).optional();
      },
    });
    const document = { name: 'a', children: [{ name: 'b', children: [{ name: 'c', nmae: 'd' }] }] };
    expect(await rejected(defineHotConfig('tree', node), document)).toEqual([
      'children.0.children.0.nmae: unknown key "nmae"; did you mean "name"?',
    ]);
  });

  it.each<[string, StandardSchemaV1<unknown, object>, PlainObject]>([
    ['loose object', z.looseObject({ host: z.string() }), { host: 'a', any: 1 }],
    ['catchall', z.object({ host: z.string() }).catchall(z.number()), { host: 'a', any: 1 }],
    ['record', z.object({ r: z.record(z.string(), z.unknown()) }), { r: { any: { thing: 1 } } }],
    ['anything', z.object({ a: z.any() }), { a: { any: { thing: 1 } } }],
    [
      'loose object that a transformation rebuilds',
      z.looseObject({}).transform(() => ({ new: 1 })),
      { any: 1 },
    ],
    [
      'key that a transformation drops',
      z.object({ old: z.string() }).transform(() => ({ new: 1 })),
      { old: 'x' },
    ],
    [
      'map made of an object',
      z.object({ m: z.record(z.string(), z.number()).transform((r) => new Map(Object.entries(r))) }),
      { m: { a: 1 } },
    ],
  ])('is not reported when the schema accepts or uses the key: %s', async (_kind, schema, document) => {
    expect(await accepted(defineHotConfig('open', schema), document)).toBeDefined();
  });

  class Pool {
    constructor(readonly options: object) {}
  }

  it.each<[string, (options: { host: string; port: number }) => unknown]>([
    ['an instance of a class', (options) => new Pool(options)],
    ['a URL', ({ host }) => new URL(`http://${host}`)],
    ['a text', ({ host }) => host],
    ['a map', (options) => new Map(Object.entries(options))],
    ['a list', (options) => Object.entries(options)],
    ['nothing', () => undefined],
  ])('is rejected also in an object that the schema turns into %s', async (_what, turned) => {
    const definition = defineHotConfig('turned', z.object({ pool: server.transform(turned) }));
    expect(await accepted(definition, { pool: { host: 'a', port: 1 } })).toBeDefined();
    expect(await rejected(definition, { pool: { host: 'a', prot: 1 } })).toEqual([
      'pool.prot: unknown key "prot"; did you mean "port"?',
    ]);
  });

  it('is rejected also in a list that the schema shortens, and in a list or a record that it turns into a map', async () => {
    const pools = z.object({
      first: z.array(server).transform(([first]) => [first]),
      list: z.array(server).transform((list) => new Map(list.map((pool) => [pool.host, pool]))),
      record: z.record(z.string(), server).transform((record) => new Map(Object.entries(record))),
    });
    const documentWith = (pool: PlainObject): PlainObject => ({
      first: [{ host: 'a' }, pool],
      list: [pool],
      record: { any: pool },
    });
    const definition = defineHotConfig('pools', pools);
    expect(await accepted(definition, documentWith({ host: 'b', port: 1 }))).toBeDefined();
    expect(await rejected(definition, documentWith({ host: 'b', prot: 1 }))).toEqual([
      'first.1.prot: unknown key "prot"; did you mean "port"?',
      'list.0.prot: unknown key "prot"; did you mean "port"?',
      'record.any.prot: unknown key "prot"; did you mean "port"?',
    ]);
  });

  it('is rejected also when the schema turns the whole document into an instance of a class', async () => {
    const definition = defineHotConfig(
      'whole',
      server.transform((options) => new Pool(options)),
    );
    expect(await accepted(definition, { host: 'a', port: 1 })).toBeInstanceOf(Pool);
    expect(await rejected(definition, { host: 'a', prot: 1 })).toEqual([
      'prot: unknown key "prot"; did you mean "port"?',
    ]);
  });

  it.each<[string, z.ZodType<object>]>([
    ['accepts any key', z.looseObject({ host: z.string() })],
    ['accepts any key with a number', z.object({ host: z.string() }).catchall(z.int())],
    ['is a record', z.record(z.string(), z.unknown())],
    ['is no object to JSON', z.custom<object>(() => true)],
  ])(
    'is not reported in an object that %s, and that the schema turns into something else',
    async (_kind, open) => {
      const definition = defineHotConfig(
        'open',
        z.object({ pool: open.transform((options) => new Pool(options)) }),
      );
      expect(await accepted(definition, { pool: { host: 'a', any: 1 } })).toBeDefined();
    },
  );

  it('is left to the schema when the declaration allows unknown keys', async () => {
    const lenient = defineHotConfig('lenient', z.object({ host: z.string() }), { unknownKeys: 'allow' });
    expect(await accepted(lenient, { host: 'a', zzz: 1 })).toEqual({ host: 'a' });
    const strict = defineHotConfig('strict', z.strictObject({ host: z.string() }), { unknownKeys: 'allow' });
    expect(await rejected(strict, { host: 'a', zzz: 1 })).toEqual([': Unrecognized key: "zzz"']);
  });

  describe('for a schema that does not describe itself', () => {
    const strip = schemaOf((document) => {
      const { host, list, when } = document as { host?: string; list?: { a?: number }[]; when?: string };
      return {
        value: {
          host,
          ...(list && { list: list.map(({ a }) => ({ a })) }),
          ...(when && { when: new Date(0) }),
        },
      };
    });
    const definition = defineHotConfig('strip', strip);

    it('is a key that the returned value does not have', async () => {
      expect(
        await rejected(definition, { host: 'x', hsot: 'a', list: [{ a: 1 }, { a: 2, zzz: 3 }] }),
      ).toEqual([
        'hsot: unknown key "hsot"; did you mean "host"?',
        'list.1.zzz: unknown key "zzz"; known here: "a"',
      ]);
      expect(await accepted(definition, { host: 'x', list: [{ a: 1 }] })).toEqual({
        host: 'x',
        list: [{ a: 1 }],
      });
    });

    it('is not looked for in an object that zod 3 turned into something else, but is elsewhere', async () => {
      const pool = zod3.object({ host: zod3.string() });
      const old = defineHotConfig(
        'old',
        zod3.object({ pool: pool.transform((o) => new Pool(o)), other: pool }),
      );
      const document = { pool: { host: 'a', any: 1 }, other: { host: 'a' } };
      expect(await accepted(old, document)).toBeDefined();
      expect(await rejected(old, { ...document, other: { host: 'a', any: 1 } })).toEqual([
        'other.any: unknown key "any"; known here: "host"',
      ]);
    });

    it('is not looked for below a value that the schema turned into something else', async () => {
      expect(await accepted(definition, { host: 'x', when: { any: 'thing' } })).toBeDefined();
    });
  });
});

describe('defineHotConfig', () => {
  it.each(['', 'a..b', 'a/b', '_own', 'a b', '__proto__'])(
    'throws for the key %p, which cannot be the key of a document',
    (key) => {
      expect(() => defineHotConfig(key, z.object({}))).toThrow(HotConfigSetupError);
    },
  );

  it.each([[undefined], [{}], [class {}]])('throws for %p, which is no Standard Schema', (schema) => {
    expect(() => defineHotConfig('shop', schema as never)).toThrow(HotConfigSetupError);
  });

  it('throws for an unknown option, because a misspelt option would hide no value', () => {
    const options = { sensitve: ['token'] } as object;
    expect(() => defineHotConfig('shop', z.object({ token: z.string() }), options)).toThrow(
      `defineHotConfig('shop', …) has no option "sensitve". Did you mean "sensitive"?`,
    );
  });

  it.each(['', 'a..b', '.a', 'a.', 'a\\b'])('throws for %p as a sensitive path', (path) => {
    expect(() => defineHotConfig('shop', z.object({}), { sensitive: [path] })).toThrow(HotConfigSetupError);
  });

  it.each<[string, PlainObject]>([
    ['db\\.password', { 'db.password': 'x' }],
    ['tenants.acme\\.com', { tenants: { 'acme.com': 'x' } }],
  ])('accepts %j as the path of a key that contains a dot', (path, value) => {
    const schema = z.object({
      'db.password': z.string().optional(),
      tenants: z.object({ 'acme.com': z.string() }).optional(),
    });
    const definition = defineHotConfig('dotted', schema, { sensitive: [path], restartRequired: [path] });
    expect(() => definition.check?.()).not.toThrow();
    const [steps] = pathsOf(value);
    expect(definition.isSensitive(value, steps ?? [])).toBe(true);
    expect(definition.needsRestart(value, steps ?? [])).toBe(true);
  });

  it.each([
    ['db.0.login.pin', 'at'],
    ['db.login.0.pin', 'at'],
    ['db.0.login.1.2.pin.3', 'at'],
    ['rows.0.1', 'at'],
    ['db.0', 'above'],
    ['db.0.login', 'above'],
    ['db.login.7', 'above'],
    ['db.0.pin', 'beside'],
    ['db.*.login.pin', 'beside'],
    ['rows.1.0', 'beside'],
  ])('skips an index that a sensitive path does not name: %s is %s such a path', (path, where) => {
    const listed = defineHotConfig('listed', z.object({}), { sensitive: ['db.login.pin', 'rows.0'] });
    expect(listed.isSensitive({}, path.split('.'))).toBe(where === 'at');
    expect(listed.holdsSensitive(path.split('.'))).toBe(where === 'above');
  });

  it('knows whether a sensitive value may be below a path, whatever the value there', () => {
    const nested = defineHotConfig('nested', z.object({}), { sensitive: ['servers.*.login.pin'] });
    const holdsSensitive = (path: string[]): boolean => nested.holdsSensitive(path);
    expect([[], ['servers'], ['servers', '0'], ['servers', '0', 'login']].map(holdsSensitive)).toEqual(
      Array(4).fill(true),
    );
    expect(
      [['servers', '0', 'login', 'pin'], ['servers', '0', 'host'], ['other']].map(holdsSensitive),
    ).toEqual(Array(3).fill(false));
  });
});

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]));
}
