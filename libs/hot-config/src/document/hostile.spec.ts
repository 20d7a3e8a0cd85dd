import { type Decoded, decodeDocument } from './index.js';

const LARGE = 400 * 1024;

function decode(text: string, json = false): Decoded {
  const bytes = new TextEncoder().encode(text);
  return decodeDocument(bytes, { name: 'x', ...(json ? { contentType: 'application/json' as const } : {}) });
}

function firstIssue(decoded: Decoded): { message: string; line: number; column: number } {
  if (decoded.ok) throw new Error('was accepted');
  const [issue] = decoded.issues;
  return { message: issue?.message ?? '', line: issue?.line ?? 0, column: issue?.column ?? 0 };
}

function filled(unit: string, head = '', tail = ''): string {
  return head + unit.repeat(Math.floor((LARGE - head.length - tail.length) / unit.length)) + tail;
}

describe('deep nesting', () => {
  const shapes = ['[', '{a: ', '[{a: ', '{"a":', '- ', '? ', '- ? '];

  it.each(shapes)('is rejected where it gets too deep, not at the end: %j', (unit) => {
    const { message, line, column } = firstIssue(decode(filled(unit)));
    expect(message).toContain('deeper than 64 levels');
    expect(line).toBe(1);
    expect(column).toBeLessThanOrEqual(unit.length * 70);
  });

  it('is rejected in JSON where it gets too deep, closed or not', () => {
    for (const text of [filled('{"a":'), `${'[['.repeat(100_000)}${']]'.repeat(100_000)}`]) {
      const { message, column } = firstIssue(decode(text, true));
      expect(message).toContain('deeper than 64 levels');
      expect(column).toBeLessThanOrEqual(5 * 65);
    }
  });

  it('is rejected when it is built by indentation', () => {
    const lines = Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:\n`);
    expect(firstIssue(decode(lines.join('')))).toMatchObject({
      message: expect.stringContaining('deeper') as string,
      line: 67,
    });
  });

  it('is rejected when it is built by aliases', () => {
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

describe('an alias bomb', () => {
  it('is rejected: a billion laughs', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 15; i += 1) lines.push(`a${i}: &a${i} [${`*a${i - 1},`.repeat(10)}]`);
    expect(firstIssue(decode(lines.join('\n'))).message).toContain('more than 50,000 values');
  });

  it('is rejected: many aliases of one large list, and of one large mapping by merge', () => {
    const list = `a: &a [${'x,'.repeat(5_000)}]\nb: [${'*a,'.repeat(5_000)}]\n`;
    expect(firstIssue(decode(list)).message).toContain('more than 50,000 values');
    const keys = Array.from({ length: 2_000 }, (_, i) => `k${i}: 1`).join(', ');
    expect(firstIssue(decode(`a: &a {${keys}}\nb:\n${'  - <<: *a\n'.repeat(500)}`)).message).toContain(
      '50,000',
    );
  });

  it('is rejected: many aliases of one long text, or of one long key', () => {
    const long = 'x'.repeat(500_000);
    expect(firstIssue(decode(`a: &a ${long}\nb: [${'*a,'.repeat(5_000)}]`)).message).toContain(
      'repeat more text',
    );
    const key = `? ${long}\n  : 1`;
    expect(firstIssue(decode(`a: &a\n  ${key}\nb: [${'*a,'.repeat(5_000)}]`)).message).toContain(
      'repeat more text',
    );
  });

  it('is rejected: cyclic anchors, again and again', () => {
    expect(firstIssue(decode(`a: &a [${'*a,'.repeat(1_000)}]`)).message).toContain('inside what it repeats');
  });
});

describe('too many nodes', () => {
  it.each([
    ['a list', filled('- a\n')],
    ['a list on one line', filled('a,', '[', ']')],
    ['empty entries', filled('-\n')],
    ['a mapping', Array.from({ length: 50_001 }, (_, i) => `k${i}: 1\n`).join('')],
    ['a mapping without values', Array.from({ length: 50_001 }, (_, i) => `k${i}:\n`).join('')],
    ['anchors', filled('&a ')],
  ])('are rejected: %s', (_, text) => {
    expect(firstIssue(decode(text)).message).toContain('more than 50,000 values');
  });

  it('are rejected in JSON', () => {
    expect(firstIssue(decode(`{"a":[${'1,'.repeat(50_000)}1]}`, true)).message).toContain(
      'more than 50,000 values',
    );
  });

  it('are accepted up to 50,000, in JSON and in YAML', () => {
    const values = `{"a":[${'1,'.repeat(49_997)}1]}`;
    expect(decode(values, true).ok).toBe(true);
    expect(decode(`# not JSON\n${values}`).ok).toBe(true);
    expect(decode(values.replace('[', '[1,1,'), true).ok).toBe(false);
    expect(decode(`# not JSON\n${values.replace('[', '[1,1,')}`).ok).toBe(false);
  });
});

