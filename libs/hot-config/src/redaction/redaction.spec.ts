import 'reflect-metadata';
import { inspect } from 'node:util';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsString,
  IsUrl,
  Matches,
  MinLength,
  registerDecorator,
  Validate,
  ValidateNested,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { z } from 'zod';
import { decodeDocument } from '../document/index.js';
import { defineHotConfig, HotConfigSchema, Sensitive } from '../schema/index.js';
import { rejected } from '../schema/schema.fixture.js';
import { maskedError, maskOf, redactUndecoded } from './index.js';
import { maskOfSecrets } from './mask.js';

const SECRET = 'hunter2-hunter2';
const URL_WITH_SECRET = `postgres://app:${encodeURIComponent('p@ss/word9')}@db:5432/shop`;
const NOT_SHOWN = 'is not valid; the value is sensitive, so neither the value nor the reason is shown';

it('an issue of a document that cannot be decoded shows no key below a sensitive path', () => {
  const definition = defineHotConfig('tokens', z.object({ tokens: z.record(z.string(), z.string()) }), {
    sensitive: ['tokens'],
  });
  const decoded = decodeDocument(Buffer.from('tokens: {hunter2: a, hunter2: b}\nother: {a: 1, a: 2}\n'), {
    name: 'x',
  });
  if (decoded.ok) throw new Error('decoded');
  expect(redactUndecoded(definition, decoded.issues)).toMatchObject([
    { path: 'tokens.‹key›', message: 'duplicate key "[redacted]", first defined on line 1' },
    { path: 'other.a', message: 'duplicate key "a", first defined on line 2' },
  ]);
});

describe('an issue at a sensitive path', () => {
  const login = z.object({
    user: z.string(),
    password: z.string().refine(() => false, { error: ({ input }) => `bad ${String(input)}` }),
    pins: z.array(z.string()).default([]),
  });
  const definition = defineHotConfig('login', z.object({ login }), {
    sensitive: ['login.password', 'login.pins'],
  });

  it('has a fixed text instead of the message of the schema, and so has an issue below that path', async () => {
    const document = { login: { user: 'app', password: SECRET, pins: ['1234', 4711] } };
    expect(await rejected(definition, document)).toEqual([
      `login.password: ${NOT_SHOWN}`,
      `login.pins.1: ${NOT_SHOWN}`,
    ]);
  });

  it('has a text about a possibly missing value when the document has none', async () => {
    expect(await rejected(definition, { login: { user: 'app' } })).toEqual([
      'login.password: is missing or not valid; the value is sensitive, so the reason is not shown',
    ]);
  });

  it('has a fixed text also above that path, when a scalar stands in place of the mapping', async () => {
    const quoting = z.custom<object>(() => false, { error: ({ input }) => `bad ${String(input)}` });
    const above = defineHotConfig('above', z.object({ login: quoting }), { sensitive: ['login.password'] });
    expect(await rejected(above, { login: SECRET })).toEqual([`login: ${NOT_SHOWN}`]);
    expect(await rejected(above, { login: { user: 'app' } })).toEqual(['login: bad [object Object]']);
  });

  it('has a fixed text also above that path, when a list of scalars stands in place of the mapping', async () => {
    const quoting = z.custom<object>(() => false, { error: ({ input }) => `bad ${JSON.stringify(input)}` });
    const sensitive = ['login.password', 'pins.*'];
    const above = defineHotConfig('above', z.object({ login: quoting, pins: quoting }), { sensitive });
    expect(await rejected(above, { login: [[SECRET]], pins: [SECRET] })).toEqual([
      `login: ${NOT_SHOWN}`,
      'pins: bad ["[redacted]"]',
    ]);
  });

  it('hides the secret, in a message of the schema, when a list of mappings stands in place of the mapping', async () => {
    const quoting = z.custom<object>(() => false, { error: ({ input }) => `bad ${JSON.stringify(input)}` });
    const above = defineHotConfig('above', z.object({ login: quoting }), { sensitive: ['login.password'] });
    expect(await rejected(above, { login: [{ user: 'app', password: SECRET }] })).toEqual([
      'login: bad [{"user":"app","password":"[redacted]"}]',
    ]);
  });

  it('hides, in a message about the whole document, a scalar that stands in place of a mapping with a secret', async () => {
    const whole = z.looseObject({}).refine(() => false, { error: ({ input }) => JSON.stringify(input) });
    const above = defineHotConfig('above', whole, { sensitive: ['login.password'], unknownKeys: 'allow' });
    expect(await rejected(above, { login: SECRET, name: 'corner' })).toEqual([
      ': {"login":"[redacted]","name":"corner"}',
    ]);
  });

  it.each<[string, StandardSchemaV1<unknown, object>]>([
    ['a strict object', z.object({ s: z.strictObject({}) })],
    ['a record', z.object({ s: z.record(z.string().regex(/^x/), z.int()) })],
    ['a pipe', z.object({ s: z.unknown().pipe(z.strictObject({})) })],
  ])('shows no key below that path that %s rejects', async (_kind, schema) => {
    for (const unknownKeys of ['allow', 'reject'] as const) {
      const strict = defineHotConfig('strict', schema, { sensitive: ['s'], unknownKeys });
      const issues = await rejected(strict, { s: { hunter2: 1 } });
      expect(issues).toEqual([expect.stringMatching(/^s(\.‹key›)?: is not valid; the value is sensitive/)]);
    }
  });

  it('shows neither a key that the schema created from a sensitive text, nor a key below it', async () => {
    const split = z
      .string()
      .transform((text) => ({ [text]: { [text]: 1 } }))
      // The pipe rejects the output of the transform on purpose.
      .pipe(z.record(z.string(), z.record(z.string(), z.string())) as never);
    const definition = defineHotConfig('split', z.object({ s: split }), {
      sensitive: ['s'],
    });
    expect(await rejected(definition, { s: 'hunter2' })).toEqual([
      's.‹key›: is missing or not valid; the value is sensitive, so the reason is not shown',
    ]);
  });

  it('is recognized also where a key of the path is no name, or has a dot', async () => {
    const quoting = z.string().refine(() => false, { error: ({ input }) => `bad ${String(input)}` });
    const schema = z.object({ 'db.password': quoting, 'acme corp': z.object({ pin: quoting }) });
    const dotted = defineHotConfig('dotted', schema, { sensitive: ['db\\.password', 'acme corp.pin'] });
    expect(await rejected(dotted, { 'db.password': SECRET, 'acme corp': { pin: SECRET } })).toEqual([
      `db\\.password: ${NOT_SHOWN}`,
      `‹key›.pin: ${NOT_SHOWN}`,
    ]);
  });
});

