import { z } from 'zod';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { concealSensitive } from './concealment.js';
import { defineHotConfig } from '../schema/index.js';
import { refused } from '../schema/schema.fixture.js';

const SECRET = 'hunter2-hunter2';
const URL_WITH_SECRET = `postgres://app:${encodeURIComponent('p@ss/word9')}@db:5432/shop`;

describe('a message of a Standard Schema', () => {
  const messages: [string, StandardSchemaV1<unknown, object>][] = [
    [
      'a refinement',
      z.object({ a: z.string().refine(() => false, { error: ({ input }) => `bad ${String(input)}` }) }),
    ],
    [
      'a refinement of the whole',
      z.object({ a: z.string() }).refine(() => false, { error: ({ input }) => JSON.stringify(input) }),
    ],
    [
      'a parser that quotes a part',
      z.object({
        a: z.string().transform((text, context) => {
          try {
            return JSON.parse(text) as unknown;
          } catch (error) {
            context.addIssue((error as Error).message);
            return z.NEVER;
          }
        }),
      }),
    ],
    [
      'an enumeration that says what it got',
      z.object({ a: z.enum(['x', 'y'], { error: ({ input }) => `got "${String(input)}", not x or y` }) }),
    ],
    [
      'a message cut short',
      z.object({
        a: z.string().refine(() => false, { error: ({ input }) => `bad ${String(input).slice(0, 12)}…` }),
      }),
    ],
    [
      'a message at another place',
      z.object({ a: z.string(), b: z.string() }).superRefine(({ a }, context) => {
        context.addIssue({ code: 'custom', path: ['b'], message: `differs from ${a}` });
      }),
    ],
  ];

  it.each(messages)('of %s loses the value', async (_kind, schema) => {
    const problems = await refused(defineHotConfig('secretive', schema), { a: SECRET, b: 'b' });
    expect(problems.join()).not.toMatch(/hunter2/);
  });

  it('loses a URL, its parts, and its password in whatever spelling', async () => {
    const schema = z.object({
      a: z.string().refine(() => false, {
        error: ({ input }) => {
          const { host, password } = new URL(String(input));
          return `${String(input)} at ${host} with ${password}, that is ${decodeURIComponent(password)}`;
        },
      }),
    });
    expect(await refused(defineHotConfig('urls', schema), { a: URL_WITH_SECRET })).toEqual([
      'a: [redacted] at [redacted] with [redacted], that is [redacted]',
    ]);
  });

  it('loses what is declared sensitive wherever it is quoted, however short', async () => {
    const schema = z
      .object({ pin: z.string(), name: z.string() })
      .superRefine(({ pin }, context) =>
        context.addIssue({ code: 'custom', path: ['name'], message: `not ${pin}!` }),
      );
    const definition = defineHotConfig('pins', schema, { sensitive: ['pin'] });
    expect(await refused(definition, { pin: '47', name: 'x' })).toEqual(['name: not [redacted]!']);
  });

  it('loses the first characters of what is declared sensitive', async () => {
    const pin = z
      .string()
      .refine(() => false, { error: ({ input }) => `"${String(input).slice(0, 5)}…" is none` });
    const definition = defineHotConfig('starts', z.object({ pin }), { sensitive: ['pin'] });
    expect(await refused(definition, { pin: SECRET })).toEqual(['pin: "[redacted]…" is none']);
  });

  it('keeps a word that only begins like what is sensitive, and the protocol of a URL', async () => {
    const pin = z.string().refine(() => false, 'expected a pin; take it from https://');
    const definition = defineHotConfig('words', z.object({ pin, url: z.string() }), { sensitive: ['*'] });
    expect(await refused(definition, { pin: 'expect-7', url: 'https://u:p@host' })).toEqual([
      'pin: expected a pin; take it from https://',
    ]);
  });

  it('keeps the words of the schema, be they what a document elsewhere holds or nearly what was written', async () => {
    const level = z.enum(['production', 'staging']);
    const definition = defineHotConfig('worded', z.object({ a: level, b: level, n: z.number().max(100) }));
    expect(await refused(definition, { a: 'production', b: 'productio', n: 100.5 })).toEqual([
      'b: Invalid option: expected one of "production"|"staging"',
      'n: Too big: expected number to be <=100',
    ]);
  });

  it('is cut where nobody reads on', async () => {
    const schema = z.object({ a: z.string().refine(() => false, 'x'.repeat(10_000)) });
    const [problem] = await refused(defineHotConfig('long', schema), { a: 'b' });
    expect(problem?.length).toBeLessThan(600);
  });
});

describe('a message of a driver', () => {
  const shown = (text: string, password: string): string =>
    concealSensitive(text, { password, host: 'db' }, ([name]) => name === 'password');
  const written = (password: string): string =>
    Object.assign(new URL('postgres://app@db/shop'), { password }).href;

  const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));
  it.each(['p@ss/w0rd#1', "it's 100%", 'Grüße aus Köln', 'plain-word', 'tab\tand\nline', ascii])(
    'loses the password %j out of a URL, however it was encoded',
    (password) => {
      const encoded = `postgres://app:${encodeURIComponent(password)}@db/shop`;
      for (const url of [encoded, written(password)])
        expect(shown(`cannot reach ${url}`, password)).toBe('cannot reach postgres://app:[redacted]@db/shop');
    },
  );

  it('loses a password that no URL can hold as it is: half of a surrogate pair', () => {
    const password = 'half \ud83d pair';
    expect(shown(`"${password}" in ${written(password)}`, password)).toBe(
      '"[redacted]" in postgres://app:[redacted]@db/shop',
    );
  });

  it('loses the password of a URL where that alone is encoded again', () => {
    const url = 'postgres://app:p$ss+word9@db/shop';
    const text = `no login with ${encodeURIComponent('p$ss+word9')}`;
    expect(concealSensitive(text, { url }, () => true)).toBe('no login with [redacted]');
  });

  it.each([
    ['getaddrinfo ENOTFOUND pg.shop.internal', 'getaddrinfo ENOTFOUND [redacted]'],
    ['connect ECONNREFUSED pg.shop.internal:5432', 'connect ECONNREFUSED [redacted]'],
    ["open '/run/secrets/root.crt'", "open '[redacted]'"],
  ])('loses what else a sensitive URL holds, with or without its port: %s', (text, concealed) => {
    const url = 'postgres://app@pg.shop.internal:5432/shop?sslrootcert=/run/secrets/root.crt';
    expect(concealSensitive(text, { url }, () => true)).toBe(concealed);
  });
});
