import { nearestName } from './index.js';

const names = ['host', 'port', 'database', 'maxConnections', 'logging'];

it.each([
  ['hst', 'host'],
  ['prot', 'port'],
  ['Port', 'port'],
  ['databse', 'database'],
  ['databsae', 'database'],
  ['max_connections', 'maxConnections'],
  ['MAX-CONNECTION', 'maxConnections'],
  ['loging', 'logging'],
])('finds for the mistyped %s the name %s', (typed, meant) => {
  expect(nearestName(typed, names)).toBe(meant);
});

it.each(['', 'x', 'ho', 'timeout', 'data', 'x'.repeat(10_000)])('finds nothing near %j', (typed) => {
  expect(nearestName(typed, names)).toBeUndefined();
});

it('takes the nearest of several, the first of equals, and survives having none', () => {
  expect(nearestName('timeoutM', ['timeoutMax', 'timeoutMs', 'timeouts'])).toBe('timeoutMs');
  expect(nearestName('abcd', ['abce', 'abcf'])).toBe('abce');
  expect(nearestName('abcd', [])).toBeUndefined();
});
