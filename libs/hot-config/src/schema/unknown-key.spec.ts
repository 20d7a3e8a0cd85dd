import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Type } from 'class-transformer';
import { IsString, ValidateNested } from 'class-validator';
import { z } from 'zod';
import type { PlainObject } from '../contract/index.js';
import { decodeDocument } from '../document/index.js';
import { defineHotConfig, HotConfigSchema, type HotConfigDeclaration } from './index.js';
import { refused } from './schema.fixture.js';

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

/** As a document is read, so that what YAML takes for a key is one. */
function read(yaml: string): PlainObject {
  const decoded = decodeDocument(new TextEncoder().encode(yaml), { name: 'test' });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues));
  return decoded.value;
}

describe.each(declarations)('fault: value in the place of a key, of a %s', (_kind, declaration) => {
  const hidden = 'database.‹key›: unknown key, not shown because it may hold a value';
  const spaced = 'did you mean "host: …", with a space after the colon?';

  it.each([
    [`database: {host:${SECRET}}`, `database.host:‹…›: unknown key "host:‹…›"; ${spaced}`],
    ['database: {host=S3CRET}', `database.host‹…›: unknown key "host‹…›"; ${spaced}`],
    ['database: {host S3CRET}', `database.host‹…›: unknown key "host‹…›"; ${spaced}`],
    ['database: {hots:S3CRET}', `${hidden}; ${spaced}`],
    [`database: {${SECRET}}`, `${hidden}; known here: "host"`],
    ['database: {admin:S3CRET}', `${hidden}; known here: "host"`],
    ['database: {S3CRET@db}', `${hidden}; known here: "host"`],
    ['database: {correct horse S3CRET}', `${hidden}; known here: "host"`],
    [`database: {${'S3CRET'.repeat(20)}}`, `${hidden}; known here: "host"`],
    ['database: {? "S3CRET\\n!" : 1}', `${hidden}; known here: "host"`],
  ])('is not shown, and what was most likely meant is: %s', async (yaml, issue) => {
    expect(await refused(declaration, read(yaml))).toEqual([issue]);
  });
});

describe.each(secretDeclarations)('an unknown key below a sensitive place, %s', (_kind, declaration) => {
  it.each([
    ['{S3CRET}', 'not shown because it may hold a value; known here: "host"'],
    ['{hots: b}', 'not shown because it may hold a value; did you mean "host"?'],
  ])('is not shown, as a value there would not be: %s', async (yaml, issue) => {
    expect(await refused(declaration, read(`database: ${yaml}`))).toEqual([
      `database.‹key›: unknown key, ${issue}`,
    ]);
  });
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
])('the unknown key %s is shown in full: it is a name', async (name) => {
  const issues = await refused(defineHotConfig('named', z.object({})), { [name]: 1 });
  expect(issues).toEqual([`${name}: unknown key "${name}"`]);
});

describe('a key that is no name is in no path and no message', () => {
  const record = z.record(z.string().regex(/^x/), z.string());

  it.each<[string, HotConfigDeclaration]>([
    ['a record that refuses it', defineHotConfig('record', z.object({ r: record }))],
    [
      'a record that refuses its value',
      defineHotConfig('member', z.object({ r: z.record(z.string(), z.int()) })),
    ],
    [
      'a strict schema that reports it itself',
      defineHotConfig('strict', z.object({ r: z.strictObject({}) }), { unknownKeys: 'allow' }),
    ],
    [
      'a rule that quotes what it got',
      defineHotConfig(
        'quoting',
        z.object({
          r: z.looseObject({}).refine(() => false, { error: ({ input }) => JSON.stringify(input) }),
        }),
      ),
    ],
    [
      'a rule that quotes a part of it',
      defineHotConfig(
        'parsing',
        z.object({
          r: z.looseObject({}).refine(() => false, {
            error: ({ input }) =>
              `no database at ${new URL(String(Object.keys(input as object)[0])).password}`,
          }),
        }),
      ),
    ],
  ])('of %s', async (_kind, declaration) => {
    const issues = await refused(declaration, { r: { [SECRET]: 'x' } });
    expect(issues.join()).not.toMatch(/S3CRET|admin/);
  });

  it.each([
    ['where the name before it ends', (key: string) => key.split(':')[1]],
    ['somewhere', (key: string) => key.slice(4, 14)],
  ])('of a rule that quotes it from %s', async (_where, part) => {
    const schema = z.looseObject({}).refine(() => false, {
      error: ({ input }) => `not ${part(Object.keys(input as object)[0] ?? '')}`,
    });
    const definition = defineHotConfig('part', z.object({ r: schema }));
    expect(await refused(definition, { r: { 'pin:S3CRET': null } })).toEqual(['r: not [redacted]']);
    expect((await refused(definition, { r: { 'pin:S3CRET-S3CRET': null } })).join()).not.toContain('S3CRET');
  });
});

