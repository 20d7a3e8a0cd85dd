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
])('the nearest name of the mistyped %s is %s', (typed, meant) => {
  expect(nearestName(typed, names)).toBe(meant);
});

it.each(['', 'x', 'ho', 'timeout', 'data', 'x'.repeat(10_000)])('no name is near %j', (typed) => {
  expect(nearestName(typed, names)).toBeUndefined();
});

it('the nearest of several names is found, the first of equally near names, and none when there are no names', () => {
  expect(nearestName('timeoutM', ['timeoutMax', 'timeoutMs', 'timeouts'])).toBe('timeoutMs');
  expect(nearestName('abcd', ['abce', 'abcf'])).toBe('abce');
  expect(nearestName('abcd', [])).toBeUndefined();
});
