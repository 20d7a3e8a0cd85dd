import type { StandardSchemaV1 } from '@standard-schema/spec';
import { z } from 'zod';
import { HotConfigSetupError } from '../../contract/index.js';
import { defineHotConfig, type HotConfigOptions } from '../index.js';

const server = z.object({ host: z.string(), password: z.string().optional() });
const shop = z.object({
  token: z.string(),
  db: server,
  backup: server.nullable().optional(),
  servers: z.array(server).default([]),
  pair: z.tuple([z.string(), server]).optional(),
  tenants: z.record(z.string(), server).default({}),
  store: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('file'), folder: z.string() }),
    z.object({ kind: z.literal('s3'), secretKey: z.string() }),
  ]),
  extra: z.looseObject({ known: z.string() }),
  made: z.string().transform((text) => ({ text })),
  when: z.date(),
});

/** The problems that startup finds in the options of a declaration, without the lines around them. */
function complaints(options: HotConfigOptions, schema: StandardSchemaV1<unknown, object> = shop): string[] {
  try {
    void defineHotConfig('shop', schema, options).check?.();
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(HotConfigSetupError);
    return (error as Error).message.split('\n').slice(1, -1);
  }
}

describe('a sensitive path', () => {
  it.each([
    ['tokn', 'unknown key "tokn"; did you mean "token"?'],
    ['db.pasword', 'unknown key "pasword"; did you mean "password"?'],
    ['db.credentials', 'unknown key "credentials"; known here: "host", "password"'],
    ['backup.pasword', 'unknown key "pasword"; did you mean "password"?'],
    ['servers.*.pasword', 'unknown key "pasword"; did you mean "password"?'],
    ['servers.0.pasword', 'unknown key "pasword"; did you mean "password"?'],
    ['servers.password', 'there is a list before "password"; did you mean "servers.*.password"?'],
    ['pair.*.pasword', 'unknown key "pasword"; did you mean "password"?'],
    ['tenants.*.pasword', 'unknown key "pasword"; did you mean "password"?'],
    ['tenants.acme.pasword', 'unknown key "pasword"; did you mean "password"?'],
    ['store.secretkei', 'unknown key "secretkei"; did you mean "secretKey"?'],
    ['*.*.pasword', 'unknown key "pasword"; did you mean "password"?'],
    ['token.value', 'nothing can be below "token"'],
  ])(
    'that leads nowhere makes startup fail, and the error proposes the nearest name: %s',
    (path, message) => {
      const closed = shop.omit({ extra: true, made: true, when: true });
      expect(complaints({ sensitive: [path] }, closed)).toEqual([`  - sensitive: "${path}": ${message}`]);
    },
  );

  it.each([
    'token',
    'db',
    'db.password',
    'backup.password',
    'servers.*.password',
    'servers.*',
    'pair.1.password',
    'pair.*.password',
    'tenants.acme.password',
    'tenants.*',
    'store.secretKey',
    'store.folder',
    'extra.any.thing',
    'made.text',
    'when.any',
    '*.password',
    '*',
  ])('that leads somewhere, or may lead somewhere, is accepted: %s', (path) => {
    expect(complaints({ sensitive: [path] })).toEqual([]);
  });

  it('may be a path of the document or of the value, where a transformation renames', () => {
    const renamed = z.object({ token: z.string() }).transform(({ token }) => ({ apiKey: token }));
    const piped = renamed.pipe(z.object({ apiKey: z.string() }));
    expect(complaints({ sensitive: ['token', 'apiKey'] }, renamed)).toEqual([]);
    expect(complaints({ sensitive: ['token', 'apiKey'] }, piped)).toEqual([]);
    expect(complaints({ sensitive: ['tokn'] }, piped)).toHaveLength(1);
  });

  it('is followed to any depth in a schema that refers to itself', () => {
    const node = z.object({
      secret: z.string(),
      get children() {
        return z.array(node).optional();
      },
    });
    expect(complaints({ sensitive: ['children.*.children.*.secret'] }, node)).toEqual([]);
    expect(complaints({ sensitive: ['children.*.children.*.secrt'] }, node)).toHaveLength(1);
  });

  it('is accepted without a check when the schema does not describe itself, or may rename keys before it does', () => {
    const mute: StandardSchemaV1<unknown, object> = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ value: {} }) },
    };
    expect(complaints({ sensitive: ['tokn'] }, mute)).toEqual([]);
    expect(complaints({ sensitive: ['tokn'], unknownKeys: 'allow' })).toEqual([]);
  });
});

it('a path may lead to any member of a tuple, a record or a pattern', () => {
  const described = (input: object): StandardSchemaV1<unknown, object> => ({
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => ({ value: {} }),
      ...({ jsonSchema: { input: () => input, output: () => input } } as object),
    },
  });
  const pin = { type: 'object', properties: { pin: { type: 'string' } } };
  const schema = described({
    type: 'object',
    properties: {
      pair: { type: 'array', prefixItems: [{ type: 'string' }, pin], items: false },
      open: { type: 'array', prefixItems: [{ type: 'string' }], items: pin },
    },
    patternProperties: { '^x-': pin },
  });
  expect(
    complaints({ sensitive: ['pair.*.pin', 'open.7.pin', 'open.*.pin', '*.pin', 'x-a.pin'] }, schema),
  ).toEqual([]);
  expect(complaints({ sensitive: ['pair.0.pin', 'pair.*.pni', 'open.7.pni'] }, schema)).toHaveLength(3);
});

describe('a restart-only path', () => {
  it('that leads nowhere makes startup fail, and one error lists all such paths', () => {
    expect(complaints({ sensitive: ['tokn'], restartRequired: ['db.hots'] })).toEqual([
      '  - sensitive: "tokn": unknown key "tokn"; did you mean "token"?',
      '  - restartRequired: "db.hots": unknown key "hots"; did you mean "host"?',
    ]);
  });

  it('must be a path of the document: a path that only the value has makes startup fail', () => {
    const renamed = z.object({ port: z.int() }).transform(({ port }) => ({ listen: port }));
    expect(complaints({ restartRequired: ['port'] }, renamed)).toEqual([]);
    expect(complaints({ restartRequired: ['listen'] }, renamed)).toEqual([
      '  - restartRequired: "listen": unknown key "listen"; known here: "port"',
    ]);
  });
});

it('a schema may refer to a schema that is declared after it, because paths are checked at startup only', () => {
  const definition = defineHotConfig(
    'late',
    z.object({
      get inner() {
        return inner;
      },
    }),
    { sensitive: ['inner.secret'] },
  );
  const inner = z.object({ secret: z.string() });
  expect(() => definition.check?.()).not.toThrow();
});
