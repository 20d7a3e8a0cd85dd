import { jest } from '@jest/globals';
import { inspect, isDeepStrictEqual } from 'node:util';
import {
  HotConfigTimeoutError,
  HotConfigVetoError,
  type HotConfigChange,
  type HotConfigDefinition,
  type HotConfigSnapshot,
  type LastKnownGoodDocument,
} from '../../contract/index.js';
import { digestOf } from '../../document/index.js';
import { documentOf, gate, numbers, recorder, type Numbers, type Recorder } from '../engine.fixture.js';
import { NOT_APPLICABLE } from '../hooks/call-hook.js';
import { KeyPipeline } from './key-pipeline.js';
import { noResources } from '../resources/resource-set.js';

interface Setting {
  readonly definition?: HotConfigDefinition<Numbers>;
  readonly hookTimeoutMs?: number;
  readonly save?: (stored: LastKnownGoodDocument) => Promise<void>;
  readonly variables?: Record<string, string | undefined>;
}

function setUp(options: Setting = {}): {
  pipeline: KeyPipeline<Numbers>;
  recorded: Recorder;
  stop: () => void;
} {
  const recorded = recorder();
  const stopping = new AbortController();
  const pipeline = new KeyPipeline(options.definition ?? numbers(), {
    staleAfterMs: 60_000,
    hookTimeoutMs: options.hookTimeoutMs ?? 5_000,
    lastKnownGoodStore: options.save && {
      name: 'disk',
      load: () => Promise.resolve(undefined),
      save: options.save,
    },
    variables: options.variables,
    report: recorded.report,
    resources: noResources(stopping.signal),
    stopped: stopping.signal,
  });
  return { pipeline, recorded, stop: () => stopping.abort(new Error('stopped')) };
}

function fail(): never {
  throw new Error('cannot be read');
}

const status = (pipeline: KeyPipeline<Numbers>): ReturnType<KeyPipeline['status']> =>
  pipeline.status({ name: 'test', up: true, since: new Date(), reason: undefined, notes: [] });

async function applied(
  pipeline: KeyPipeline<Numbers>,
  content: object | string,
  revision: number,
): Promise<void> {
  pipeline.offer(documentOf(content, revision));
  await pipeline.idle();
}

