import { jest } from '@jest/globals';
import { type HotConfigChange } from '../../contract/index.js';
import { documentOf, gate, type Numbers, numbers } from '../engine.fixture.js';
import { applied, setUp, status } from './pipeline.fixture.js';

describe('the pipeline of one key', () => {
  it('throws before the first document, and the error names what to wait for', () => {
    const { pipeline } = setUp();
    expect(() => pipeline.snapshot).toThrow('"numbers" has no value yet');
  });

  it('Valid: a document that its schema rejects is never served, and the applied value stays', async () => {
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

  it('fault: invalid YAML or JSON: the document is rejected with the place of the error, and the applied value stays', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, 'n: [1', 2);
    expect(pipeline.snapshot.value).toEqual({ n: 1 });
    const { rejection } = status(pipeline);
    expect(rejection).toMatchObject({ stage: 'decode', revision: 2, error: { code: 'PARSE' } });
    expect(rejection?.issues[0]?.line).toBeGreaterThan(0);
  });

  it('applies the next good document after a rejection and clears the rejection', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, 'nonsense', 2);
    await applied(pipeline, { n: 3 }, 3);
    expect(status(pipeline)).toMatchObject({ applied: { revision: 3 }, rejection: undefined });
  });

  it('serves a value that refers to itself, and describes a change of that value', async () => {
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

  it('Atomic: rejects a change whose differences cannot be listed before anything is swapped', async () => {
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

  it('advances the revision and calls no hook when a newer revision has the same content', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const before = pipeline.snapshot;
    let calls = 0;
    pipeline.hooks.addNotify({ name: 'hook', run: () => (calls += 1) });
    pipeline.hooks.addPrepare({ name: 'veto', run: () => (calls += 1) });
    await applied(pipeline, '# a comment\nn:   1\n', 7);
    expect(pipeline.snapshot.revision).toBe(7);
    expect(pipeline.snapshot.value).toBe(before.value);
    expect(pipeline.snapshot.appliedAt).toBe(before.appliedAt);
    expect(calls).toBe(0);
    expect(recorded.ofType('applied')).toHaveLength(1);
  });

  it('tries a rejected document only once when the source reports the document again, unless force is set', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 'no' }, 2);
    await applied(pipeline, { n: 'no' }, 2);
    expect(recorded.ofType('rejected')).toHaveLength(1);
    pipeline.offer(documentOf({ n: 'no' }, 2), true);
    await pipeline.idle();
    expect(recorded.ofType('rejected')).toHaveLength(2);
  });

  it('Honest: reports the served content as confirmed when the same content is published again after a rejection', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 'no' }, 2);
    await applied(pipeline, { n: 1 }, 3);
    expect(recorded.events.map(({ type }) => type)).toEqual(['applied', 'rejected', 'confirmed']);
    expect(status(pipeline)).toMatchObject({ rejection: undefined, applied: { revision: 3 } });
  });

  it('applies different content that comes at the same revision', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2 }, 1);
    expect(pipeline.snapshot.value.n).toBe(2);
  });

  it('tries only the newest of the documents that are offered while another document is tried', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 0 }, 1);
    const prepared: number[] = [];
    const entered = gate();
    const go = gate();
    pipeline.hooks.addPrepare({
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

describe('a key whose store or listeners fail:', () => {
  it('a listener that throws is reported and affects neither the swap nor other listeners', async () => {
    const { pipeline, recorded } = setUp();
    const heard: number[] = [];
    pipeline.served.onSwap(() => {
      throw new Error('listener');
    });
    pipeline.served.onSwap(({ value }) => heard.push(value.n));
    await applied(pipeline, { n: 1 }, 1);
    expect(heard).toEqual([1]);
    expect(recorded.ofType('listener-failed')).toHaveLength(1);
  });

  it('a value is stale after the clock was set back, until the store confirms the value again', async () => {
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

  it('a missing document leaves the applied value in force, makes it stale, and is reported once', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    pipeline.served.recordMissing('deleted');
    pipeline.served.recordMissing('deleted');
    expect(pipeline.snapshot.value.n).toBe(1);
    expect(status(pipeline)).toMatchObject({ state: 'stale', missing: { reason: 'deleted' } });
    expect(recorded.ofType('missing')).toHaveLength(1);
    await applied(pipeline, { n: 1 }, 5);
    expect(status(pipeline)).toMatchObject({ state: 'live', missing: undefined });
    expect(recorded.ofType('found')).toEqual([{ type: 'found', key: 'numbers', revision: 5 }]);
  });

  it('Honest: a waiting document does not hide that the key has become missing meanwhile', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const entered = gate();
    const go = gate();
    pipeline.hooks.addPrepare({
      name: 'slow',
      run: async () => {
        entered.open();
        await go.passed;
      },
    });
    pipeline.offer(documentOf({ n: 2 }, 2));
    await entered.passed;
    pipeline.offer(documentOf({ n: 3 }, 3));
    pipeline.served.recordMissing('deleted');
    go.open();
    await pipeline.idle();
    expect(status(pipeline)).toMatchObject({ applied: { revision: 3 }, missing: { reason: 'deleted' } });
  });

  it('nothing is applied after a stop', async () => {
    const { pipeline, stop } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    pipeline.hooks.addPrepare({ name: 'never', run: () => new Promise(() => undefined) });
    pipeline.offer(documentOf({ n: 2 }, 2));
    stop();
    await pipeline.idle();
    expect(pipeline.snapshot.value.n).toBe(1);
    expect(status(pipeline).rejection).toBeUndefined();
  });
});