describe('a large document of anything', () => {
  it.each([
    ['blank lines before comments', `a:\n  b: 1\n${'\n'.repeat(400_000)}${'  #\n'.repeat(150_000)}`, true],
    ['comments', filled('#\n', 'a: 1\n'), true],
    ['blank lines in a list', filled('\n', 'a: [', ']'), true],
    ['trailing spaces', filled(' ', 'a: 1'), true],
    ['spaces inside a text', filled(' ', 'a: b', 'c'), true],
    ['spaced lines of a text', filled(' \n ', 'a: b', 'c'), true],
    ['a text', filled('x', 'a: '), true],
    ['a quoted text', filled('\\n', 'a: "', '"'), true],
    ['a block text', filled('  x\n', 'a: >\n'), true],
    ['empty lines of a block text', filled('\n', 'a: |+\n'), true],
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
  ])('is read or refused without running out of stack: %s', (_, text, ok) => {
    const decoded = decode(text);
    expect(decoded.ok).toBe(ok);
    if (!decoded.ok) expect(decoded.issues.length).toBeGreaterThan(0);
  });

  it.each([
    ['white space', filled(' ', '{', '}'), true],
    ['escapes', filled('\\u0041', '{"a":"', '"}'), true],
    ['the same key', `{"a":1${',"a":1'.repeat(150_000)}}`, false],
    ['closing brackets', filled('}', '{}'), false],
    ['commas', filled(',', '{"a":['), false],
    ['comments', filled('/**/', '{'), false],
    ['quotes', filled('"', '{"a":'), false],
  ])('is read or refused as JSON: %s', (_, text, ok) => {
    expect(decode(text, true).ok).toBe(ok);
  });
});

describe('what the YAML library takes far too long for', () => {
  it('is stopped at the twentieth problem, instead of recording half a million of them', () => {
    const good = cpuOf(`a: "${'\\n'.repeat(500_000)}"`);
    expect(cpuOf(`a: "${'\\q'.repeat(500_000)}"`)).toBeLessThan(10 * good);
  });

  it('is kept from it: blank lines and then comments below a block text', () => {
    const lines = 40_000;
    const mixed = cpuOf(`- |\n    x\n${'\n   #\n'.repeat(lines)}`);
    expect(cpuOf(`- |\n    x\n${'\n'.repeat(lines)}${'   #\n'.repeat(lines)}`)).toBeLessThan(10 * mixed);
  });
});

/** Microseconds of processor time, which a busy machine does not stretch as it does the clock; at least 50 ms, to compare with. */
function cpuOf(text: string): number {
  const before = process.cpuUsage();
  decode(text);
  return Math.max(process.cpuUsage(before).user, 50_000);
}

it('never throws, and lists a problem whenever it accepts nothing, for random texts made of what YAML is made of', () => {
  const pieces = [
    'a',
    'b: ',
    '- ',
    '? ',
    ': ',
    '\n',
    '\n  ',
    ' ',
    '\t',
    ' # x\n',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '"',
    "'q'",
  ];
  pieces.push(
    '&x ',
    '*x',
    '<<: ',
    '|\n',
    '>-\n',
    '---\n',
    '...\n',
    '!!str ',
    '!t ',
    '%YAML 1.2\n',
    '1',
    '.nan',
    '\\n',
    '\r\n',
  );
  let seed = 20_260_101;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (seed >> 8) % below;
  };
  let accepted = 0;
  for (let round = 0; round < 2_000; round += 1) {
    const text = Array.from({ length: 1 + random(14) }, () => pieces[random(pieces.length)]).join('');
    const decoded = decode(text, round % 5 === 0);
    if (decoded.ok) accepted += 1;
    else expect(decoded.issues.length).toBeGreaterThan(0);
  }
  expect(accepted).toBeGreaterThan(10);
});
