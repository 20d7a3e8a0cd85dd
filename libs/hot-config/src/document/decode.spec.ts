import { stringify } from 'yaml';
import type { DocumentContentType, HotConfigIssue, PlainObject } from '../contract/index.js';
import { type Decoded, decodeDocument, formatIssues } from './index.js';

function decode(text: string, contentType?: DocumentContentType): Decoded {
  return decodeDocument(new TextEncoder().encode(text), { name: 'service1.yaml', contentType });
}

function valueOf(text: string, contentType?: DocumentContentType): PlainObject {
  const decoded = decode(text, contentType);
  if (!decoded.ok) throw new Error(`was rejected:\n${formatIssues(decoded.issues)}`);
  return decoded.value;
}

function issuesOf(text: string, contentType?: DocumentContentType): readonly HotConfigIssue[] {
  const decoded = decode(text, contentType);
  if (decoded.ok) throw new Error('was accepted');
  return decoded.issues;
}

const issue = (line: number, column: number, message: string, path = ''): HotConfigIssue => ({
  path,
  message: expect.stringContaining(message) as string,
  line,
  column,
});
const whole = (message: string): HotConfigIssue => ({
  path: '',
  message: expect.stringContaining(message) as string,
});

describe('a document that is accepted', () => {
  it('becomes plain objects with the ordinary prototype', () => {
    const value = valueOf('a: 1\nb:\n  - x\n  - {c: true, d: null, e: 1.5}\n');
    expect(value).toStrictEqual({ a: 1, b: ['x', { c: true, d: null, e: 1.5 }] });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('may be JSON, with or without the content type of JSON', () => {
    const json = '{\n\t"a": [1,\n\t\t2.5e3],\n\t"b": {"c": "\\u00e9", "d": null}\n}';
    const expected = { a: [1, 2500], b: { c: 'é', d: null } };
    expect(valueOf(json)).toStrictEqual(expected);
    expect(valueOf(json, 'application/json')).toStrictEqual(expected);
  });

  it('is YAML 1.2, in which yes, no and dates are texts', () => {
    expect(valueOf('%YAML 1.2\n---\na: yes\nb: 2001-01-01\nc: 0x1F\nd: 0o17\n...\n')).toStrictEqual({
      a: 'yes',
      b: '2001-01-01',
      c: 31,
      d: 15,
    });
  });

  it('keeps text that looks like a comment or a blank line', () => {
    const text = 'a: |\n  one # two\n\n  # three\n\n# comment\n   \n\t\nb: x#y # comment\nc: |+\n  z\n\n';
    expect(valueOf(text)).toStrictEqual({ a: 'one # two\n\n# three\n', b: 'x#y', c: 'z\n\n' });
  });

  it('may be an empty mapping, which differs from an empty document', () => {
    expect(valueOf('{}')).toStrictEqual({});
  });

  it('may have every layout that the YAML library can write', () => {
    const value = {
      text: 'two words',
      multi: 'line one\n\n  indented: yes\nline three\n',
      quoted: [
        '- x',
        '# y',
        'a: b',
        '',
        '1',
        'true',
        'null',
        '~',
        '"',
        "'",
        '\t',
        '<<',
        '@',
        '*a',
        '&a',
        '!t',
      ],
      deep: { list: [[1, [2, []]], {}, { a: { b: [{ c: -0.5 }] } }] },
      '<<': 'a key',
      'key with: colon': 1,
    };
    for (const collectionStyle of ['block', 'flow', 'any'] as const) {
      for (const defaultStringType of [
        'PLAIN',
        'QUOTE_DOUBLE',
        'QUOTE_SINGLE',
        'BLOCK_FOLDED',
        'BLOCK_LITERAL',
      ] as const) {
        const text = stringify(value, {
          collectionStyle,
          defaultStringType,
          defaultKeyType: 'QUOTE_DOUBLE',
          lineWidth: 20,
        });
        expect(valueOf(text)).toStrictEqual(value);
      }
    }
  });
});

describe('fault: invalid YAML or JSON', () => {
  it.each([
    ['an unclosed quote, where it was opened', 'a: 1\nb: "x\nc: 2\n', [issue(2, 4, 'closing quote')]],
    ['an unclosed quote in brackets', "a: ['x, y]\nb: 1\n", [issue(1, 5, 'closing quote')]],
    ['an unclosed bracket', 'a: [1, 2\nb: 3\n', [issue(2, 1, 'bracket')]],
    ['a wrong indentation', 'a:\n  b: 1\n c: 2\n', [issue(3, 1, 'indentation')]],
    ['a colon in a text', 'a: b: c\n', [issue(1, 4, 'quote a string that contains ": "')]],
    ['a missing colon', 'a: 1\nfoo\nb: 2\n', [issue(2, 1, 'is a ":" or a quote missing')]],
    ['a reserved character', 'a: @x\n', [issue(1, 4, 'must be quoted')]],
    ['a bad escape', 'a: "\\q"\n', [issue(1, 5, 'escape')]],
    ['a tab as indentation', 'a:\n\tb: 1\n', [issue(2, 1, 'tab')]],
    ['a comment that touches a text', 'a: "x"#y\n', [issue(1, 7, 'space')]],
    ['an error below comments', '# x\na: 1 # y\nb: @x\n', [issue(3, 4, 'must be quoted')]],
    ['another YAML version', '%YAML 1.1\n---\na: yes\n', [issue(1, 1, 'directive')]],
  ])('is rejected with line and column: %s', (_, text, expected) => {
    expect(issuesOf(text)).toEqual(expected);
  });

  it.each([
    ['a comment', '// x\n{}', [issue(1, 1, 'no comments')]],
    ['a trailing comma', '{"a": 1,}', [issue(1, 9, 'no comma before')]],
    ['a missing colon', '{\n  "a" 1}', [issue(2, 7, '":" is missing')]],
    ['a comment of YAML', '{"a": 1, # x\n"b": 2}', [issue(1, 10, 'no comments')]],
    ['a comma after the last item of a list', '{"a": [1,]}', [issue(1, 10, 'no comma before "]"')]],
    ['a missing comma', '{"a": 1\n"b": 2}', [issue(2, 1, 'comma is missing')]],
    ['a missing value', '{"a": [1,,2]}', [issue(1, 10, 'value is missing')]],
    ['a missing key', '{"a": 1, : 2}', [issue(1, 10, 'key in double quotes is missing')]],
    ['a key without quotes', '{a: 1}', [issue(1, 2, 'key must be in double quotes')]],
    ['a key in single quotes', "{'a': 1}", [issue(1, 2, 'key must be in double quotes')]],
    ['a string in single quotes', `{"a": 'x'}`, [issue(1, 7, 'must be in double quotes')]],
    ['a leading zero', '{"a": 01}', [issue(1, 7, 'not a valid number')]],
    ['a plus sign', '{"a": +1}', [issue(1, 7, 'not a valid number')]],
    ['half a number', '{"a": 1.}', [issue(1, 7, 'number is incomplete')]],
    ['NaN', '{"a": NaN}', [issue(1, 7, 'not valid JSON')]],
    ['an unclosed quote', '{"a": "x\n}', [issue(1, 7, 'closing double quote')]],
    ['an unclosed quote at the end', '{"a": "x', [issue(1, 7, 'closing double quote')]],
    ['a bad escape', '{"a": "x\\q"}', [issue(1, 9, 'unknown escape')]],
    ['a bad \\u escape', '{"a": "\\u00g0"}', [issue(1, 8, 'invalid \\u escape')]],
    ['a tab inside a string', '{"a": "\t"}', [issue(1, 8, 'escape sequence')]],
    ['an end too early', '{"a": [1', [issue(1, 9, 'closing "]"')]],
    ['the wrong closing bracket', '{"a": [1}', [issue(1, 9, 'closing "]"')]],
    ['text after the end', '{} x', [issue(1, 4, 'must end here')]],
    ['NUL after the end, which a crash leaves in a file', '{}\0\0', [issue(1, 3, 'U+0000')]],
  ])('is rejected as strict JSON with line and column: %s', (_, text, expected) => {
    expect(issuesOf(text, 'application/json')).toEqual(expected);
  });

  it('lists several errors of JSON at once, of the syntax and of the content', () => {
    const text = '{"a": 01, "a": 2,\n"b": "\\q" "c": NaN, // x\n"d": 1e400,}';
    expect(issuesOf(text, 'application/json')).toEqual([
      issue(1, 7, 'not a valid number'),
      issue(1, 11, 'duplicate key "a"', 'a'),
      issue(2, 7, 'unknown escape'),
      issue(2, 11, 'comma is missing'),
      issue(2, 16, 'not valid JSON'),
      issue(2, 21, 'no comments'),
      issue(3, 6, 'finite', 'd'),
      issue(3, 12, 'no comma before "}"'),
    ]);
  });

  it('lists several errors of YAML at once, in the order of the text', () => {
    expect(issuesOf('a: @x\nb: "\\q"\nc: [1,,2]\n')).toEqual([
      issue(1, 4, 'quoted'),
      issue(2, 5, 'escape'),
      issue(3, 7, 'unexpected'),
    ]);
  });

  it('lists at most 20 issues', () => {
    expect(issuesOf('a: "\\q"\n'.repeat(50))).toHaveLength(20);
    expect(issuesOf('- @\n'.repeat(1000))).toHaveLength(20);
    expect(issuesOf(`{"a": 1${',"a":1'.repeat(50)}}`)).toHaveLength(20);
    expect(issuesOf(`{"a": [${'x,'.repeat(50)}1]}`, 'application/json')).toHaveLength(20);
  });

  it('gives issues that show no value of the document, whatever is wrong with the document', () => {
    const secret = 'hunter2';
    const texts = [
      `a: ${secret}: x`,
      `a: "${secret}`,
      `a: @${secret}`,
      `a: "\\q${secret}"`,
      `a: !${secret} x`,
      `a: *${secret}`,
      `a: !!int ${secret}`,
      `%${secret}\n---\na: 1`,
      `a: [${secret}\nb: 1`,
      `a: |${secret}\n x`,
      secret,
      `- ${secret}`,
      `a: 1\n${secret}\nb: 1`,
      `? [${secret}]\n: 1`,
      `a: ${secret}\n---\nb: 1`,
      `{"a": ${secret}}`,
      `{"a": "${secret}`,
      `{"a": "\\q${secret}"}`,
      `["${secret}"]`,
    ];
    for (const text of texts) {
      for (const contentType of [undefined, 'application/json'] as const) {
        const decoded = decode(text, contentType);
        if (!decoded.ok) expect(JSON.stringify(decoded.issues)).not.toContain(secret);
        else expect(text).toContain('{"a": hunter2}'); // The text is YAML unless the content type is JSON.
      }
    }
  });
});

describe('fault: tabs, CRLF', () => {
  it('accepts CRLF line ends and drops a byte order mark, in YAML and in JSON', () => {
    expect(valueOf('\ufeffa: 1\r\nb:\r\n  - x\r\n')).toStrictEqual({ a: 1, b: ['x'] });
    expect(valueOf('\ufeff{"a": 1,\r\n"b": ["x"]}\r\n', 'application/json')).toStrictEqual({
      a: 1,
      b: ['x'],
    });
  });

  it('accepts tabs between YAML tokens, in YAML texts and after them, and between JSON tokens', () => {
    expect(valueOf('a:\t1\t# x\nb: "x\ty"\nc: [1,\t2]\n')).toStrictEqual({ a: 1, b: 'x\ty', c: [1, 2] });
    expect(valueOf('{\t"a":\t1\t}', 'application/json')).toStrictEqual({ a: 1 });
  });

  it.each(['a:\n\tb: 1\n', 'a:\n  b: 1\n\tc: 1\n', '\ta: 1\n'])(
    'rejects a tab that indents YAML, with its place: %j',
    (text) => {
      const line = text.slice(0, text.indexOf('\t')).split('\n').length;
      expect(issuesOf(text)[0]).toMatchObject({ line, column: 1 });
      expect(
        issuesOf(text)
          .map(({ message }) => message)
          .join(),
      ).toMatch(/tab|indentation/);
    },
  );
});

describe('bytes that are not a text', () => {
  it('are rejected when they are not UTF-8, with the place of the first bad byte', () => {
    const bytes = Uint8Array.from([...new TextEncoder().encode('a: \ufffd\nb: é'), 0xe9, 0x0a]);
    const decoded = decodeDocument(bytes, { name: 'service1.yaml' });
    expect(decoded).toEqual({ ok: false, issues: [issue(2, 5, 'UTF-8')] });
  });

  it('are rejected when they are UTF-16, with and without a byte order mark', () => {
    const utf16 = Buffer.from('a: 1\n', 'utf16le');
    expect(decodeDocument(utf16, { name: 'x' })).toEqual({ ok: false, issues: [issue(1, 2, 'U+0000')] });
    const marked = Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]);
    expect(decodeDocument(marked, { name: 'x' })).toEqual({ ok: false, issues: [issue(1, 1, 'UTF-8')] });
  });

  it('are rejected when they hold NUL, which a crash leaves in a file, or a line end that is only CR', () => {
    expect(issuesOf('a: 1\nb: x\0\0')).toEqual([issue(2, 5, 'U+0000')]);
    expect(issuesOf('a: 1\rb: 2\r')).toEqual([issue(1, 5, 'carriage return')]);
  });

  it('are rejected when an escape sequence writes half a character', () => {
    expect(issuesOf('{"a": "\\ud83d", "b\\ude00": 1}')).toEqual([
      issue(1, 7, 'unpaired surrogate', 'a'),
      issue(1, 17, 'unpaired surrogate'),
    ]);
    expect(issuesOf('a: "\\ud83d"\n"b\\ude00": 1\n')).toEqual([
      issue(1, 4, 'unpaired surrogate', 'a'),
      issue(2, 1, 'unpaired surrogate'),
    ]);
    expect(valueOf('{"a": "\\ud83d\\ude00"}')).toStrictEqual({ a: '😀' });
  });

  it('are rejected before they are decoded when there are more than the limit, with both sizes', () => {
    const bytes = new Uint8Array(256 * 1024 + 1).fill(0xff);
    expect(decodeDocument(bytes, { name: 'big.yaml' })).toEqual({
      ok: false,
      issues: [whole('big.yaml has 262145 bytes; the limit is 262144')],
    });
  });
});