describe('the pipeline of one key', () => {
  it('has no value before the first document, and says so', () => {
    const { pipeline } = setUp();
    expect(() => pipeline.snapshot).toThrow('"numbers" has no value yet');
  });

  it('Valid: a document that its schema refuses is never served, and the applied one stays', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 'many' }, 2);
    expect(pipeline.snapshot).toMatchObject({ value: { n: 1 }, revision: 1 });
    expect(status(pipeline)).toMatchObject({
      state: 'live',
      applied: { revision: 1 },
      attempted: { revision: 2 },
      rejection: { revision: 2, stage: 'validate', issues: [{ path: 'n', message: 'must be a number' }] },
    });
    expect(recorded.ofType('rejected')).toHaveLength(1);
  });

  it('fault: invalid YAML or JSON: rejected with its place, and the applied value stays', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, 'n: [1', 2);
    expect(pipeline.snapshot.value).toEqual({ n: 1 });
    const { rejection } = status(pipeline);
    expect(rejection).toMatchObject({ stage: 'decode', revision: 2, error: { code: 'PARSE' } });
    expect(rejection?.issues[0]?.line).toBeGreaterThan(0);
  });

  it('applies the next good document after a rejection and forgets the rejection', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, 'nonsense', 2);
    await applied(pipeline, { n: 3 }, 3);
    expect(status(pipeline)).toMatchObject({ applied: { revision: 3 }, rejection: undefined });
  });

  it('Atomic: the value is frozen all the way down', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, deep: { list: [1] } }, 1);
    const { value } = pipeline.snapshot as HotConfigSnapshot<{ n: number; deep: { list: number[] } }>;
    expect(() => ((value as { n: number }).n = 2)).toThrow(TypeError);
    expect(() => (value.deep.list as number[]).push(2)).toThrow(TypeError);
  });

  it('Atomic: what a schema makes of a document, a Map, a Set, a Date, a URL, is read-only too, as is what it froze by halves', async () => {
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
    // It is still the same to whoever compares and prints it, and a pattern can be used.
    expect(isDeepStrictEqual(value.url, new URL(value.url.href))).toBe(true);
    expect(inspect(value.url)).toBe(inspect(new URL(value.url.href)));
    expect(value.pattern.test('x')).toBe(true);
  });

  it('serves what refers to itself, and describes a change of it', async () => {
    const validate = (document: object) => {
      const value: Record<string, unknown> = { ...document };
      value['self'] = value;
      return Promise.resolve({ accepted: true as const, value: value as unknown as Numbers });
    };
    const { pipeline, recorded } = setUp({ definition: { ...numbers(), validate } });
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2 }, 2);
    expect(pipeline.snapshot.value.n).toBe(2);
    expect(recorded.ofType('applied')[1]?.change?.diff.map(({ path }) => path)).toEqual(['n']);
  });

  it('applies nothing by halves when a change cannot be described', async () => {
    let isBroken = false;
    const isSensitive = (): boolean => {
      if (isBroken) throw new Error('broken');
      return false;
    };
    const { pipeline } = setUp({ definition: { ...numbers(), isSensitive } });
    await applied(pipeline, { n: 1 }, 1);
    isBroken = true;
    await applied(pipeline, { n: 2 }, 2);
    expect(pipeline.snapshot.value.n).toBe(1);
    expect(status(pipeline).rejection?.error.message).toContain('cannot be shown');
  });

  it('does nothing for the same content under a newer revision but advance', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const before = pipeline.snapshot;
    let calls = 0;
    pipeline.addNotifyHook({ name: 'hook', run: () => (calls += 1) });
    pipeline.addPrepareHook({ name: 'veto', run: () => (calls += 1) });
    await applied(pipeline, '# a comment\nn:   1\n', 7);
    expect(pipeline.snapshot.revision).toBe(7);
    expect(pipeline.snapshot.value).toBe(before.value);
    expect(pipeline.snapshot.appliedAt).toBe(before.appliedAt);
    expect(calls).toBe(0);
    expect(recorded.ofType('applied')).toHaveLength(1);
  });

  it('does not try a refused document again when it is read again, unless it is told to', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 'no' }, 2);
    await applied(pipeline, { n: 'no' }, 2);
    expect(recorded.ofType('rejected')).toHaveLength(1);
    pipeline.offer(documentOf({ n: 'no' }, 2), true);
    await pipeline.idle();
    expect(recorded.ofType('rejected')).toHaveLength(2);
  });

  it('Honest: the content in force, published again after a refusal, is reported as confirmed', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 'no' }, 2);
    await applied(pipeline, { n: 1 }, 3);
    expect(recorded.events.map(({ type }) => type)).toEqual(['applied', 'rejected', 'confirmed']);
    expect(status(pipeline)).toMatchObject({ rejection: undefined, applied: { revision: 3 } });
  });

  it('notices other content at the same revision', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2 }, 1);
    expect(pipeline.snapshot.value.n).toBe(2);
  });

  it('conflates what is offered while one document is in work: only the newest is taken next', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 0 }, 1);
    const prepared: number[] = [];
    const entered = gate();
    const go = gate();
    pipeline.addPrepareHook({
      name: 'slow',
      run: async ({ current }: HotConfigChange<Numbers>) => {
        prepared.push(current.n);
        entered.open();
        await go.passed;
      },
    });
    pipeline.offer(documentOf({ n: 1 }, 2));
    await entered.passed;
    for (let n = 2; n <= 50; n += 1) pipeline.offer(documentOf({ n }, n + 1));
    go.open();
    await pipeline.idle();
    expect(prepared).toEqual([1, 50]);
    expect(pipeline.snapshot.value.n).toBe(50);
  });
});

describe('variables', () => {
  it('are put in before validation, and are not on disk; the digest is that of the document', async () => {
    const saved: string[] = [];
    const save = (stored: LastKnownGoodDocument): Promise<void> => {
      saved.push(Buffer.from(stored.bytes).toString());
      return Promise.resolve();
    };
    const { pipeline } = setUp({ save, variables: { PASSWORD: 'hunter2' } });
    await applied(pipeline, 'n: 1\nsecret: ${PASSWORD}\n', 1);
    expect(pipeline.snapshot).toMatchObject({
      value: { n: 1, secret: 'hunter2' },
      digest: digestOf({ n: 1, secret: '${PASSWORD}' }),
    });
    expect(saved).toEqual(['n: 1\nsecret: ${PASSWORD}\n']);
  });

  it('fault: a missing `${VAR}` is rejected, names the variable and the place, and the applied value stays', async () => {
    const { pipeline } = setUp({ variables: {} });
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2, secret: '${PASSWORD}' }, 2);
    expect(pipeline.snapshot.value).toEqual({ n: 1 });
    const { rejection } = status(pipeline);
    expect(rejection).toMatchObject({ stage: 'decode', error: { code: 'PARSE' } });
    expect(rejection?.issues).toEqual([{ path: 'secret', message: 'the variable PASSWORD is not set' }]);
    expect(rejection?.error.message).toContain('secret: the variable PASSWORD is not set');
  });

  it('are texts like any other when the application gives none', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, secret: '${PASSWORD}' }, 1);
    expect(pipeline.snapshot.value.secret).toBe('${PASSWORD}');
  });
});

