import { decodeDocument, formatIssues, shownKey, substituteVariables } from './index.js';
import { issuesOnOneLine } from './issue-format.js';

it('an issue is written as one indented line, with the path and the place that are known', () => {
  const lines = formatIssues([
    { path: 'database.host', message: 'must be a string' },
    { path: '', message: 'a closing quote is missing', line: 3, column: 5 },
    { path: 'a.b', message: 'duplicate key "b"', line: 4, column: 1 },
    { path: '', message: 'x.yaml is empty' },
  ]);
  expect(lines).toBe(
    [
      '  - database.host: must be a string',
      '  - line 3, column 5: a closing quote is missing',
      '  - line 4, column 1, at a.b: duplicate key "b"',
      '  - x.yaml is empty',
    ].join('\n'),
  );
});

it('issues are written on one line for a log', () => {
  const line = issuesOnOneLine([
    { path: 'database.host', message: 'must be\na string' },
    { path: '', message: 'a closing quote is missing', line: 3, column: 5 },
  ]);
  expect(line).toBe('database.host: must be a string; line 3, column 5: a closing quote is missing');
});

it('each issue is on one short line, whatever the keys of the document hold', () => {
  const key = `\\u001b[2J\\n  - forged: line${'x'.repeat(1000)}`;
  const decoded = decodeDocument(new TextEncoder().encode(`{"${key}": 1, "${key}": 2}`), { name: 'x' });
  const text = formatIssues(decoded.ok ? [] : decoded.issues);
  expect(text).toContain('duplicate key');
  expect(text.split('\n')).toHaveLength(1);
  expect(text).not.toContain('\u001b');
  expect(text.length).toBeLessThan(300);
});

it.each([
  ['written twice in YAML', 'd: {url:postgres://u:S3CRET@db/x, url:postgres://u:S3CRET@db/x}', 'd.‹key›'],
  ['written twice in JSON', '{"d": {"url:S3CRET": 1, "url:S3CRET": 2}}', 'd.‹key›'],
  ['above a bad value in YAML', 'd: {"url:S3CRET": .nan}', 'd.‹key›'],
  ['above a bad value in JSON', '{"d": {"url:S3CRET": 9007199254740993}}', 'd.‹key›'],
])('an issue does not show a key that may hold a value, %s', (_where, text, path) => {
  const decoded = decodeDocument(new TextEncoder().encode(text), { name: 'x' });
  const issues = decoded.ok ? [] : decoded.issues;
  expect(issues).toMatchObject([{ path }]);
  expect(JSON.stringify(issues)).not.toContain('S3CRET');
});

it('an issue does not show a key that may hold a value in the path of a variable that is not set', () => {
  const substituted = substituteVariables({ 'url:S3CRET': '${HOST}' }, {});
  expect(substituted).toMatchObject({ ok: false, issues: [{ path: '‹key›' }] });
});

it.each([
  'enable_feature_x',
  'content-type',
  'a.b',
  '/health',
  'X-Header',
  '*',
  '$ref',
  'größe',
  '名前',
  '<<',
  '7',
])('an issue shows the key %s, which is a name', (key) => expect(shownKey(key)).toBe(key));

it.each(['a://b', 'a:b', 'a@b', 'a=b', 'a b', '"a"', 'a\nb', '\u001b[2J', 'x'.repeat(61)])(
  'an issue hides the key %j, which is not a name',
  (key) => expect(shownKey(key)).toBe('‹key›'),
);
