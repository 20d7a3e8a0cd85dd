import { type HotConfigChange } from '../../contract/index.js';
import { documentOf, gate, type Numbers } from '../engine.fixture.js';
import { applied, fail, setUp, status } from '../key/pipeline.fixture.js';

describe('critical hooks', () => {
  it('a critical hook that fails does not abort the others: a hook that accepts the change later is called with the roll back', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const [failed, heard] = [gate(), [] as number[]];
    pipeline.hooks.addCritical({
      name: 'slow',
      run: async ({ current }) => {
        await failed.passed;
        heard.push(current.n);
      },
    });
    pipeline.hooks.addCritical({
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

  it('a notification hook that is added while critical hooks decide is called with the value that a roll back restores', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const [asked, lateCalled, heard] = [gate(), gate(), [] as number[]];
    pipeline.hooks.addCritical({
      name: 'rejects',
      run: async () => {
        asked.open();
        await lateCalled.passed;
        fail();
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    await asked.passed;
    const late = ({ current }: HotConfigChange<Numbers>): void => {
      heard.push(current.n);
      lateCalled.open();
    };
    pipeline.hooks.addNotify({ name: 'late', run: late }, 'nothing');
    await pipeline.idle();
    expect(heard).toEqual([2, 1]);
  });

  it('a critical hook that is added while other critical hooks decide is called with the restored value, and never twice with one change', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const [asked, lateCalled, heard] = [gate(), gate(), [] as number[]];
    pipeline.hooks.addCritical({
      name: 'decides',
      run: async ({ current }) => {
        asked.open();
        await lateCalled.passed;
        if (current.n === 2) fail();
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    await asked.passed;
    const late = ({ current }: HotConfigChange<Numbers>): void => {
      heard.push(current.n);
      lateCalled.open();
    };
    pipeline.hooks.addCritical({ name: 'late', run: late }, 'start');
    await pipeline.idle();
    expect(heard).toEqual([2, 1]);
    await applied(pipeline, { n: 3 }, 3);
    expect(heard).toEqual([2, 1, 3]);
  });

  it('a critical hook that a listener adds during the swap is called once', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const heard: [number | undefined, number][] = [];
    const run = ({ previous, current }: HotConfigChange<Numbers>): void => {
      heard.push([previous?.n, current.n]);
    };
    const end = pipeline.served.onSwap(() => {
      end();
      pipeline.hooks.addCritical({ name: 'late', run }, 'nothing');
    });
    await applied(pipeline, { n: 2 }, 2);
    expect(heard).toEqual([[undefined, 2]]);
  });

  it('Honest: the failure of a critical hook that is added while others decide is waited for, and is shown in the status', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const [asked, agree, go] = [gate(), gate(), gate()];
    pipeline.hooks.addCritical({
      name: 'agrees',
      run: async () => {
        asked.open();
        await agree.passed;
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    await asked.passed;
    pipeline.hooks.addCritical(
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

  it('a critical hook that is found after the start is called once with the differences since the first value, before the next change', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2 }, 2);
    const heard: [number | undefined, number][] = [];
    const run = ({ previous, current }: HotConfigChange<Numbers>): void => {
      heard.push([previous?.n, current.n]);
      if (current.n === 2) fail();
    };
    pipeline.hooks.addCritical({ name: 'late', run }, 'start');
    await applied(pipeline, { n: 3 }, 3);
    expect(heard).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(recorded.ofType('hook-failed')).toMatchObject([{ failure: { hook: 'late', revision: 2 } }]);
    expect(status(pipeline)).toMatchObject({ applied: { revision: 3 }, hookFailures: [] });
  });
});