describe('prepare hooks', () => {
  it('veto a change by throwing: nothing changes and the reason is reported', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    pipeline.addPrepareHook({
      name: 'Guard.beforeHotConfigChange',
      run: ({ current }) => {
        if (current.n > 9) throw new Error('at most 9');
      },
    });
    await applied(pipeline, { n: 10 }, 2);
    const { rejection } = status(pipeline);
    expect(pipeline.snapshot.value.n).toBe(1);
    expect(rejection).toMatchObject({ stage: 'prepare', revision: 2 });
    expect(rejection?.error).toBeInstanceOf(HotConfigVetoError);
    expect(rejection?.error.message).toContain(
      'Guard.beforeHotConfigChange rejected "numbers" revision 2: at most 9',
    );
    await applied(pipeline, { n: 9 }, 3);
    expect(pipeline.snapshot.value.n).toBe(9);
  });

  it('that do not end in time are a veto, and their signal is aborted', async () => {
    const { pipeline } = setUp({ hookTimeoutMs: 20 });
    await applied(pipeline, { n: 1 }, 1);
    let signal: AbortSignal | undefined;
    pipeline.addPrepareHook({
      name: 'never',
      run: (change) => {
        signal = change.signal;
        return new Promise(() => undefined);
      },
    });
    await applied(pipeline, { n: 2 }, 2);
    expect(pipeline.snapshot.value.n).toBe(1);
    expect(signal?.aborted).toBe(true);
    expect(status(pipeline).rejection?.error.cause).toBeInstanceOf(HotConfigTimeoutError);
  });

  it('are told to give up when another one vetoes, and the verdict waits for all of them', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const ended: string[] = [];
    pipeline.addPrepareHook({
      name: 'patient',
      run: (change) =>
        new Promise<void>((resolve) => {
          change.signal.addEventListener('abort', () => {
            ended.push('patient');
            resolve();
          });
        }),
    });
    pipeline.addPrepareHook({ name: 'no', run: () => Promise.reject(new Error('no')) });
    await applied(pipeline, { n: 2 }, 2);
    expect(ended).toEqual(['patient']);
    expect(pipeline.snapshot.value.n).toBe(1);
  });
});