describe('an issue at any other path', () => {
  it('stays as the schema wrote it, also where the document happens to hold a word of the message', async () => {
    const schema = z.object({ a: z.string(), note: z.string(), level: z.enum(['production', 'staging']) });
    const definition = defineHotConfig('plain', schema);
    expect(await rejected(definition, { a: 5, note: 'expected', level: 'production "staging"' })).toEqual([
      'a: Invalid input: expected string, received number',
      'level: Invalid option: expected one of "production"|"staging"',
    ]);
  });

  it('stays as a class wrote it, the value that it quotes included', async () => {
    @HotConfigSchema('quoted')
    class Quoted {
      @IsIn(['DEBUG', 'INFO'])
      level!: string;
      @IsUrl()
      url!: string;
      @MinLength(40)
      text!: string;
      @Matches(/^x/, { message: '"$value" must start with x' })
      a!: string;
    }
    expect(await rejected(Quoted, { level: 'INF', url: 'must', text: 'characters', a: 'front' })).toEqual([
      'a: "front" must start with x',
      'level: must be one of the following values: DEBUG, INFO',
      'text: must be longer than or equal to 40 characters',
      'url: must be a URL address',
    ]);
  });

  it('is cut at the length limit, after the secrets in it were replaced', async () => {
    const message = 'x'.repeat(490) + SECRET.repeat(2) + 'x'.repeat(10_000);
    const schema = z.object({ a: z.string().refine(() => false, message), secret: z.string() });
    const definition = defineHotConfig('long', schema, { sensitive: ['secret'] });
    const [issue] = await rejected(definition, { a: 'b', secret: SECRET });
    expect(issue).toMatch(/^a: x{490}\[redacted\]…$/);
  });

  const elsewhere: [string, StandardSchemaV1<unknown, object>][] = [
    [
      'a refinement of the whole',
      z
        .object({ pin: z.string(), name: z.string() })
        .refine(() => false, { error: ({ input }) => JSON.stringify(input), path: ['name'] }),
    ],
    [
      'a message at another place',
      z.object({ pin: z.string(), name: z.string() }).superRefine(({ pin }, context) => {
        context.addIssue({ code: 'custom', path: ['name'], message: `differs from ${pin}!` });
      }),
    ],
  ];
  it.each(elsewhere)('shows no sensitive value in %s', async (_kind, schema) => {
    const definition = defineHotConfig('secretive', schema, { sensitive: ['pin'] });
    for (const pin of [SECRET, '47']) {
      const [issue] = await rejected(definition, { pin, name: 'x' });
      expect(issue).toContain('[redacted]');
      expect(issue).not.toContain(pin);
    }
  });

  it('shows no sensitive value of a neighbour that a rule of a class quotes', async () => {
    class Login {
      @Matches(/^x/, {
        message: ({ value, object }: ValidationArguments) =>
          `bad ${String(value)} beside ${JSON.stringify(object)}, as in ${new URL((object as Login).url).password}`,
      })
      user!: string;
      @Sensitive()
      @IsString()
      pin!: string;
      @Sensitive()
      @IsString()
      url!: string;
    }
    @HotConfigSchema('neighbours')
    class Neighbours {
      @ValidateNested()
      @Type(() => Login)
      login!: Login;
    }
    expect(await rejected(Neighbours, { login: { user: 'bo', pin: '4711', url: URL_WITH_SECRET } })).toEqual([
      'login.user: bad bo beside {"user":"bo","pin":"[redacted]","url":"[redacted]"}, as in [redacted]',
    ]);
  });

  it('shows no part of a sensitive value that a third-party constraint class or decorator quotes', async () => {
    @ValidatorConstraint()
    class Remembering implements ValidatorConstraintInterface {
      why = '';
      validate(value: string): boolean {
        this.why = `key${value}`;
        return false;
      }
      defaultMessage(): string {
        return this.why;
      }
    }
    const IsUrlOfOurs = (): PropertyDecorator => (target, property) =>
      registerDecorator({
        name: 'isUrl',
        target: target.constructor,
        propertyName: String(property),
        validator: {
          validate: () => false,
          defaultMessage: ({ value } = {} as never) => `${String(value)} is no URL`,
        },
      });
    @HotConfigSchema('remembered')
    class Remembered {
      @Sensitive()
      @Validate(Remembering)
      a!: string;
      @Sensitive()
      @IsUrlOfOurs()
      url!: string;
    }
    expect(await rejected(Remembered, { a: SECRET, url: URL_WITH_SECRET })).toEqual([
      `a: ${NOT_SHOWN}`,
      `url: ${NOT_SHOWN}`,
    ]);
  });
});

