import { BucketNames, contentTypeOf, notifySubject } from './wire.js';

describe('the names of a bucket', () => {
  const names = new BucketNames('configs', 'team.');

  it('follow the wire format', () => {
    const plain = new BucketNames('configs', '');
    expect(plain.stream).toBe('KV_configs');
    expect(plain.subject('service1')).toBe('$KV.configs.service1');
    expect(plain.republish).toEqual({ src: '$KV.configs.>', dest: 'hotconfig.configs.document.>' });
  });

  it('give the key for a subject, and no key for a subject outside the prefix or of an invalid key', () => {
    expect(names.keyOf(names.subject('a.b'))).toBe('a.b');
    for (const subject of [
      '$KV.configs.other',
      '$KV.configs.team.',
      '$KV.configs.team.a..b',
      '$KV.configs.team.a/b',
    ]) {
      expect(names.keyOf(subject)).toBeUndefined();
    }
  });

  it('have a problem for a key with a wildcard or an empty token', () => {
    for (const key of ['', '*', '>', 'a..b', 'a b', 'a.'])
      expect(names.keyProblem(key)).toEqual(expect.any(String));
    expect(names.keyProblem('service-1.a_b')).toBeUndefined();
  });
});

describe('the subject to which a bucket republishes a key', () => {
  it.each([
    [{ src: '$KV.configs.>', dest: 'hotconfig.configs.document.>' }, 'hotconfig.configs.document.a.b'],
    [{ src: '>', dest: 'all.>' }, 'all.$KV.configs.a.b'],
    [{ src: '$KV.configs.a.>', dest: 'x.>' }, 'x.b'],
    [{ src: '$KV.configs.a.b', dest: 'one' }, 'one'],
    [{ src: '$KV.other.>', dest: 'x.>' }, undefined],
    [{ src: '$KV.configs.*.b', dest: 'x.$1' }, undefined],
    [{ src: '$KV.*.>', dest: 'x.$1.>' }, undefined],
    [undefined, undefined],
  ])('follows from the republish setting %j: %s', (republish, subject) => {
    expect(notifySubject(republish, '$KV.configs.a.b')).toBe(subject);
  });
});

it('a content type is known with parameters and in upper or lower case', () => {
  expect(contentTypeOf('Application/JSON; charset=utf-8')).toBe('application/json');
  expect(contentTypeOf('application/yaml')).toBe('application/yaml');
  for (const other of [undefined, '', 'text/plain']) expect(contentTypeOf(other)).toBeUndefined();
});