describe('fault: duplicate keys, in YAML and in JSON', () => {
  it('are rejected in YAML, with the places of both keys', () => {
    expect(issuesOf('a: 1\nb:\n  c: 1\n  d: {e: 1, e: 2}\n  "c": 2\n')).toEqual([
      issue(4, 13, 'duplicate key "e", first defined on line 4', 'b.d.e'),
      issue(5, 3, 'duplicate key "c", first defined on line 3', 'b.c'),
    ]);
  });

  it('are rejected in JSON, with the places of both keys', () => {
    const json = '{"a": 1,\n"b": [{"c": 1, "\\u0063": 2}],\n"a": 3}';
    const expected = [
      issue(2, 16, 'key "c"', 'b.0.c'),
      issue(3, 1, 'duplicate key "a", first defined on line 1', 'a'),
    ];
    expect(issuesOf(json)).toEqual(expected);
    expect(issuesOf(json, 'application/json')).toEqual(expected);
  });

  it('are rejected when they are equal only as texts', () => {
    expect(issuesOf('1: a\n"1": b\n')).toEqual([issue(2, 1, 'duplicate key "1"', '1')]);
  });
});

describe('fault: merge keys `<<`', () => {
  it('merge a mapping, and never override a key of the mapping that contains them', () => {
    const text = 'base: &base {p: 1, q: {r: 2}}\nbefore:\n  <<: *base\n  p: 9\nafter:\n  p: 9\n  <<: *base\n';
    const merged = { p: 9, q: { r: 2 } };
    expect(valueOf(text)).toStrictEqual({ base: { p: 1, q: { r: 2 } }, before: merged, after: merged });
  });

  it('take a key from the first of several mappings that have it', () => {
    expect(valueOf('a: &a {p: 1}\nb: &b {p: 2, q: 3}\nc: {<<: [*a, *b, {s: 4}]}\n')).toMatchObject({
      c: { p: 1, q: 3, s: 4 },
    });
  });

  it('are rejected when one mapping has two of them, and when they merge something other than a mapping', () => {
    expect(issuesOf('<<: {a: 1}\n<<: {b: 1}\n')).toEqual([
      issue(2, 1, 'a mapping can have one "<<"; write <<: [*a, *b]', '<<'),
    ]);
    expect(issuesOf('a: 1\nb: {<<: 5}\nc: {<<: [{d: 1}, 5]}\n')).toEqual([
      issue(2, 5, 'can be merged', 'b.<<'),
      issue(3, 5, 'can be merged', 'c.<<'),
    ]);
  });

  it('are ordinary keys when they are quoted, as in JSON', () => {
    expect(valueOf('"<<": {a: 1}\n')).toStrictEqual({ '<<': { a: 1 } });
    expect(valueOf('{"<<": {"a": 1}}')).toStrictEqual({ '<<': { a: 1 } });
  });
});