describe('a key below a sensitive place that the schema itself refuses is not shown', () => {
  const S = z.object({ s: z.strictObject({}) });
  /** Not one of the schemas describes itself. */
  const refusing = (issue: object): StandardSchemaV1<unknown, object> => ({
    '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [issue as never] }) },
  });

  it.each<[string, StandardSchemaV1<unknown, object>, string]>([
    ['as zod reports it of an object', S, 's: Unrecognized key: "[redacted]"'],
    [
      'as zod reports it of a record',
      z.object({ s: z.record(z.string().regex(/^x/), z.int()) }),
      's.‹key›: Invalid key in record',
    ],
    [
      'as valibot reports it',
      refusing({ message: 'never "hunter2"', path: [{ key: 's' }, { key: 'hunter2', origin: 'key' }] }),
      's.‹key›: never "[redacted]"',
    ],
  ])('%s', async (_how, schema, issue) => {
    const definition = defineHotConfig('strict', schema, { sensitive: ['s'], unknownKeys: 'allow' });
    expect(await refused(definition, { s: { hunter2: 1 } })).toEqual([issue]);
  });

  it('but one that is missing is named, as valibot reports it', async () => {
    const missing = {
      message: 'Expected "token" but received undefined',
      path: [{ key: 'token', origin: 'key' }],
    };
    const definition = defineHotConfig('strict', refusing(missing), { sensitive: ['token'] });
    expect(await refused(definition, {})).toEqual(['token: Expected "token" but received undefined']);
  });

  it('also one that only a transformation before has made', async () => {
    const pairs = z
      .string()
      .transform((text) => Object.fromEntries(text.split(';').map((pair) => pair.split('='))) as object)
      .pipe(z.strictObject({ a: z.string() }));
    const definition = defineHotConfig('strict', z.object({ s: pairs }), { sensitive: ['s'] });
    expect(await refused(definition, { s: 'a=1;hunter2=2' })).toEqual(['s: Unrecognized key: "[redacted]"']);
    const path = [{ key: 's' }, { key: 'hunter2', origin: 'key', input: { hunter2: undefined } }];
    const made = defineHotConfig('made', refusing({ message: 'never "hunter2"', path }), {
      sensitive: ['s'],
    });
    expect(await refused(made, { s: 'hunter2' })).toEqual(['s.‹key›: never "[redacted]"']);
  });

  it('as arktype reports it, beside what is said of it already', async () => {
    const { jsonSchema } = S['~standard'] as unknown as { jsonSchema: object };
    const issue = { message: 's.hunter2 must be removed', path: ['s', 'hunter2'] };
    const schema = { '~standard': { ...refusing(issue)['~standard'], jsonSchema } };
    const definition = defineHotConfig('strict', schema, { sensitive: ['s'] });
    expect(await refused(definition, { s: { hunter2: 1 } })).toEqual([
      's.‹key›: unknown key, not shown because it may hold a value',
    ]);
  });
});
