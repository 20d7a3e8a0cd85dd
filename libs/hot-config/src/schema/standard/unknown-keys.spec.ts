import { isDeepStrictEqual } from 'node:util';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import fc from 'fast-check';
import { z } from 'zod';
import type { PlainObject, PlainValue } from '../../contract/index.js';
import { defineHotConfig } from '../index.js';
import { accepted, rejected } from '../schema.fixture.js';

const x = z.object({ t: z.literal('x'), address: z.string() });
const y = z.object({ t: z.literal('y'), port: z.int().optional() });
const kinds = z.discriminatedUnion('t', [x, y]);

describe('a union rejects a key that only another choice knows:', () => {
  it.each<[string, StandardSchemaV1<unknown, object>, PlainObject, string[]]>([
    [
      'a discriminator chooses',
      kinds,
      { t: 'x', address: 'h', port: 1 },
      ['port: unknown key "port"; known here: "t", "address"'],
    ],
    [
      'with another problem',
      kinds,
      { t: 'x', address: 7, port: 1 },
      [
        'address: Invalid input: expected string, received number',
        'port: unknown key "port"; known here: "t", "address"',
      ],
    ],
    [
      'a discriminator chooses, before a transformation',
      z.discriminatedUnion('t', [x.transform(({ address }) => ({ url: address })), y]),
      { t: 'x', address: 'h', port: 1 },
      ['port: unknown key "port"; known here: "t", "address"'],
    ],
    [
      'a discriminator of several values chooses',
      z.union([z.object({ t: z.enum(['a', 'b']), address: z.string() }), y]),
      { t: 'b', address: 'h', port: 1 },
      ['port: unknown key "port"; known here: "t", "address"'],
    ],
    [
      'a discriminator that is left out chooses',
      z.union([y.extend({ t: z.literal('y').optional() }), x]),
      { address: 'h', port: 1 },
      ['address: unknown key "address"; known here: "t", "port"'],
    ],
    [
      'a discriminator in an outer union chooses',
      z.discriminatedUnion('t', [
        z.discriminatedUnion('u', [
          x.extend({ u: z.literal(1), a: z.string().optional() }),
          x.extend({ u: z.literal(2), b: z.string().optional() }),
        ]),
        y,
      ]),
      { t: 'x', address: 'h', u: 1, b: 'b' },
      ['b: unknown key "b"; known here: "t", "address", "u", "a"'],
    ],
    [
      'below a key that all choices know',
      z.object({ at: kinds, list: z.array(kinds), by: z.record(z.string(), kinds) }),
      {
        at: { t: 'x', address: 'h', port: 1 },
        list: [{ t: 'y', address: 'h' }],
        by: { name: { t: 'x', address: 'h', prot: 1 } },
      },
      [
        'at.port: unknown key "port"; known here: "t", "address"',
        'by.name.prot: unknown key "prot"; known here: "t", "address"',
        'list.0.address: unknown key "address"; known here: "t", "port"',
      ],
    ],
    [
      'in an intersection',
      z.intersection(z.object({ b: z.string() }), kinds),
      { b: 'b', t: 'x', address: 'h', port: 1 },
      ['port: unknown key "port"; known here: "b", "t", "address"'],
    ],
    [
      'without a discriminator',
      z.union([z.object({ address: z.string() }), z.object({ path: z.string() })]),
      { address: 'h', path: '/' },
      ['path: unknown key "path"; known here: "address"'],
    ],
    [
      'without a discriminator, before a transformation',
      z.union([
        z.object({ address: z.string() }).transform((o) => ({ url: o.address })),
        z.object({ path: z.string() }),
      ]),
      { address: 'h', path: '/' },
      ['path: unknown key "path"; known here: "address"'],
    ],
    [
      'the other choice does not match',
      z.union([z.object({ address: z.string() }), z.object({ path: z.string() })]),
      { address: 7, path: '/' },
      ['address: unknown key "address"; known here: "path"'],
    ],
    [
      'the other choice matches too, but comes later',
      z.union([z.object({ address: z.string() }), z.object({ address: z.string(), path: z.string() })]),
      { address: 'h', path: '/' },
      ['path: unknown key "path"; known here: "address"'],
    ],
    [
      'the other choice accepts any key, but comes later',
      z.union([z.object({ address: z.string() }), z.looseObject({ path: z.string() })]),
      { address: 'h', path: '/' },
      ['path: unknown key "path"; known here: "address"'],
    ],
  ])('%s', async (_how, schema, document, issues) => {
    expect(await rejected(defineHotConfig('union', schema), document)).toEqual(issues);
  });
});

