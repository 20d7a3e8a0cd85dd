import { dottedPath } from './issue-format.js';
import { formatPath, parsePath } from './path.js';

describe('a path', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    ['database.pool', ['database', 'pool']],
    ['servers.2.host', ['servers', '2', 'host']],
    ['secrets.db\\.password', ['secrets', 'db.password']],
    ['share.C:\\\\data', ['share', 'C:\\data']],
    ['.a', ['', 'a']],
    ['a.', ['a', '']],
  ])('%j is parsed into its steps, and the same path is formatted from the steps', (path, steps) => {
    expect(parsePath(path)).toEqual(steps);
    expect(formatPath(steps)).toBe(path);
  });
});

describe('the path of an issue', () => {
  it('is parsed into the same steps again, also when a key contains a dot', () => {
    expect(dottedPath(['rules', 0, 'db.password'])).toBe('rules.0.db\\.password');
    expect(parsePath(dottedPath(['rules', 0, 'db.password']))).toEqual(['rules', '0', 'db.password']);
  });

  it('does not show a key that may hold a value', () => {
    expect(dottedPath(['d', 'url:postgres://app:secret@db', 'x'])).toBe('d.‹key›.x');
  });
});
