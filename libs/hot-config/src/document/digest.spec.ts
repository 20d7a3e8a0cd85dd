import { createHash } from 'node:crypto';
import { decodeDocument, digestOf } from './index.js';

function digest(text: string): string {
  const decoded = decodeDocument(new TextEncoder().encode(text), { name: 'x' });
  if (!decoded.ok) throw new Error('was rejected');
  return decoded.digest;
}

it('the digest is the SHA-256 of the value as JSON with sorted keys and no white space', () => {
  const canonical = '{"a":[1,true,null,"é\\n"],"b":{"A":0.5,"a":{},"é":-1}}';
  const expected = createHash('sha256').update(canonical).digest('hex');
  expect(digestOf({ b: { é: -1, a: {}, A: 0.5 }, a: [1, true, null, 'é\n'] })).toBe(expected);
});

it('the digest is the same for the same value in YAML and JSON, whatever the key order, comments, layout, quotes and aliases', () => {
  const json = '{"a":{"x":1,"y":[1,2]},"b":"text","c":{"x":1,"y":[1,2]}}';
  const expected = digest(json);
  expect(digest(JSON.stringify(JSON.parse(json), null, '\t'))).toBe(expected);
  expect(digest('# comment\nc: &c\n  y: [ 1, 2 ]\n  x: 1 # comment\n\nb: "text"\na: *c\n')).toBe(expected);
  expect(
    digest('---\r\nb: text\r\na: {y: [0x1, 2.0], x: 1}\r\nc:\r\n  x: +1\r\n  y:\r\n  - 1\r\n  - 2\r\n'),
  ).toBe(expected);
});

it('the digest sorts keys by code unit at every level, integer-like keys too', () => {
  expect(digestOf({ '10': 1, '9': 2, é: { b: 1, a: 2 } })).toBe(
    createHash('sha256').update('{"10":1,"9":2,"é":{"a":2,"b":1}}').digest('hex'),
  );
});

it('the digest is the same for -0 and 0', () => {
  expect(digest('a: -0\n')).toBe(digest('a: 0\n'));
  expect(digest('{"a":-0}')).toBe(digest('{"a":0}'));
});

it('the digest differs for a text and a number, a missing key and null, and another order of a list', () => {
  const values = [
    'a: 1',
    'a: "1"',
    'a: null',
    '{}',
    'a: []',
    'a: {}',
    'a: ""',
    'a: [1, 2]',
    'a: [2, 1]',
    'a: [[1], 2]',
    'b: 1',
  ];
  expect(new Set(values.map(digest)).size).toBe(values.length);
});
