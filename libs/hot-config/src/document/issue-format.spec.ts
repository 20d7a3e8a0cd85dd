import { decodeDocument, formatIssues } from './index.js';

it('writes one indented line per issue, with path and place as far as they are known', () => {
  const lines = formatIssues([
    { path: 'database.host', message: 'must be a string' },
    { path: '', message: 'a closing quote is missing', line: 3, column: 5 },
    { path: 'a.b', message: 'the key "b" is written twice', line: 4, column: 1 },
    { path: '', message: 'x.yaml is empty' },
  ]);
  expect(lines).toBe(
    [
      '  - database.host: must be a string',
      '  - line 3, column 5: a closing quote is missing',
      '  - line 4, column 1, at a.b: the key "b" is written twice',
      '  - x.yaml is empty',
    ].join('\n'),
  );
});

it('keeps each issue on one line, and short, whatever the keys of the document hold', () => {
  const key = `\\u001b[2J\\n  - forged: line${'x'.repeat(1000)}`;
  const decoded = decodeDocument(new TextEncoder().encode(`{"${key}": 1, "${key}": 2}`), { name: 'x' });
  const text = formatIssues(decoded.ok ? [] : decoded.issues);
  expect(text).toContain('written twice');
  expect(text.split('\n')).toHaveLength(1);
  expect(text).not.toContain('\u001b');
  expect(text.length).toBeLessThan(300);
});
