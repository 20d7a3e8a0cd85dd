import { inspect, isDeepStrictEqual } from 'node:util';
import { type HotConfigDefinition, type HotConfigSnapshot } from '../../contract/index.js';
import { type Numbers, numbers } from '../engine.fixture.js';
import { applied, setUp } from './pipeline.fixture.js';

describe('freezing values:', () => {
  it('Atomic: the served value is frozen all the way down', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, deep: { list: [1] } }, 1);
    const { value } = pipeline.snapshot as HotConfigSnapshot<{ n: number; deep: { list: number[] } }>;
    expect(() => ((value as { n: number }).n = 2)).toThrow(TypeError);
    expect(() => (value.deep.list as number[]).push(2)).toThrow(TypeError);
  });

  it('Atomic: a Map, Set, Date or URL that a schema creates is read-only too, and so is everything inside a value that the schema itself has frozen', async () => {
    const made = {
      n: 1,
      map: new Map([['one', { n: 1 }]]),
      set: new Set([{ n: 1 }]),
      date: new Date(0),
      url: new URL('https://shop.example/?page=1'),
      pattern: /x/g,
      halfFrozen: Object.freeze({ inner: { n: 1 } }),
    };
    const validate = () => Promise.resolve({ accepted: true as const, value: made });
    const { pipeline } = setUp({ definition: { ...numbers(), validate } });
    await applied(pipeline, { n: 1 }, 1);
    const value = pipeline.snapshot.value as unknown as typeof made;
    const writes: (() => unknown)[] = [
      () => value.map.set('two', { n: 2 }),
      () => value.map.delete('one'),
      () => value.map.clear(),
      () => ((value.map.get('one') ?? made).n = 2),
      () => value.set.add({ n: 2 }),
      () => ([...value.set][0] ?? made).n++,
      () => value.date.setFullYear(1999),
      () => (value.url.href = 'https://evil.example'),
      () => (value.url.hostname = 'evil.example'),
      () => (value.url.password = 'x'),
      () => value.url.searchParams.set('page', '2'),
      () => value.url.searchParams.append('size', '2'),
      () => value.url.searchParams.delete('page'),
      () => value.url.searchParams.sort(),
      () => (value.halfFrozen.inner.n = 2),
    ];
    for (const write of writes) expect(write).toThrow(TypeError);
    expect(value.map).toEqual(new Map([['one', { n: 1 }]]));
    expect(value.url.href).toBe('https://shop.example/?page=1');
    expect([value.url.hostname, value.url.searchParams.get('page')]).toEqual(['shop.example', '1']);
    // Read-only values still compare and print as usual, and a pattern can be used.
    expect(isDeepStrictEqual(value.url, new URL(value.url.href))).toBe(true);
    expect(inspect(value.url)).toBe(inspect(new URL(value.url.href)));
    expect(value.pattern.test('x')).toBe(true);
  });
});

/** Writes to its own members when it is used, as a luxon DateTime does. */
class Moment {
  private week: number | undefined = undefined;
  constructor(private readonly ms: number) {}
  get weekNumber(): number {
    return (this.week ??= Math.floor(this.ms / 604_800_000));
  }
  toJSON(): string {
    return new Date(this.ms).toISOString();
  }
}

class Server {
  port = 1;
}

describe('an instance of a class in a served value', () => {
  const week = 604_800_000;
  const made = (n: number, server = new Server()) => ({ n, at: new Moment(n * week), server });
  function definition(isOwnInstance?: (instance: object) => boolean): HotConfigDefinition<Numbers> {
    const validate: HotConfigDefinition<Numbers>['validate'] = ({ n }) =>
      Promise.resolve({ accepted: true, value: made(Math.floor(n as number)) });
    return { ...numbers(), validate, ...(isOwnInstance && { isOwnInstance }) };
  }

  it('stays usable when isOwnInstance() returns false for it, and the config instances beside it are frozen all the same', async () => {
    const { pipeline } = setUp({ definition: definition((instance) => instance instanceof Server) });
    await applied(pipeline, { n: 3 }, 1);
    const value = pipeline.snapshot.value as unknown as ReturnType<typeof made>;
    expect(value.at.weekNumber).toBe(3);
    expect(() => (value.server.port = 2)).toThrow(TypeError);
  });

  it('is no difference while its JSON form is the same as before, though it keeps a cache', async () => {
    const { pipeline, recorded } = setUp({
      definition: definition((instance) => instance instanceof Server),
    });
    await applied(pipeline, { n: 3 }, 1);
    expect((pipeline.snapshot.value as unknown as ReturnType<typeof made>).at.weekNumber).toBe(3);
    await applied(pipeline, { n: 3.5 }, 2);
    await applied(pipeline, { n: 4 }, 3);
    const paths = recorded.ofType('applied').map(({ change }) => change?.diff.map(({ path }) => path));
    expect(paths).toEqual([undefined, [], ['n', 'at']]);
  });

  it('is frozen when the definition has no isOwnInstance', async () => {
    const { pipeline } = setUp({ definition: definition() });
    await applied(pipeline, { n: 3 }, 1);
    const value = pipeline.snapshot.value as unknown as ReturnType<typeof made>;
    expect(() => value.at.weekNumber).toThrow(TypeError);
  });
});