describe('anchors and aliases', () => {
  it('copy the value that the last anchor of that name before them marks', () => {
    const value = valueOf('a: &x {n: [1]}\nb: *x\nc: &x 2\nd: *x\n&k key: *k\n');
    expect(value).toStrictEqual({ a: { n: [1] }, b: { n: [1] }, c: 2, d: 2, key: 'key' });
    expect(value['a']).not.toBe(value['b']);
  });

  it('copy falsy values, too', () => {
    expect(valueOf('a: [&n null, &z 0, &e "", &f false]\nb: [*n, *z, *e, *f]\n')).toMatchObject({
      b: [null, 0, '', false],
    });
  });

  it('are rejected without an anchor before them, and inside the value that they would copy', () => {
    expect(issuesOf('a: *x\nb: &x 1\nc: &y [{d: *y}]\n')).toEqual([
      issue(1, 4, 'no anchor', 'a'),
      issue(3, 12, 'inside the value that it repeats', 'c.0.d'),
    ]);
  });
});

describe('fault: a number with a leading zero', () => {
  it.each(['0644', '-007', '+00'])('%s is rejected, because readers of YAML disagree on it', (literal) => {
    expect(issuesOf(`mode: ${literal}\n`)).toEqual([issue(1, 7, 'leading zero; quote it', 'mode')]);
  });

  it('the message does not show the number: it may be a password', () => {
    expect(JSON.stringify(issuesOf('pin: 0731942\n'))).not.toContain('731942');
  });

  it.each<[string, unknown]>([
    ['0o644', 420],
    ['"0644"', '0644'],
    ['0', 0],
    ['0.5', 0.5],
    ['-0', -0],
    ['2026-01-01', '2026-01-01'],
  ])('%s is read as what it is', (literal, value) => {
    expect(valueOf(`mode: ${literal}\n`)).toEqual({ mode: value });
  });
});