it('a union rejects a key that only another choice knows also when the schema keeps unknown keys, as arktype does', async () => {
  const { jsonSchema } = kinds['~standard'] as unknown as { jsonSchema: object };
  const validate = (value: unknown): { value: object } => ({ value: value as object });
  const keeping = { '~standard': { version: 1, vendor: 'test', validate, jsonSchema } } as const;
  expect(await rejected(defineHotConfig('keeping', keeping), { t: 'x', address: 'a', port: 1 })).toEqual([
    'port: unknown key "port"; known here: "t", "address"',
  ]);
});

describe('a union accepts the keys of the choice that matches:', () => {
  const old = z.object({ old: z.string() });

  it.each<[string, StandardSchemaV1<unknown, object>, PlainObject]>([
    ['a choice that renames', z.union([old.transform((o) => ({ new: o.old })), x]), { old: 'a' }],
    [
      'a choice that renames and checks again',
      z.union([old.transform((o) => ({ new: o.old })).pipe(z.object({ new: z.string() })), x]),
      { old: 'a' },
    ],
    [
      'a choice that drops a key on purpose',
      z.union([x.transform(({ t }) => ({ t })), y]),
      { t: 'x', address: 'h' },
    ],
    ['a choice after a preprocess step', z.preprocess((o) => o, z.union([x, y])), { t: 'y', port: 1 }],
    [
      'a discriminator that is corrected before',
      z.union([
        x.extend({ t: z.preprocess((t) => String(t).toLowerCase(), z.literal('x')) }),
        z.object({ path: z.string() }),
      ]),
      { t: 'X', address: 'h' },
    ],
    [
      'a discriminator that a default replaces',
      z.union([
        z.object({ mode: z.enum(['a', 'b']).catch('a'), address: z.string() }),
        z.object({ mode: z.literal('c'), path: z.string() }),
      ]),
      { mode: 'c', address: 'h' },
    ],
    ['a choice with optional keys', z.union([x, y.partial()]), { port: 1 }],
    ['overlapping choices', z.union([x, x.extend({ path: z.string() }).strict()]), { t: 'x', address: 'h' }],
    [
      'the larger of overlapping choices',
      z.union([x.extend({ path: z.string() }), x]),
      { t: 'x', address: 'h', path: '/' },
    ],
    ['a record', z.union([x, z.record(z.string(), z.int())]), { any: 1, port: 2 }],
    ['a record that changes its keys', z.union([x, z.record(z.string().toUpperCase(), z.int())]), { any: 1 }],
    ['a loose choice', z.union([y, z.looseObject({ t: z.literal('x') })]), { t: 'x', any: 1 }],
    ['anything', z.object({ a: z.union([x, z.unknown()]) }), { a: { any: 1 } }],
    ['a nullable union', z.object({ a: kinds.nullable() }), { a: { t: 'x', address: 'h' } }],
    [
      'a text or a list of renamed objects',
      z.object({ a: z.union([z.string(), z.array(old.transform((o) => ({ new: o.old })))]) }),
      { a: [{ old: 'a' }] },
    ],
    ['a list or an object', z.object({ a: z.union([z.array(x), x]) }), { a: [{ t: 'x', address: 'h' }] }],
    [
      'an intersection of objects',
      z.intersection(
        z.object({ s: z.object({ a: z.int() }) }).meta({ id: 'with-a' }),
        z.object({ s: z.object({ b: z.int() }) }).meta({ id: 'with-b' }),
      ),
      { s: { a: 1, b: 2 } },
    ],
    [
      'an object beside a loose object',
      z.intersection(z.object({ s: x }).meta({ id: 'with-s' }), z.looseObject({}).meta({ id: 'loose' })),
      { s: { t: 'x', address: 'h', any: 1 } },
    ],
    ['a key whose value a default replaces', z.union([z.object({ a: z.int().catch(1) }), x]), { a: 'b' }],
  ])('%s', async (_kind, schema, document) => {
    expect(await accepted(defineHotConfig('union', schema), document)).toBeDefined();
  });

  it('also when a union in an intersection has more choices than the check looks at', async () => {
    const names = [...'abcdefghijklmnopqrstuvwxyz'];
    const choices = names.map((name) =>
      z
        .union([z.object({ [name]: z.int() }), z.object({ [name.toUpperCase()]: z.int() })])
        .meta({ id: name }),
    );
    const all = choices.reduce<z.ZodType>((one, other) => z.intersection(one, other), z.object({}));
    const document = Object.fromEntries(names.map((name) => [name, 1]));
    const definition = defineHotConfig('many', all as StandardSchemaV1<unknown, object>);
    expect(await accepted(definition, document)).toEqual(document);
  });
});