describe('notification hooks', () => {
  it('Isolated: a hook that throws changes nothing for the others, shows in the status, and is called again', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const heard: number[] = [];
    let broken = true;
    pipeline.addNotifyHook({
      name: 'bad',
      run: () => {
        if (broken) throw new Error('boom');
      },
    });
    pipeline.addNotifyHook({ name: 'good', run: ({ current }) => heard.push(current.n) });
    await applied(pipeline, { n: 2 }, 2);
    expect(heard).toEqual([2]);
    expect(status(pipeline).hookFailures).toMatchObject([{ hook: 'bad', revision: 2 }]);
    expect(recorded.ofType('hook-failed')).toHaveLength(1);
    broken = false;
    await applied(pipeline, { n: 3 }, 3);
    expect(status(pipeline).hookFailures).toEqual([]);
  });

  it.each([
    ['of its own', 20, 'raise its timeoutMs.'],
    ['from the module', undefined, 'raise hookTimeoutMs of HotConfigModule.forRoot.'],
  ])(
    'a hook that is late is told which option to raise: one with a limit %s',
    async (_what, timeoutMs, advice) => {
      const { pipeline } = setUp({ hookTimeoutMs: 20 });
      await applied(pipeline, { n: 1 }, 1);
      const late = { name: 'late', timeoutMs, run: () => new Promise<never>(() => undefined) };
      pipeline.addNotifyHook(late);
      await applied(pipeline, { n: 2 }, 2);
      expect(status(pipeline).hookFailures[0]?.error.message).toContain(advice);
      pipeline.addPrepareHook(late);
      await applied(pipeline, { n: 3 }, 3);
      expect(status(pipeline).rejection?.error.message).toContain(advice);
    },
  );

  describe('fault: hook throws, rejects, never ends, blocks', () => {
    it.each<[string, RegExp, () => unknown]>([
      [
        'throws',
        /boom/,
        () => {
          throw new Error('boom');
        },
      ],
      [
        'throws what is no error',
        /nothing much/,
        () => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- somebody will
          throw 'nothing much';
        },
      ],
      ['rejects', /boom/, () => Promise.reject(new Error('boom'))],
      ['never ends', /did not end within 200 ms/, () => new Promise(() => undefined)],
      [
        'blocks',
        /blocked the event loop for \d+ ms/,
        () => {
          for (const end = performance.now() + 250; performance.now() < end;);
        },
      ],
      [
        'blocks, then rejects',
        /blocked the event loop for \d+ ms/,
        async () => {
          for (const end = performance.now() + 250; performance.now() < end;);
          await Promise.reject(new Error('unheard'));
        },
      ],
    ])(
      'one that %s harms no other, is in the status and reported, and is called for the next change',
      async (_what, reason, misbehave) => {
        const { pipeline, recorded } = setUp({ hookTimeoutMs: 200 });
        await applied(pipeline, { n: 1 }, 1);
        const heard: string[] = [];
        pipeline.addNotifyHook({
          name: 'bad',
          run: ({ current }) => {
            heard.push(`bad ${current.n}`);
            return current.n === 2 ? misbehave() : undefined;
          },
        });
        pipeline.addNotifyHook({
          name: 'good',
          timeoutMs: 5_000,
          run: ({ current }) => heard.push(`good ${current.n}`),
        });
        await applied(pipeline, { n: 2 }, 2);
        expect(pipeline.snapshot.value.n).toBe(2);
        expect(status(pipeline).hookFailures).toMatchObject([{ hook: 'bad', revision: 2 }]);
        expect(status(pipeline).hookFailures[0]?.error.message).toMatch(reason);
        expect(recorded.ofType('hook-failed')).toHaveLength(1);
        await applied(pipeline, { n: 3 }, 3);
        expect(heard).toEqual(['bad 2', 'good 2', 'bad 3', 'good 3']);
        expect(status(pipeline).hookFailures).toEqual([]);
      },
    );
  });

  it('Isolated: a hook that never ends delays neither the next change nor the other hooks', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const heard: number[] = [];
    const never = gate();
    pipeline.addNotifyHook({ name: 'stuck', run: () => never.passed });
    const third = gate();
    pipeline.addNotifyHook({
      name: 'quick',
      run: ({ current }) => {
        heard.push(current.n);
        if (current.n === 3) third.open();
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    const swapped = gate();
    pipeline.onSwap(({ value }) => value.n === 2 && swapped.open());
    await swapped.passed;
    pipeline.offer(documentOf({ n: 3 }, 3));
    await third.passed;
    expect(heard.at(-1)).toBe(3);
    never.open();
    await pipeline.idle();
  });

  it('fault: 50 revisions while a hook runs: its next run gets the newest, with the difference to what it saw last', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 0 }, 1);
    const seen: [number | undefined, number][] = [];
    const entered = gate();
    const go = gate();
    pipeline.addNotifyHook({
      name: 'slow',
      run: async ({ previous, current }) => {
        seen.push([previous?.n, current.n]);
        entered.open();
        await go.passed;
      },
    });
    pipeline.offer(documentOf({ n: 1 }, 2));
    await entered.passed;
    for (let n = 2; n <= 50; n += 1) {
      const swapped = gate();
      const off = pipeline.onSwap(() => swapped.open());
      pipeline.offer(documentOf({ n }, n + 1));
      await swapped.passed;
      off();
    }
    go.open();
    await pipeline.idle();
    expect(seen).toEqual([
      [0, 1],
      [1, 50],
    ]);
  });

  it('with a path are called only when something there differs', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, deep: { list: [1] } }, 1);
    const heard: number[] = [];
    pipeline.addNotifyHook({ name: 'deep', path: 'deep', run: ({ revision }) => heard.push(revision) });
    await applied(pipeline, { n: 2, deep: { list: [1] } }, 2);
    await applied(pipeline, { n: 2, deep: { list: [1, 2] } }, 3);
    expect(heard).toEqual([3]);
  });

  it('Honest: a failure stays in the status until the hook has succeeded, not until a change that it was not called for', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    let isBroken = true;
    pipeline.addNotifyHook({ name: 'path', path: 'n', run: () => (isBroken ? fail() : undefined) });
    pipeline.addNotifyHook({
      name: 'own choice',
      run: (change) => (change.has('n') ? isBroken && fail() : NOT_APPLICABLE),
    });
    await applied(pipeline, { n: 2 }, 2);
    await applied(pipeline, { n: 2, deep: { list: [1] } }, 3);
    expect(status(pipeline).hookFailures).toMatchObject([
      { hook: 'path', revision: 2 },
      { hook: 'own choice', revision: 2 },
    ]);
    isBroken = false;
    await applied(pipeline, { n: 3 }, 4);
    expect(status(pipeline).hookFailures).toEqual([]);
  });

  it('found after the start hear of what changed since the first value', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2 }, 2);
    const seen: [number | undefined, number][] = [];
    pipeline.addNotifyHook(
      { name: 'late', run: ({ previous, current }) => seen.push([previous?.n, current.n]) },
      'start',
    );
    await pipeline.idle();
    expect(seen).toEqual([[1, 2]]);
  });

  it('are told of sensitive differences as such', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, secret: 'a' }, 1);
    const flags: boolean[] = [];
    pipeline.addNotifyHook({
      name: 'hook',
      run: ({ diff }) => flags.push(...diff.map(({ sensitive }) => sensitive)),
    });
    await applied(pipeline, { n: 1, secret: 'b' }, 2);
    expect(flags).toEqual([true]);
  });

  it('hear nothing more once they are removed', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    let calls = 0;
    const end = pipeline.addNotifyHook({ name: 'hook', run: () => (calls += 1) });
    end();
    await applied(pipeline, { n: 2 }, 2);
    expect(calls).toBe(0);
  });

  it('hear nothing more once they are removed, of what came before that neither', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const heard: number[] = [];
    const [entered, go] = [gate(), gate()];
    const end = pipeline.addNotifyHook({
      name: 'slow',
      run: ({ current }) => {
        heard.push(current.n);
        entered.open();
        return go.passed;
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    await entered.passed;
    const swapped = gate();
    pipeline.onSwap(() => swapped.open());
    pipeline.offer(documentOf({ n: 3 }, 3));
    await swapped.passed;
    end();
    pipeline.addNotifyHook({ name: 'at once', run: ({ current }) => heard.push(current.n) }, 'nothing')();
    go.open();
    await pipeline.idle();
    await new Promise(setImmediate);
    expect(heard).toEqual([2]);
  });
});

