import { documentOf, gate } from '../engine.fixture.js';
import { applied, fail, setUp, status } from '../key/pipeline.fixture.js';
import { NOT_APPLICABLE } from './hook-caller.js';

describe('notification hooks', () => {
  it('Isolated: a hook that throws does not affect other hooks, is shown in the status, and is called again', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const heard: number[] = [];
    let broken = true;
    pipeline.hooks.addNotify({
      name: 'bad',
      run: () => {
        if (broken) throw new Error('boom');
      },
    });
    pipeline.hooks.addNotify({ name: 'good', run: ({ current }) => heard.push(current.n) });
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
    'the message about a late hook names the option to raise when its limit is %s',
    async (_what, timeoutMs, advice) => {
      const { pipeline } = setUp({ hookTimeoutMs: 20 });
      await applied(pipeline, { n: 1 }, 1);
      const late = { name: 'late', timeoutMs, run: () => new Promise<never>(() => undefined) };
      pipeline.hooks.addNotify(late);
      await applied(pipeline, { n: 2 }, 2);
      expect(status(pipeline).hookFailures[0]?.error.message).toContain(advice);
      pipeline.hooks.addPrepare(late);
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
        'throws a value that is no error',
        /nothing much/,
        () => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- applications do so
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
      'a hook that %s affects no other hook, is shown in the status and reported, and is called for the next change',
      async (_what, reason, misbehave) => {
        const { pipeline, recorded } = setUp({ hookTimeoutMs: 200 });
        await applied(pipeline, { n: 1 }, 1);
        const heard: string[] = [];
        pipeline.hooks.addNotify({
          name: 'bad',
          run: ({ current }) => {
            heard.push(`bad ${current.n}`);
            return current.n === 2 ? misbehave() : undefined;
          },
        });
        pipeline.hooks.addNotify({
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
    pipeline.hooks.addNotify({ name: 'stuck', run: () => never.passed });
    const third = gate();
    pipeline.hooks.addNotify({
      name: 'quick',
      run: ({ current }) => {
        heard.push(current.n);
        if (current.n === 3) third.open();
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    const swapped = gate();
    pipeline.served.onSwap(({ value }) => value.n === 2 && swapped.open());
    await swapped.passed;
    pipeline.offer(documentOf({ n: 3 }, 3));
    await third.passed;
    expect(heard.at(-1)).toBe(3);
    never.open();
    await pipeline.idle();
  });

  it('fault: 50 revisions while a hook runs: its next run receives the newest value, with the differences since its last value', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 0 }, 1);
    const seen: [number | undefined, number][] = [];
    const entered = gate();
    const go = gate();
    pipeline.hooks.addNotify({
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
      const off = pipeline.served.onSwap(() => swapped.open());
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

  it('a hook with a path is called only when something at that path differs', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, deep: { list: [1] } }, 1);
    const heard: number[] = [];
    pipeline.hooks.addNotify({ name: 'deep', path: 'deep', run: ({ revision }) => heard.push(revision) });
    await applied(pipeline, { n: 2, deep: { list: [1] } }, 2);
    await applied(pipeline, { n: 2, deep: { list: [1, 2] } }, 3);
    expect(heard).toEqual([3]);
  });

  it('Honest: a failure stays in the status until the hook has succeeded, not until a change that it was not called for', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    let isBroken = true;
    pipeline.hooks.addNotify({ name: 'path', path: 'n', run: () => (isBroken ? fail() : undefined) });
    pipeline.hooks.addNotify({
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

  it('a hook that is found after the start is called with the differences since the first value', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2 }, 2);
    const seen: [number | undefined, number][] = [];
    pipeline.hooks.addNotify(
      { name: 'late', run: ({ previous, current }) => seen.push([previous?.n, current.n]) },
      'start',
    );
    await pipeline.idle();
    expect(seen).toEqual([[1, 2]]);
  });

  it('a hook can see which differences are sensitive', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, secret: 'a' }, 1);
    const flags: boolean[] = [];
    pipeline.hooks.addNotify({
      name: 'hook',
      run: ({ diff }) => flags.push(...diff.map(({ sensitive }) => sensitive)),
    });
    await applied(pipeline, { n: 1, secret: 'b' }, 2);
    expect(flags).toEqual([true]);
  });

  it('a hook that is removed is not called any more', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    let calls = 0;
    const end = pipeline.hooks.addNotify({ name: 'hook', run: () => (calls += 1) });
    end();
    await applied(pipeline, { n: 2 }, 2);
    expect(calls).toBe(0);
  });

  it('a hook that is removed is not called with an earlier change either', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const heard: number[] = [];
    const [entered, go] = [gate(), gate()];
    const end = pipeline.hooks.addNotify({
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
    pipeline.served.onSwap(() => swapped.open());
    pipeline.offer(documentOf({ n: 3 }, 3));
    await swapped.passed;
    end();
    pipeline.hooks.addNotify({ name: 'at once', run: ({ current }) => heard.push(current.n) }, 'nothing')();
    go.open();
    await pipeline.idle();
    await new Promise(setImmediate);
    expect(heard).toEqual([2]);
  });

  it.each<[string, () => unknown]>([
    ['an object without a text', () => Object.create(null) as unknown],
    [
      'an error whose message cannot be read',
      () => Object.defineProperty(new Error(), 'message', { get: () => fail() }),
    ],
    ['nothing', () => undefined],
  ])('a hook that rejects with %s fails like any other, and is called again', async (_, thrown) => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- applications do so
    pipeline.hooks.addNotify({ name: 'odd', run: () => Promise.reject(thrown()) });
    for (const n of [2, 3]) await applied(pipeline, { n }, n);
    expect(recorded.ofType('hook-failed')).toHaveLength(2);
  });
});
