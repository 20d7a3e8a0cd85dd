import { diffValues } from './diff.js';

const isSensitive = (_value: unknown, path: readonly string[]): boolean => path.at(-1) === 'password';

describe('the difference of two values:', () => {
  it('a branch that only one value has is sensitive when anything in the branch is', () => {
    const database = { host: 'a', users: [{ password: 'x' }] };
    const flags = (previous: object, current: object): boolean[] =>
      diffValues(previous, current, isSensitive).map(({ sensitive }) => sensitive);
    expect(flags({}, { database, logging: { level: 'INFO' } })).toEqual([true, false]);
    expect(flags({ database }, {})).toEqual([true]);
    expect(flags({ database }, { database: 'none' })).toEqual([true]);
    expect(flags({ database }, { database: { ...database, host: 'b' } })).toEqual([false]);
  });

  it('a Map is compared member by member, and may be added or removed like any other branch', () => {
    const diff = (previous: object, current: object): unknown[] =>
      diffValues(previous, current, isSensitive).map(({ path, kind }) => [path, kind]);
    const [east, west] = [{ port: 1 }, { port: 2 }];
    const all = new Map([
      ['east', east],
      ['west', west],
    ]);
    const current = new Map([
      ['east', { port: 3 }],
      ['north', west],
    ]);
    expect(diff({ all }, { all: current })).toEqual([
      ['all.east.port', 'changed'],
      ['all.west', 'removed'],
      ['all.north', 'added'],
    ]);
    expect(diff({ all }, { all: new Map(all) })).toEqual([]);
    expect(diff({ all }, { all: { east, west } })).toEqual([['all', 'changed']]);
    const login = (token: string): object => ({ password: new Map([[token, 1]]) });
    expect(diff(login('hunter2'), login('hunter3'))).toEqual([['password', 'changed']]);
  });

  it('a Set, or a Map whose keys are not texts, is compared as a whole, and is sensitive when any member is', () => {
    const flag = (previous: unknown, current: unknown): boolean[] =>
      diffValues({ all: previous }, { all: current }, isSensitive).map(({ sensitive }) => sensitive);
    const [secret, open] = [{ password: 'x' }, { host: 'a' }];
    expect(flag(new Map([[1, open]]), new Map([[1, secret]]))).toEqual([true]);
    expect(flag(new Map([[1, secret]]), new Map())).toEqual([true]);
    expect(flag(new Set([open]), new Set([open, [secret]]))).toEqual([true]);
    expect(flag(new Map([[1, open]]), new Map([[1, { host: 'b' }]]))).toEqual([false]);
    expect(flag(new Set([1]), new Set([2]))).toEqual([false]);
  });

  it('a value that refers to itself can be compared', () => {
    const loop: Record<string, unknown> = { host: 'a' };
    loop['self'] = loop;
    expect(diffValues({}, { loop }, isSensitive)).toMatchObject([{ path: 'loop', sensitive: false }]);
  });
});