describe('fault: NaN, Infinity, integers beyond 2^53', () => {
  it('are rejected in YAML, however they are written', () => {
    const text =
      'a: .nan\nb: .inf\nc: -.INF\nd: 1e400\ne: 9007199254740992\nf: -9007199254740992\ng: 0x20000000000000\nh: 0o400000000000000000\n';
    const issues = issuesOf(text);
    expect(issues.map(({ path }) => path)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(issues[0]).toEqual(issue(1, 4, 'NaN', 'a'));
    expect(issues[3]).toEqual(issue(4, 4, 'finite', 'd'));
    expect(issues[4]).toEqual(issue(5, 4, 'quote it', 'e'));
  });

  it('are rejected as floats too when JSON would write them as integers', () => {
    expect(issuesOf('a: 1e20\nb: 9007199254740992.0\n').map(({ path }) => path)).toEqual(['a', 'b']);
    expect(issuesOf('{"a": 1e20}')).toEqual([issue(1, 7, 'integer beyond', 'a')]);
  });

  it('are rejected in JSON', () => {
    expect(issuesOf('{"a": 1e400,\n"b": [9007199254740993]}', 'application/json')).toEqual([
      issue(1, 7, 'finite', 'a'),
      issue(2, 7, 'integer beyond', 'b.0'),
    ]);
  });

  it('are not confused with the largest safe integers and with finite floats, which are accepted', () => {
    const expected = { a: 9007199254740991, b: -9007199254740991, c: 1e21, d: 0.1, e: 1.5e300 };
    expect(valueOf('a: 9007199254740991\nb: -9007199254740991\nc: 1e21\nd: 0.1\ne: 1.5e300\n')).toStrictEqual(
      expected,
    );
    expect(
      valueOf('{"a":9007199254740991,"b":-9007199254740991,"c":1e21,"d":0.1,"e":1.5e300}'),
    ).toStrictEqual(expected);
  });
});

describe('fault: `__proto__`, `constructor`, `prototype` as keys', () => {
  it.each([
    ['in YAML', '__proto__: {polluted: 1}\na: {constructor: {prototype: {polluted: 1}}}\n', ['', 'a']],
    ['in a list', 'a:\n  - prototype: 1\n', ['a.0']],
    ['escaped in YAML', '"\\x5f_proto__": {polluted: 1}\n', ['']],
    ['through a merge', 'a: &a {__proto__: {polluted: 1}}\nb: {<<: *a}\n', ['a']],
    ['in a merge', 'b: {<<: {__proto__: {polluted: 1}}}\n', ['b.<<']],
    ['through an alias', 'a: &a __proto__\n? *a\n: {polluted: 1}\n', ['']],
    ['in JSON', '{"__proto__": {"polluted": 1}}', ['']],
    ['escaped in JSON', '{"a": {"\\u005f_proto__": {"polluted": 1}}}', ['a']],
  ])('are rejected and touch no prototype: %s', (_, text, paths) => {
    const issues = issuesOf(text);
    expect(issues.slice(0, paths.length).map(({ path }) => path)).toEqual(paths);
    for (const { message } of issues) expect(message).toMatch(/is not allowed|must be a string/);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('are accepted as values', () => {
    expect(valueOf('a: __proto__\n')).toStrictEqual({ a: '__proto__' });
  });
});

describe('tags', () => {
  it.each([
    '!foo 1',
    '!!binary aGk=',
    '!!timestamp 2001-01-01',
    '!!set {a, b}',
    '!!omap [a: 1]',
    '!<tag:x.org,2000:y> 1',
    '! 1',
  ])('are rejected when they do not name plain data: %s', (tagged) => {
    expect(issuesOf(`a: ${tagged}\n`)).toEqual([issue(1, 4, 'tag is not supported')]);
  });

  it('are applied when they name plain data, and rejected when the value does not fit', () => {
    expect(valueOf('a: !!str 5\nb: !!int "5"\nc: !!map {}\nd: !!seq []\n')).toStrictEqual({
      a: '5',
      b: 5,
      c: {},
      d: [],
    });
    expect(issuesOf('a: !!int abc\nb: !!bool yes\nc: !!map [1]\n')).toEqual([
      issue(1, 4, 'does not fit'),
      issue(2, 4, 'does not fit'),
      issue(3, 4, 'does not fit'),
    ]);
  });
});

describe('keys that are not texts', () => {
  it('become their own text when there is only one way to write them', () => {
    expect(valueOf('1: a\n-2: b\n1.5: c\ntrue: d\nnull: e\n')).toStrictEqual({
      '1': 'a',
      '-2': 'b',
      '1.5': 'c',
      true: 'd',
      null: 'e',
    });
  });

  it.each([
    '0x10: a',
    '1.0: a',
    '+1: a',
    '1e3: a',
    'True: a',
    '~: a',
    ': a',
    '.nan: a',
    '9007199254740993: a',
  ])('are rejected when the same key could be written in another way: %s', (text) => {
    expect(issuesOf(text)).toEqual([issue(1, 1, 'must be quoted')]);
  });

  it.each(['? [a]\n: b', '? {a: 1}\n: b', '[a]: b', 'x: &x a\n*x : b'])(
    'are rejected when they are not scalars: %s',
    (text) => {
      expect(issuesOf(text)).toEqual([
        expect.objectContaining({ message: expect.stringContaining('must be a string') as string }),
      ]);
    },
  );
});

describe('fault: empty, comments only, scalar or list at top, several documents', () => {
  it.each([
    ['', 'is empty'],
    [' \n\t\r\n', 'is empty'],
    ['# nothing\n', 'only comments'],
    ['---\n# nothing\n...\n', 'only comments'],
    ['null\n', 'a single value'],
    ['some text\n', 'a single value'],
    ['- a\n', 'a list'],
    ['[{"a": 1}]', 'a list'],
  ])('are rejected, each with a message of its own that describes the document: %j', (text, message) => {
    expect(issuesOf(text)).toEqual([whole(`service1.yaml `)]);
    expect(issuesOf(text)).toEqual([whole(message)]);
  });

  it.each([
    ['', 'is empty'],
    ['5', 'a single value'],
    ['[]', 'a list'],
  ])('are rejected as JSON too: %j', (text, message) => {
    expect(issuesOf(text, 'application/json')).toEqual([whole(message)]);
  });

  it('are rejected for a second document, with its place', () => {
    expect(issuesOf('a: 1\n---\nb: 2\n')).toEqual([issue(2, 1, 'several documents')]);
    expect(issuesOf('---\na: 1\n---\n---\n')).toEqual([issue(3, 1, 'several documents')]);
  });
});