describe('critical hooks', () => {
  it('a failure cuts the others not short: one that takes the change all the same is told that it is rolled back', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const [failed, heard] = [gate(), [] as number[]];
    pipeline.addCriticalHook({
      name: 'slow',
      run: async ({ current }) => {
        await failed.passed;
        heard.push(current.n);
      },
    });
    pipeline.addCriticalHook({
      name: 'fails',
      run: () => {
        setImmediate(() => failed.open());
        fail();
      },
    });
    await applied(pipeline, { n: 2 }, 2);
    expect(status(pipeline).rejection?.stage).toBe('confirm');
    expect(heard).toEqual([2, 1]);
  });

  it('an ordinary hook that was added while they decide is told what is served after a rollback', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const [asked, told, heard] = [gate(), gate(), [] as number[]];
    pipeline.addCriticalHook({
      name: 'refuses',
      run: async () => {
        asked.open();
        await told.passed;
        fail();
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    await asked.passed;
    const late = ({ current }: HotConfigChange<Numbers>): void => {
      heard.push(current.n);
      told.open();
    };
    pipeline.addNotifyHook({ name: 'late', run: late }, 'nothing');
    await pipeline.idle();
    expect(heard).toEqual([2, 1]);
  });

  it('so is a critical one, and it is asked of no change that it has been told already', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const [asked, told, heard] = [gate(), gate(), [] as number[]];
    pipeline.addCriticalHook({
      name: 'decides',
      run: async ({ current }) => {
        asked.open();
        await told.passed;
        if (current.n === 2) fail();
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    await asked.passed;
    const late = ({ current }: HotConfigChange<Numbers>): void => {
      heard.push(current.n);
      told.open();
    };
    pipeline.addCriticalHook({ name: 'late', run: late }, 'start');
    await pipeline.idle();
    expect(heard).toEqual([2, 1]);
    await applied(pipeline, { n: 3 }, 3);
    expect(heard).toEqual([2, 1, 3]);
  });

  it('one that a listener adds in the moment of the swap is called once, too', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const heard: [number | undefined, number][] = [];
    const run = ({ previous, current }: HotConfigChange<Numbers>): void => {
      heard.push([previous?.n, current.n]);
    };
    const end = pipeline.onSwap(() => {
      end();
      pipeline.addCriticalHook({ name: 'late', run }, 'nothing');
    });
    await applied(pipeline, { n: 2 }, 2);
    expect(heard).toEqual([[undefined, 2]]);
  });

  it('Honest: the failure of one that was added while the others agree is waited for, and in the status', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const [asked, agree, go] = [gate(), gate(), gate()];
    pipeline.addCriticalHook({
      name: 'agrees',
      run: async () => {
        asked.open();
        await agree.passed;
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    await asked.passed;
    pipeline.addCriticalHook(
      {
        name: 'late',
        run: async () => {
          await go.passed;
          fail();
        },
      },
      'start',
    );
    agree.open();
    setImmediate(() => go.open());
    await pipeline.idle();
    expect(status(pipeline)).toMatchObject({ applied: { revision: 2 }, hookFailures: [{ hook: 'late' }] });
  });

  it('found after the start are told once what changed since the first value, before they are asked of the next change', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2 }, 2);
    const heard: [number | undefined, number][] = [];
    const run = ({ previous, current }: HotConfigChange<Numbers>): void => {
      heard.push([previous?.n, current.n]);
      if (current.n === 2) fail();
    };
    pipeline.addCriticalHook({ name: 'late', run }, 'start');
    await applied(pipeline, { n: 3 }, 3);
    expect(heard).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(recorded.ofType('hook-failed')).toMatchObject([{ failure: { hook: 'late', revision: 2 } }]);
    expect(status(pipeline)).toMatchObject({ applied: { revision: 3 }, hookFailures: [] });
  });
});

describe('what else may fail', () => {
  it('a listener that throws is reported and harms neither the swap nor other listeners', async () => {
    const { pipeline, recorded } = setUp();
    const heard: number[] = [];
    pipeline.onSwap(() => {
      throw new Error('listener');
    });
    pipeline.onSwap(({ value }) => heard.push(value.n));
    await applied(pipeline, { n: 1 }, 1);
    expect(heard).toEqual([1]);
    expect(recorded.ofType('listener-failed')).toHaveLength(1);
  });

  it('Honest: nothing that a hook or a listener says shows what is sensitive', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1, secret: 'hunter1' }, 1);
    const tell = (): never => {
      throw new Error('cannot log in with hunter2');
    };
    const notified = pipeline.addNotifyHook({ name: 'notified', run: tell });
    const listener = pipeline.onSwap(tell);
    await applied(pipeline, { n: 2, secret: 'hunter2' }, 2);
    notified();
    listener();
    pipeline.addPrepareHook({
      name: 'vetoes',
      run: () => {
        throw new Error('neither hunter2 nor hunter3');
      },
    });
    await applied(pipeline, { n: 3, secret: 'hunter3' }, 3);
    const [failed] = recorded.ofType('hook-failed');
    const [listened] = recorded.ofType('listener-failed');
    expect(failed?.failure.error).toMatchObject({ name: 'Error', message: 'cannot log in with [redacted]' });
    for (const error of [failed?.failure.error, listened?.error])
      expect(error?.stack).not.toContain('hunter2');
    const veto = status(pipeline).rejection?.error;
    expect(veto?.message).toContain('neither [redacted] nor [redacted]');
    expect(inspect(veto, { depth: null })).not.toMatch(/hunter/);
  });

  it('Honest: nor does a subscriber who quotes both sides of a change, be it made or rolled back', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1, secret: 'hunter1' }, 1);
    let seen = pipeline.snapshot.value;
    pipeline.onSwap(({ value }) => {
      const said = `from ${seen.secret} to ${value.secret}`;
      seen = value;
      throw new Error(said);
    });
    await applied(pipeline, { n: 2, secret: 'hunter2' }, 2);
    pipeline.addCriticalHook({ name: 'strict', run: fail });
    await applied(pipeline, { n: 3, secret: 'hunter3' }, 3);
    expect(pipeline.snapshot.revision).toBe(2);
    const said = recorded.ofType('listener-failed').map(({ error }) => error.message);
    expect(said).toEqual(Array(3).fill('from [redacted] to [redacted]'));
  });

  it('Honest: nor does a failure that nobody has foreseen', async () => {
    let secrets: string[] = [];
    const isSensitive = (): boolean => {
      if (secrets.length > 0) throw new TypeError(`cannot compare ${secrets.join(' with ')}`);
      return false;
    };
    const { pipeline } = setUp({ definition: { ...numbers(), isSensitive } });
    await applied(pipeline, { n: 1, secret: 'hunter1' }, 1);
    secrets = ['hunter1', 'hunter2'];
    await applied(pipeline, { n: 2, secret: 'hunter2' }, 2);
    const error = status(pipeline).rejection?.error;
    expect(error?.message).toBe('The document could not be tried: something was thrown that cannot be shown');
    expect(inspect(error, { depth: null })).not.toContain('hunter');
  });

  it('Honest: nor does what a logger prints beside the message: causes, properties', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1, secret: 'hunter1' }, 1);
    const cause = Object.assign(new Error('refused'), { options: { password: 'hunter2' } });
    pipeline.addNotifyHook({ name: 'wraps', run: () => Promise.reject(new Error('no pool', { cause })) });
    await applied(pipeline, { n: 2, secret: 'hunter2' }, 2);
    for (const n of [3, 4]) await applied(pipeline, { n, secret: `hunter${n}` }, n);
    const [shown, , whole] = recorded.ofType('hook-failed').map(({ failure }) => failure.error);
    expect(shown?.message).toBe('no pool');
    expect(inspect(shown, { depth: null })).not.toContain('hunter2');
    // With nothing to hide it is the error itself.
    expect(whole?.cause).toBe(cause);
  });

  it('Honest: a status in JSON tells why a document was rejected and why a hook failed, and no secret', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, secret: 'hunter1' }, 1);
    const sent = { toJSON: () => ({ headers: { authorization: 'hunter2' } }) };
    const run = (): never => {
      throw Object.assign(new TypeError('cannot log in with hunter2'), sent);
    };
    pipeline.addNotifyHook({ name: 'foreign', run });
    pipeline.addNotifyHook({ name: 'late', timeoutMs: 1, run: () => new Promise(() => undefined) });
    await applied(pipeline, { n: 2, secret: 'hunter2' }, 2);
    await applied(pipeline, { n: 'many', secret: 'hunter3' }, 3);
    const text = JSON.stringify(status(pipeline));
    expect(JSON.parse(text)).toMatchObject({
      rejection: {
        error: {
          name: 'HotConfigValidationError',
          code: 'VALIDATION',
          key: 'numbers',
          revision: 3,
          message: expect.stringContaining('n: must be a number') as string,
          issues: [{ path: 'n', message: 'must be a number' }],
        },
      },
      hookFailures: [
        {
          hook: 'foreign',
          revision: 2,
          error: { name: 'TypeError', message: 'cannot log in with [redacted]' },
        },
        { hook: 'late', revision: 2, error: { code: 'TIMEOUT', name: 'HotConfigTimeoutError' } },
      ],
    });
    expect(text).not.toContain('hunter');
  });

  it.each<[string, () => unknown]>([
    ['an object without a text', () => Object.create(null) as unknown],
    [
      'an error whose message cannot be read',
      () => Object.defineProperty(new Error(), 'message', { get: () => fail() }),
    ],
    ['nothing', () => undefined],
  ])('a hook that rejects with %s fails as any other, and is called again', async (_, thrown) => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- applications do so
    pipeline.addNotifyHook({ name: 'odd', run: () => Promise.reject(thrown()) });
    for (const n of [2, 3]) await applied(pipeline, { n }, n);
    expect(recorded.ofType('hook-failed')).toHaveLength(2);
  });

  it('a schema that never answers is a rejection, not a stuck key', async () => {
    const recorded = recorder();
    const pipeline = new KeyPipeline<Numbers>(
      { ...numbers(), validate: () => new Promise(() => undefined) },
      {
        staleAfterMs: 1,
        hookTimeoutMs: 20,
        lastKnownGoodStore: undefined,
        report: recorded.report,
        resources: noResources(new AbortController().signal),
        stopped: new AbortController().signal,
      },
    );
    pipeline.offer(documentOf({ n: 1 }, 1));
    await pipeline.idle();
    expect(recorded.ofType('rejected')).toMatchObject([
      {
        rejection: {
          stage: 'validate',
          issues: [{ path: '', message: 'the schema did not answer within 20 ms' }],
        },
      },
    ]);
  });

  it.each<[string, (thrown: Error) => ReturnType<HotConfigDefinition<Numbers>['validate']>]>([
    ['throws', (thrown) => Promise.reject(thrown)],
    [
      'says what was thrown',
      (cause) => Promise.resolve({ accepted: false, issues: [{ path: 'n', message: 'threw' }], cause }),
    ],
    [
      'makes what throws when it is read',
      (thrown) =>
        Promise.resolve({
          accepted: true,
          value: {
            get n(): number {
              throw thrown;
            },
          },
        }),
    ],
  ])(
    'a schema that %s is found by the cause of the rejection, which shows no secret',
    async (_, validate) => {
      const thrown = new TypeError('cannot parse hunter2');
      const { pipeline, recorded } = setUp({
        definition: { ...numbers(), validate: () => validate(thrown) },
      });
      await applied(pipeline, { n: 1, secret: 'hunter2' }, 1);
      const [rejected] = recorded.ofType('rejected');
      expect(rejected?.rejection).toMatchObject({ stage: 'validate', error: { code: 'VALIDATION' } });
      const error = rejected?.rejection.error;
      expect(error?.cause).toMatchObject({ name: 'TypeError', message: 'cannot parse [redacted]' });
      expect((error?.cause as Error).stack).toContain('key-pipeline.spec.ts');
      expect(error?.message).not.toContain('parse');
      expect(inspect(error, { depth: null })).not.toContain('hunter2');
    },
  );

  it('a snapshot that cannot be saved is reported once, and again after it worked in between', async () => {
    let broken = true;
    const save = (): Promise<void> => (broken ? Promise.reject(new Error('disk full')) : Promise.resolve());
    const { pipeline, recorded } = setUp({ save });
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2 }, 2);
    expect(recorded.ofType('last-known-good-failed')).toHaveLength(1);
    broken = false;
    await applied(pipeline, { n: 3 }, 3);
    broken = true;
    await applied(pipeline, { n: 4 }, 4);
    expect(recorded.ofType('last-known-good-failed')).toHaveLength(2);
    expect(pipeline.snapshot.value.n).toBe(4);
  });

  it('a snapshot that cannot be saved is in the status, and can be tried again until it is saved', async () => {
    let broken = true;
    const saved: number[] = [];
    const save = ({ revision }: LastKnownGoodDocument): Promise<void> => {
      if (broken) return Promise.reject(new Error('disk full'));
      saved.push(revision);
      return Promise.resolve();
    };
    const { pipeline, recorded } = setUp({ save });
    const retry = (): Promise<void> => {
      pipeline.lastKnownGood.retry();
      return pipeline.idle();
    };
    await applied(pipeline, { n: 1 }, 1);
    const since = status(pipeline).lastKnownGoodFailure?.since;
    expect(since).toBeInstanceOf(Date);
    await applied(pipeline, { n: 'newer, and rejected' }, 2);
    await retry();
    expect(status(pipeline).lastKnownGoodFailure).toMatchObject({
      since,
      error: { code: 'LAST_KNOWN_GOOD' },
    });
    broken = false;
    await retry();
    expect(status(pipeline).lastKnownGoodFailure).toBeUndefined();
    await retry();
    expect(saved).toEqual([1]);
    expect(recorded.ofType('last-known-good-failed')).toHaveLength(1);
  });

  it('what is kept for the next start is the newest: one save at a time, and of what comes meanwhile only the last', async () => {
    const begun: { revision: number; end: () => void }[] = [];
    const save = ({ revision }: LastKnownGoodDocument): Promise<void> =>
      new Promise((resolve) => begun.push({ revision, end: resolve }));
    const { pipeline } = setUp({ save });
    for (const revision of [1, 2, 3]) {
      pipeline.offer(documentOf({ n: revision }, revision));
      await pipeline.settled();
    }
    expect(begun.map(({ revision }) => revision)).toEqual([1]);
    begun[0]?.end();
    await new Promise(setImmediate);
    expect(begun.map(({ revision }) => revision)).toEqual([1, 3]);
    begun[1]?.end();
    await pipeline.idle();
    expect(begun).toHaveLength(2);
  });

  it('a snapshot that is not saved in half a minute is reported, and saves nothing newer before it has ended', async () => {
    const disk = gate();
    const saved: number[] = [];
    const save = async ({ revision }: LastKnownGoodDocument): Promise<void> => {
      await disk.passed;
      saved.push(revision);
    };
    const { pipeline, recorded } = setUp({ save });
    jest.useFakeTimers();
    try {
      pipeline.offer(documentOf({ n: 1 }, 1));
      pipeline.offer(documentOf({ n: 2 }, 2));
      await jest.advanceTimersByTimeAsync(29_000);
      expect(recorded.ofType('last-known-good-failed')).toEqual([]);
      await jest.advanceTimersByTimeAsync(1_000);
    } finally {
      jest.useRealTimers();
    }
    const [{ error } = {}] = recorded.ofType('last-known-good-failed');
    expect(error?.message).toContain('The last known good of "numbers" could not be saved to disk');
    expect(error?.cause).toMatchObject({ message: 'not saved within 30000 ms' });
    pipeline.offer(documentOf({ n: 3 }, 3));
    await pipeline.settled();
    expect(saved).toEqual([]);
    disk.open();
    await pipeline.idle();
    expect(saved.at(-1)).toBe(3);
  });

  it('a clock that is set back does not hide that nothing was confirmed since', async () => {
    const { pipeline } = setUp();
    jest.useFakeTimers({ advanceTimers: true, now: Date.now() + 86_400_000 });
    try {
      await applied(pipeline, { n: 1 }, 1);
      expect(status(pipeline).state).toBe('live');
    } finally {
      jest.useRealTimers();
    }
    expect(status(pipeline).state).toBe('stale');
    await applied(pipeline, { n: 1 }, 1);
    expect(status(pipeline).state).toBe('live');
  });

  it('a missing document keeps the applied value, makes it stale, and is reported once', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    pipeline.reportMissing('deleted');
    pipeline.reportMissing('deleted');
    expect(pipeline.snapshot.value.n).toBe(1);
    expect(status(pipeline)).toMatchObject({ state: 'stale', missing: { reason: 'deleted' } });
    expect(recorded.ofType('missing')).toHaveLength(1);
    await applied(pipeline, { n: 1 }, 5);
    expect(status(pipeline)).toMatchObject({ state: 'live', missing: undefined });
  });

  it('Honest: a document that waits its turn does not hide that the key is missing since', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const entered = gate();
    const go = gate();
    pipeline.addPrepareHook({
      name: 'slow',
      run: async () => {
        entered.open();
        await go.passed;
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    await entered.passed;
    pipeline.offer(documentOf({ n: 3 }, 3));
    pipeline.reportMissing('deleted');
    go.open();
    await pipeline.idle();
    expect(status(pipeline)).toMatchObject({ applied: { revision: 3 }, missing: { reason: 'deleted' } });
  });

  it('after a stop nothing is applied any more', async () => {
    const { pipeline, stop } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    pipeline.addPrepareHook({ name: 'never', run: () => new Promise(() => undefined) });
    pipeline.offer(documentOf({ n: 2 }, 2));
    stop();
    await pipeline.idle();
    expect(pipeline.snapshot.value.n).toBe(1);
    expect(status(pipeline).rejection).toBeUndefined();
  });
});