describe('for random schemas of objects and unions,', () => {
  type Kind = 'strip' | 'strict' | 'loose' | 'record';

  /** Nested unions of objects whose keys come from a few names, so that the objects overlap. */
  function schemasOf(...kinds: Kind[]): fc.Arbitrary<z.ZodType> {
    const { schema } = fc.letrec<{ schema: z.ZodType; object: z.ZodType; member: z.ZodType }>((tie) => ({
      member: fc.oneof({ depthSize: 'small' }, fc.constant(z.int()), tie('schema')),
      object: fc
        .record({
          members: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('member'), { maxKeys: 3 }),
          optional: fc.array(fc.constantFrom('a', 'b', 'c')),
          t: fc.constantFrom(undefined, 'p', 'q'),
          kind: fc.constantFrom(...kinds),
        })
        .map(({ members, optional, t, kind }) => {
          const shape = Object.entries(members).map(([name, member]) => [
            name,
            optional.includes(name as 'a') ? member.optional() : member,
          ]);
          const object = z.object({ ...Object.fromEntries(shape), ...(t && { t: z.literal(t) }) });
          if (kind === 'record') return z.record(z.string(), Object.values(members)[0] ?? z.int());
          return kind === 'strip' ? object : kind === 'strict' ? object.strict() : object.loose();
        }),
      schema: fc.oneof(
        { depthSize: 'small', maxDepth: 3 },
        tie('object'),
        fc.array(tie('schema'), { minLength: 2, maxLength: 3 }).map((choices) => z.union(choices)),
      ),
    }));
    return schema;
  }

  const { document } = fc.letrec<{ document: PlainObject; member: PlainValue }>((tie) => ({
    document: fc
      .tuple(
        fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('member'), { maxKeys: 4 }),
        fc.constantFrom(undefined, 'p', 'q'),
      )
      .map(([members, t]) => ({ ...members, ...(t && { t }) })),
    member: fc.oneof({ depthSize: 'small', maxDepth: 3 }, fc.constant(1), tie('document')),
  }));

  /** Validates many documents, and counts the documents that the schema kept whole and those of which it dropped a part. */
  async function validateMany(
    schemas: fc.Arbitrary<z.ZodType>,
    check: (isAccepted: boolean, isWhole: boolean) => void,
    declared: (schema: z.ZodType) => z.ZodType = (schema) => schema,
  ): Promise<{ whole: number; dropped: number }> {
    const count = { whole: 0, dropped: 0 };
    const property = fc.asyncProperty(schemas, document, async (schema, given) => {
      const result = schema.safeParse(given);
      const isWhole = result.success && isDeepStrictEqual(result.data, given);
      if (result.success) count[isWhole ? 'whole' : 'dropped'] += 1;
      const definition = defineHotConfig('any', declared(schema) as StandardSchemaV1<unknown, object>);
      check((await definition.validate(given)).accepted, isWhole);
    });
    await fc.assert(property, { numRuns: 500 });
    return count;
  }

  it('no document is accepted when the schema drops a part of it', async () => {
    const { dropped } = await validateMany(schemasOf('strip', 'strict'), (isAccepted, isWhole) =>
      expect(isAccepted && !isWhole).toBe(false),
    );
    expect(dropped).toBeGreaterThan(20);
  });

  it('no document is rejected when the schema drops nothing of it', async () => {
    const schemas = schemasOf('strip', 'strict', 'loose', 'record');
    const { whole } = await validateMany(schemas, (isAccepted, isWhole) =>
      expect(isWhole && !isAccepted).toBe(false),
    );
    expect(whole).toBeGreaterThan(20);
  });

  it('no document is rejected when the schema drops nothing of it, and then turns it into something else', async () => {
    const { whole } = await validateMany(
      schemasOf('strip', 'strict', 'loose', 'record'),
      (isAccepted, isWhole) => expect(isWhole && !isAccepted).toBe(false),
      (schema) => schema.transform((value) => new Map([['made of', value]])),
    );
    expect(whole).toBeGreaterThan(20);
  });
});
