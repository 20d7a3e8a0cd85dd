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
  ])('%j is read as its steps, and written from them', (path, steps) => {
    expect(parsePath(path)).toEqual(steps);
    expect(formatPath(steps)).toBe(path);
  });
});
