import { documentKeyProblem, fileNamesOf, isDocumentKey, keyOfFileName } from './index.js';

describe('a document key', () => {
  it.each(['service1', 'team.service1', 'A-b_c.9', 'a._b', '-', 'constructors', 'x'.repeat(200)])(
    'may be %s',
    (key) => {
      expect(isDocumentKey(key)).toBe(true);
      expect(documentKeyProblem(key)).toBeUndefined();
    },
  );

  it.each([
    ['', 'empty'],
    ['x'.repeat(201), '200 characters'],
    ['a..b', 'single dots'],
    ['.a', 'single dots'],
    ['a.', 'single dots'],
    ['a/b', 'letters'],
    ['a b', 'letters'],
    ['a*', 'letters'],
    ['>', 'letters'],
    ['é', 'letters'],
    ['a\n', 'letters'],
    ['_a', 'reserved'],
    ['_.a', 'reserved'],
    ['__proto__', 'reserved'],
    ['a.__proto__', '"__proto__"'],
    ['constructor', '"constructor"'],
    ['a.prototype.b', '"prototype"'],
  ])('must not be %j, and the problem gives the reason', (key, problem) => {
    expect(isDocumentKey(key)).toBe(false);
    expect(documentKeyProblem(key)).toContain(problem);
  });
});

describe('the key of a file', () => {
  it.each([
    ['service1.yaml', 'service1', 'application/yaml'],
    ['service1.yml', 'service1', 'application/yaml'],
    ['service1.json', 'service1', 'application/json'],
    ['team.service1.yaml', 'team.service1', 'application/yaml'],
    ['team/service1.yaml', 'team.service1', 'application/yaml'],
    ['team/eu.west/service1.json', 'team.eu.west.service1', 'application/json'],
  ])('is the stem of %s', (fileName, key, contentType) => {
    expect(keyOfFileName(fileName)).toEqual({ key, contentType });
  });

  it('is the same for each file name that the source looks for', () => {
    const names = ['team.shop', 'team/shop'].flatMap((stem) => [
      `${stem}.yaml`,
      `${stem}.yml`,
      `${stem}.json`,
    ]);
    expect(fileNamesOf('team.shop')).toEqual(names);
    for (const name of names) expect(keyOfFileName(name)).toMatchObject({ key: 'team.shop' });
  });

  it.each([
    '.service1.yaml',
    '.service1.yaml.swp',
    '.#service1.yaml',
    '.yaml',
    '..data',
    'service1.yaml~',
    '#service1.yaml#',
    '4913',
    'service1.yaml.bak',
    'service1.yaml.tmp',
    'service1.yaml.orig',
    'service1.yaml___jb_tmp___',
    'README.md',
    'team/.service1.yaml',
    '.git/service1.yaml',
    'team/.yaml',
    'yaml',
    '',
  ])('is undefined for a file that is no document, such as the leftovers of editors: %j', (fileName) => {
    expect(keyOfFileName(fileName)).toBeUndefined();
  });

  it.each([
    ['my config.yaml', 'letters'],
    ['_private.yaml', 'reserved'],
    ['_env/service1.yaml', 'reserved'],
    ['team/_defaults.yaml', 'reserved'],
    ['my team/service1.yaml', 'letters'],
    ['team/constructor.yaml', '"constructor"'],
    ['a..b.json', 'single dots'],
    ['constructor.yml', '"constructor"'],
    ['service1.YAML', 'lower-case'],
    ['a\n.yaml', 'letters'],
  ])('is a problem, on one line, for a document whose name gives no valid key: %j', (fileName, problem) => {
    const answer = keyOfFileName(fileName);
    expect(answer).toEqual({ problem: expect.stringContaining(problem) as string });
    expect(JSON.stringify(answer)).toContain('rename the file');
    expect(Object.values(answer ?? {}).join('')).not.toContain('\n');
  });
});
