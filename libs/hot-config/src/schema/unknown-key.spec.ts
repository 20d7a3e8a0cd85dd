import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Transform, Type } from 'class-transformer';
import { IsString, ValidateNested } from 'class-validator';
import { z } from 'zod';
import type { PlainObject } from '../contract/index.js';
import { decodeDocument, formatPath } from '../document/index.js';
import { defineHotConfig, type HotConfigDeclaration, HotConfigSchema } from './index.js';
import { rejected } from './schema.fixture.js';
import { unknownKeyMessage } from './unknown-key.js';

const SECRET = 'postgres://admin:S3CRET@db:5432/x';

class Database {
  @IsString()
  host = 'a';
}

@HotConfigSchema('database-class')
class DatabaseClass {
  @ValidateNested()
  @Type(() => Database)
  database = new Database();
}

const shape = z.object({ database: z.object({ host: z.string().default('a') }) });
const declarations: [string, HotConfigDeclaration][] = [
  ['class', DatabaseClass],
  ['Standard Schema', defineHotConfig('shape', shape)],
];
const secretDeclarations: [string, HotConfigDeclaration][] = [
  ['Standard Schema', defineHotConfig('secret-shape', shape, { sensitive: ['database'] })],
];

/** The decoded document, so that the test has the same keys as YAML. */
function read(yaml: string): PlainObject {
  const decoded = decodeDocument(new TextEncoder().encode(yaml), { name: 'test' });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues));
  return decoded.value;
}

describe.each(declarations)('fault: value in the place of a key, of a %s', (_kind, declaration) => {
  const hidden = 'database.‹key›: unknown key, not shown because it may hold a value';
  const spaced = 'did you mean "host: …", with a space after the colon?';

  it.each([
    [`database: {host:${SECRET}}`, `database.‹key›: unknown key "host:‹…›"; ${spaced}`],
    ['database: {host=S3CRET}', `database.‹key›: unknown key "host‹…›"; ${spaced}`],
    ['database: {host S3CRET}', `database.‹key›: unknown key "host‹…›"; ${spaced}`],
    ['database: {hots:S3CRET}', `${hidden}; ${spaced}`],
    [`database: {${SECRET}}`, `${hidden}; known here: "host"`],
    ['database: {admin:S3CRET}', `${hidden}; known here: "host"`],
    ['database: {S3CRET@db}', `${hidden}; known here: "host"`],
    ['database: {correct horse S3CRET}', `${hidden}; known here: "host"`],
    [`database: {${'S3CRET'.repeat(20)}}`, `${hidden}; known here: "host"`],
    ['database: {? "S3CRET\\n!" : 1}', `${hidden}; known here: "host"`],
  ])('the value is not shown, and the key that was probably meant is named: %s', async (yaml, issue) => {
    expect(await rejected(declaration, read(yaml))).toEqual([issue]);
  });
});

it('lists the known keys when they are few', () => {
  const names = Array.from({ length: 9 }, (_, index) => `limit${index}`);
  expect(unknownKeyMessage('colour', names.slice(1))).toContain('known here: "limit1", "limit2"');
  expect(unknownKeyMessage('colour', names)).toBe('unknown key "colour"');
});

describe.each(secretDeclarations)('an unknown key below a sensitive path, %s', (_kind, declaration) => {
  it.each(['{S3CRET}', '{hots: b}'])(
    'is not shown, as a value at that path would not be: %s',
    async (yaml) => {
      expect(await rejected(declaration, read(`database: ${yaml}`))).toEqual([
        'database.‹key›: is not valid; the value is sensitive, so neither the value nor the reason is shown',
      ]);
    },
  );
});

it.each([
  'enable_feature_x',
  'content-type',
  'a.b',
  '/health',
  '/api/*',
  'X-Header',
  'größe',
  '名前',
  '$ref',
  '0',
])('the unknown key %s is shown in full, because it is a name', async (name) => {
  const issues = await rejected(defineHotConfig('named', z.object({})), { [name]: 1 });
  expect(issues).toEqual([`${formatPath([name])}: unknown key "${name}"`]);
});

describe('a key that is no name', () => {
  it.each<[string, HotConfigDeclaration]>([
    [
      'a record that rejects it',
      defineHotConfig('record', z.object({ r: z.record(z.string().regex(/^x/), z.string()) })),
    ],
    [
      'a record that rejects its value',
      defineHotConfig('member', z.object({ r: z.record(z.string(), z.int()) })),
    ],
    ['an object that does not know it', defineHotConfig('object', z.object({ r: z.object({}) }))],
    ['a strict object that reports it too', defineHotConfig('strict', z.object({ r: z.strictObject({}) }))],
  ])('is shown in no path and no message of %s', async (_kind, declaration) => {
    const issues = await rejected(declaration, { r: { [SECRET]: 'x' } });
    expect(issues.join()).toContain('r.‹key›');
    expect(issues.join()).not.toMatch(/S3CRET|admin/);
  });

  it('is shown in no path of a class whose @Transform throws for it', async () => {
    @HotConfigSchema('breaking-class')
    class Breaking {
      @Transform(({ obj }) => {
        if (Object.keys(obj as object).some((key) => key.includes('@'))) throw new Error(SECRET);
      })
      @IsString()
      a = 'x';
    }
    const issues = await rejected(Breaking, { a: 'b', [SECRET]: null });
    expect(issues.join()).toContain('‹key›: cannot be turned into a Breaking');
    expect(issues.join()).not.toMatch(/S3CRET|admin/);
  });

  it('stays in the message of a schema that quotes it, except for a sensitive value in the key', async () => {
    const quoting = z.looseObject({}).refine(() => false, { error: ({ input }) => JSON.stringify(input) });
    const definition = defineHotConfig('quoting', z.object({ r: quoting }), { sensitive: ['r.pin'] });
    expect(await rejected(definition, { r: { 'pin:S3CRET': null, 'acme corp': 1 } })).toEqual([
      'r: {"[redacted]":null,"acme corp":1}',
    ]);
  });
});

describe('an unknown key that the schema reports itself', () => {
  /** A schema like valibot's or arktype's objects: it rejects everything with these issues. */
  const rejectingSchema = (described: boolean, ...issues: object[]): StandardSchemaV1<unknown, object> => ({
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => ({ issues: issues as never }),
      ...(described && { jsonSchema: { input: () => ({ properties: { token: {} } }), output: () => ({}) } }),
    },
  });

  it('is reported once, with the nearest name', async () => {
    const issue = { message: 'tokn must be removed', path: ['tokn'] };
    const missing = { message: 'token must be a string (was missing)', path: ['token'] };
    expect(
      await rejected(defineHotConfig('strict', rejectingSchema(true, issue, missing)), { tokn: 1 }),
    ).toEqual([
      'token: token must be a string (was missing)',
      'tokn: unknown key "tokn"; did you mean "token"?',
    ]);
  });

  it('stays as the schema reports it when the schema does not describe itself', async () => {
    const issue = { message: 'Invalid key: Expected never', path: [{ key: 'tokn', origin: 'key' }] };
    expect(await rejected(defineHotConfig('strict', rejectingSchema(false, issue)), { tokn: 1 })).toEqual([
      'tokn: Invalid key: Expected never',
    ]);
  });
});
