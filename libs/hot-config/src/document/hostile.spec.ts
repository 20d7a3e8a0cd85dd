import { type Decoded, decodeDocument } from './index.js';

const LARGE = 256 * 1024;

function decode(text: string, json = false): Decoded {
  const bytes = new TextEncoder().encode(text);
  return decodeDocument(bytes, { name: 'x', contentType: json ? 'application/json' : undefined });
}

function firstIssue(decoded: Decoded): { message: string; line: number; column: number } {
  if (decoded.ok) throw new Error('was accepted');
  const [issue] = decoded.issues;
  return { message: issue?.message ?? '', line: issue?.line ?? 0, column: issue?.column ?? 0 };
}

function filled(unit: string, head = '', tail = ''): string {
  return head + unit.repeat(Math.floor((LARGE - head.length - tail.length) / unit.length)) + tail;
}

describe('fault: alias bomb, cyclic anchors, deep nesting, too many nodes: deep nesting', () => {
  const shapes = ['[', '{a: ', '[{a: ', '{"a":', '- ', '? ', '- ? '];

  it.each(shapes)('is rejected at the place where it gets too deep, not at the end: %j', (unit) => {
    const { message, line, column } = firstIssue(decode(filled(unit)));
    expect(message).toContain('deeper than 64 levels');
    expect(line).toBe(1);
    expect(column).toBeLessThanOrEqual(unit.length * 70);
  });

  it('is rejected in JSON at the place where it gets too deep, whether or not the brackets are closed', () => {
    for (const text of [filled('{"a":'), `${'[['.repeat(60_000)}${']]'.repeat(60_000)}`]) {
      const { message, column } = firstIssue(decode(text, true));
      expect(message).toContain('deeper than 64 levels');
      expect(column).toBeLessThanOrEqual(5 * 65);
    }
  });

  it('is rejected when indentation nests too deep', () => {
    const lines = Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:\n`);
    expect(firstIssue(decode(lines.join('')))).toMatchObject({
      message: expect.stringContaining('deeper') as string,
      line: 67,
    });
  });

  it('is rejected when aliases nest too deep', () => {
    const lines = Array.from(
      { length: 100 },
      (_, i) => `a${i}: &a${i} ${i === 0 ? '[x]' : `[*a${i - 1}]`}\n`,
    );
    expect(firstIssue(decode(lines.join('')))).toMatchObject({
      message: expect.stringContaining('deeper') as string,
      line: 64,
    });
  });

  it('is accepted up to 64 levels, in YAML, in JSON and by indentation', () => {
    const nested = `{"a":${'['.repeat(63)}${']'.repeat(63)}}`;
    expect(decode(nested).ok).toBe(true);
    expect(decode(nested, true).ok).toBe(true);
    expect(decode(`# not JSON\n${nested}`).ok).toBe(true);
    expect(decode(Array.from({ length: 64 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')).ok).toBe(
      true,
    );
    expect(decode(`{"a":[${nested}]}`, true).ok).toBe(false);
    expect(decode(`# not JSON\n{"b":${nested}}`).ok).toBe(false);
  });
});

describe('fault: alias bomb, cyclic anchors, deep nesting, too many nodes: an alias bomb', () => {
  it('is rejected: a billion laughs', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 15; i += 1) lines.push(`a${i}: &a${i} [${`*a${i - 1},`.repeat(10)}]`);
    expect(firstIssue(decode(lines.join('\n'))).message).toContain('more than 10,000 values');
  });

  it('is rejected: many aliases of one large list, and of one large mapping by merge', () => {
    const list = `a: &a [${'x,'.repeat(2_000)}]\nb: [${'*a,'.repeat(2_000)}]\n`;
    expect(firstIssue(decode(list)).message).toContain('more than 10,000 values');
    const keys = Array.from({ length: 1_500 }, (_, i) => `k${i}: 1`).join(', ');
    const merges = `a: &a {${keys}}\nb:\n${'  - <<: *a\n'.repeat(300)}`;
    expect(firstIssue(decode(merges)).message).toContain('more than 10,000 values');
  });

  it('is rejected: many aliases of one long text, or of one long key', () => {
    const long = 'x'.repeat(100_000);
    expect(firstIssue(decode(`a: &a ${long}\nb: [${'*a,'.repeat(5_000)}]`)).message).toContain(
      'repeat more text',
    );
    const key = `? ${long}\n  : 1`;
    expect(firstIssue(decode(`a: &a\n  ${key}\nb: [${'*a,'.repeat(5_000)}]`)).message).toContain(
      'repeat more text',
    );
  });

  it('is rejected: 1,000 aliases inside the value that they repeat', () => {
    expect(firstIssue(decode(`a: &a [${'*a,'.repeat(1_000)}]`)).message).toContain(
      'inside the value that it repeats',
    );
  });
});

describe('fault: alias bomb, cyclic anchors, deep nesting, too many nodes: too many nodes', () => {
  it.each([
    ['a list', filled('- a\n')],
    ['a list on one line', filled('a,', '[', ']')],
    ['empty entries', filled('-\n')],
    ['a mapping', Array.from({ length: 20_000 }, (_, i) => `k${i}: 1\n`).join('')],
    ['a mapping without values', Array.from({ length: 20_000 }, (_, i) => `k${i}:\n`).join('')],
    ['anchors', filled('&a ')],
    ['comments', filled('#\n', 'a: 1\n')],
    ['blank lines', filled('\n', 'a: [', ']')],
    ['lines of a block text', filled('  x\n', 'a: >\n')],
    ['lines of a quoted text', filled('x\n ', 'a: "', '"')],
    ['lines of a plain text', filled(' x\n', 'a: b\n')],
  ])('are rejected: %s', (_, text) => {
    const { message, line, column } = firstIssue(decode(text));
    expect(message).toContain(
      'too long for YAML, more than 15,000 keys, values, marks, comments and line breaks',
    );
    expect(line + column).toBeGreaterThan(2);
  });

  it('are rejected in JSON', () => {
    expect(firstIssue(decode(`{"a":[${'1,'.repeat(50_000)}1]}`, true)).message).toContain(
      'more than 15,000 values',
    );
  });

  it('are accepted up to 15,000 in JSON, with and without its content type, and up to 2,100 lines in YAML', () => {
    const values = `{"a":[${'1,'.repeat(14_997)}1]}`;
    expect(decode(values, true).ok).toBe(true);
    expect(decode(values).ok).toBe(true);
    expect(decode(values.replace('[', '[1,1,'), true).ok).toBe(false);
    expect(decode(Array.from({ length: 2_100 }, (_, i) => `key${i}: some text\n`).join('')).ok).toBe(true);
  });
});

describe('a document that repeats a part up to the limit of 256 KiB', () => {
  it.each([
    ['trailing spaces', filled(' ', 'a: 1'), true],
    ['spaces inside a text', filled(' ', 'a: b', 'c'), true],
    ['a text', filled('x', 'a: '), true],
    ['a quoted text', filled('x ', 'a: "', '"'), true],
    ['escapes of a quoted text', filled('\\n', 'a: "', '"'), true],
    ['quotes of a quoted text', filled("''", "a: '", "'"), true],
    ['words of a block text', filled('x ', 'a: >\n  ', '\n'), true],
    ['a number', filled('9', 'a: 0.'), true],
    ['a key', filled('k', '', ': 1'), false],
    ['tags', filled('!!str '), false],
    ['closing brackets', filled('}'), false],
    ['commas', filled(',', '['), false],
    ['colons', filled(': '), false],
    ['unclosed quotes', filled('a: "\n'), false],
    ['directives', filled('%YAML 1.2\n'), false],
    ['documents', filled('---\n'), false],
    ['wrong indentation', filled('a: 1\n  b: 1\n'), false],
    ['block headers', filled('- |\n'), false],
  ])('is accepted or rejected without running out of stack: %s', (_, text, ok) => {
    const decoded = decode(text);
    expect(decoded.ok).toBe(ok);
    if (!decoded.ok) expect(decoded.issues.length).toBeGreaterThan(0);
  });

  it.each([
    ['white space', filled(' ', '{', '}'), true],
    ['escapes', filled('\\u0041', '{"a":"', '"}'), true],
    ['the same key', `{"a":1${',"a":1'.repeat(40_000)}}`, false],
    ['closing brackets', filled('}', '{}'), false],
    ['commas', filled(',', '{"a":['), false],
    ['comments', filled('/**/', '{'), false],
    ['quotes', filled('"', '{"a":'), false],
  ])('is accepted or rejected as JSON: %s', (_, text, ok) => {
    expect(decode(text, true).ok).toBe(ok);
  });
});