describe('a mask', () => {
  const shown = (text: string, password: string): string => maskOfSecrets([password])(text);
  const written = (password: string): string =>
    Object.assign(new URL('postgres://app@db/shop'), { password }).href;

  const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));
  it.each(['p@ss/w0rd#1', "it's 100%", 'Grüße aus Köln', 'plain-word', 'tab\tand\nline', ascii])(
    'replaces the password %j in a URL, however it was encoded, in a form field, in JSON, and unencoded',
    (password) => {
      const encoded = `postgres://app:${encodeURIComponent(password)}@db/shop`;
      for (const url of [encoded, written(password)])
        expect(shown(`cannot reach ${url}`, password)).toBe('cannot reach postgres://app:[redacted]@db/shop');
      expect(shown(new URLSearchParams({ password }).toString(), password)).toBe('password=[redacted]');
      expect(shown(JSON.stringify({ password }), password)).toBe('{"password":"[redacted]"}');
      expect(shown(`no login with ${password}`, password)).toBe('no login with [redacted]');
    },
  );

  it.each([
    ['quotes and a line break', 'hunter2"\n"'],
    ['quotes and a tab', 'hunter2"\t"'],
    ['quotes and a backslash', 'hunter2"\\"'],
    ['all kinds of quotes', 'hunter2"\'`'],
    ['control characters', 'hunter2\x7f\x85'],
    ['more characters than node:util prints by default', `${'first line\n'.repeat(2000)}the last "line"`],
  ])(
    'replaces a secret with %s as node:util prints it, in its choice of quotes and with its escapes',
    (_kind, secret) => {
      const printed = inspect({ secret }, { breakLength: Infinity, maxStringLength: Infinity });
      expect(shown(printed, secret)).toMatch(/^\{ secret: (['"`])\[redacted\]\1 \}$/);
    },
  );

  it('replaces a secret also where the white space around it was removed', () => {
    expect(shown('no login with hunter2-secret!', ' hunter2-secret\n')).toBe('no login with [redacted]!');
  });

  it('replaces a password that no URL can hold unencoded: half of a surrogate pair', () => {
    const password = 'half \ud83d pair';
    expect(shown(`"${password}" in ${written(password)}`, password)).toBe(
      '"[redacted]" in postgres://app:[redacted]@db/shop',
    );
  });

  it('replaces the password of a secret URL, encoded, decoded and encoded again, but not its host', () => {
    const mask = maskOfSecrets([URL_WITH_SECRET, 'postgres://app:p$ss+word9@db:5432/shop']);
    expect(mask(`${URL_WITH_SECRET} with p%40ss%2Fword9, that is p@ss/word9`)).toBe(
      '[redacted] with [redacted], that is [redacted]',
    );
    expect(mask(`no login with ${encodeURIComponent('p$ss+word9')}`)).toBe('no login with [redacted]');
    expect(mask('getaddrinfo ENOTFOUND db')).toBe('getaddrinfo ENOTFOUND db');
  });

  it('replaces secrets shorter than 4 characters as whole words only, and longer secrets anywhere', () => {
    expect(shown('a1 and a12 and 1', '1')).toBe('a1 and a12 and [redacted]');
    expect(shown('"x/y": x/yz', 'x/y')).toBe('"[redacted]": x/yz');
    expect(shown('word: swordfish', 'word')).toBe('[redacted]: s[redacted]fish');
  });

  it('replaces secrets that contain each other, overlap or touch as a whole, once', () => {
    const mask = maskOfSecrets(['secret', 'top-secret', 'secret-key', 'XXXX']);
    expect(mask('a top-secret, a top-secret-key, secretXXXX!')).toBe(
      'a [redacted], a [redacted], [redacted]!',
    );
  });

  it('replaces every one of thousands of secrets with the same beginning, and nothing else', () => {
    const tokens = Array.from({ length: 3000 }, (_, n) => `sk_live_${String(n).padStart(6, '0')}`);
    const text = tokens.map((token) => `<${token}>`).join('sk_live_9');
    expect(maskOfSecrets(tokens)(text)).toBe(tokens.map(() => '<[redacted]>').join('sk_live_9'));
  });

  it('replaces a secret of any length as a whole, once, and nothing for its beginning or its end alone', () => {
    for (let length = 20; length <= 200; length += 1) {
      const secret = Array.from({ length }, (_, n) => String.fromCharCode(0x4e00 + n)).join('');
      const text = `${secret.slice(0, 19)}, ${secret}, ${secret.slice(-19)}`;
      expect(shown(text, secret)).toBe(`${secret.slice(0, 19)}, [redacted], ${secret.slice(-19)}`);
    }
  });

  // Without a limit to the work for each character, these take hours, or more memory than there is.
  it('does limited work for each character of a text that repeats the beginning of an endless secret', () => {
    const text = 'a'.repeat(2_000_000);
    expect(shown(`${text}-`, `${'a'.repeat(1_000_000)}b`)).toBe('[redacted]-');
  });

  it('does limited work for each character of a text in which hundreds of secrets overlap everywhere', () => {
    const secrets = Array.from({ length: 700 }, (_, n) => 'a'.repeat(n + 4));
    expect(maskOfSecrets(secrets)(`${'a'.repeat(100_000)}-`)).toBe('[redacted]-');
  });

  it('replaces nothing for an empty or blank secret', () => {
    expect(maskOfSecrets(['', '  ', ' \n'])('a  b%20%20c "++" \\n')).toBe('a  b%20%20c "++" \\n');
  });

  it('does no work before it is used, and looks at each value once however many texts follow', () => {
    let asked = 0;
    const definition = {
      isSensitive: (_value: unknown, path: readonly string[]) => {
        asked += 1;
        return path[0] === 'password';
      },
      holdsSensitive: () => false,
    };
    const mask = maskOf(definition, { password: SECRET, host: 'db' }, undefined);
    expect(asked).toBe(0);
    for (let text = 0; text < 10; text += 1) expect(mask(`${SECRET} on db`)).toBe('[redacted] on db');
    expect(asked).toBeLessThanOrEqual(3);
  });

  it('replaces the sensitive values in Maps, Sets, dates, and in an object that two paths lead to', () => {
    const shared = { pin: 'shared-pin' };
    const value = {
      open: shared,
      secret: {
        map: new Map([['x', 'in-a-map']]),
        set: new Set(['in-a-set']),
        url: new URL('http://in-a-url'),
        shared,
        count: 12345n,
      },
    };
    const isSecret = (path: readonly string[]): boolean => path[0] === 'secret';
    const mask = maskOf({ isSensitive: (_, path) => isSecret(path), holdsSensitive: () => false }, value);
    expect(mask('in-a-map in-a-set http://in-a-url/ shared-pin 12345')).toBe(
      Array(5).fill('[redacted]').join(' '),
    );
  });

  it('replaces the value in a key that lacks the space after a sensitive name', () => {
    const definition = defineHotConfig('keys', z.object({}), { sensitive: ['db.url'] });
    const mask = maskOf(definition, { db: { [`url:${URL_WITH_SECRET}`]: null, 'host:localhost': null } });
    expect(mask(`no ${URL_WITH_SECRET}, p@ss/word9 at localhost`)).toBe(
      'no [redacted], [redacted] at localhost',
    );
  });
});

describe('a third-party error', () => {
  const mask = maskOfSecrets([SECRET, 'first line\nsecond line', '{"key":\n"hunter2"}']);

  it('is the same object when nothing that a logger prints of it is sensitive', () => {
    const error = Object.assign(new TypeError('no login'), { code: 'EAUTH', options: { host: 'db' } });
    expect(maskedError(error, mask)).toBe(error);
  });

  it.each([
    ['its message', new TypeError(`no login with ${SECRET}`)],
    ['a property', Object.assign(new TypeError('no login'), { options: { password: SECRET } })],
    ['a cause', new TypeError('no login', { cause: new Error(SECRET) })],
    [
      'a property of JSON in several lines',
      Object.assign(new TypeError('no'), { key: '{"key":\n"hunter2"}' }),
    ],
    ['a property of several lines', Object.assign(new TypeError('no'), { key: 'x first line\nsecond line' })],
  ])(
    'is replaced by an error of the same name, with the same stack frames, when a secret is in %s',
    (_where, error) => {
      const safe = maskedError(error, mask);
      expect(safe).not.toBe(error);
      expect(safe.name).toBe('TypeError');
      expect(safe.stack).toContain('redaction.spec.ts');
      expect(inspect(safe, { depth: 8 })).not.toMatch(/hunter2|second line/);
    },
  );

  it('has the messages of the errors in it, or its code, when its own message is empty', () => {
    const errors = [new Error('no IPv4'), new Error('no IPv6'), new Error('no IPv4')];
    expect(maskedError(new AggregateError(errors, ''), mask).message).toBe('no IPv4; no IPv6');
    expect(maskedError(Object.assign(new Error(''), { code: 'ECONNREFUSED' }), mask).message).toBe(
      'ECONNREFUSED',
    );
  });

  it.each([
    [undefined, 'undefined'],
    [`no ${SECRET}`, 'no [redacted]'],
    [Object.create(null), 'something was thrown that cannot be shown'],
    [
      Object.create(Error.prototype, { message: { get: () => fail() } }),
      'something was thrown that cannot be shown',
    ],
  ])('is created for any thrown value: %#', (thrown: unknown, message) => {
    expect(maskedError(thrown, mask)).toMatchObject({ message });
  });

  it('is replaced by a fixed message when the mask itself throws', () => {
    const safe = maskedError(new Error(SECRET), () => fail());
    expect(safe.message).toBe('something was thrown that cannot be shown');
  });

  function fail(): never {
    throw new Error(SECRET);
  }
});
