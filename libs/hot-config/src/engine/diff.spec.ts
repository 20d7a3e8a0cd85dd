import { diffValues } from './diff.js';

const isSensitive = (_value: unknown, path: readonly string[]): boolean => path.at(-1) === 'password';

describe('the difference of two values', () => {
  it('a branch that is on one side only is sensitive when anything in it is', () => {
    const database = { host: 'a', users: [{ password: 'x' }] };
    const flags = (previous: object, current: object): boolean[] =>
      diffValues(previous, current, isSensitive).map(({ sensitive }) => sensitive);
    expect(flags({}, { database, logging: { level: 'INFO' } })).toEqual([true, false]);
    expect(flags({ database }, {})).toEqual([true]);
    expect(flags({ database }, { database: 'none' })).toEqual([true]);
    expect(flags({ database }, { database: { ...database, host: 'b' } })).toEqual([false]);
  });

  it('a Map or a Set, which is compared as a whole, is sensitive when anything in it is', () => {
    const flag = (previous: unknown, current: unknown): boolean[] =>
      diffValues({ all: previous }, { all: current }, isSensitive).map(({ sensitive }) => sensitive);
    const [secret, open] = [{ password: 'x' }, { host: 'a' }];
    expect(flag(new Map([['a', open]]), new Map([['a', secret]]))).toEqual([true]);
    expect(flag(new Map([[1, secret]]), new Map())).toEqual([true]);
    expect(flag(new Set([open]), new Set([open, [secret]]))).toEqual([true]);
    expect(flag(new Map([['a', open]]), new Map([['a', { host: 'b' }]]))).toEqual([false]);
    expect(flag(new Set([1]), new Set([2]))).toEqual([false]);
  });

  it('what refers to itself can be looked through', () => {
    const loop: Record<string, unknown> = { host: 'a' };
    loop['self'] = loop;
    expect(diffValues({}, { loop }, isSensitive)).toMatchObject([{ path: 'loop', sensitive: false }]);
  });
});
