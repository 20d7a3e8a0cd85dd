import { jest } from '@jest/globals';
import { type LastKnownGoodDocument } from '../../contract/index.js';
import { documentOf, gate } from '../engine.fixture.js';
import { applied, setUp, status } from './pipeline.fixture.js';

describe('saving the last known good of a key:', () => {
  it('a failed save of the last known good is reported once, and reported again when a save has worked in between', async () => {
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

  it('a failed save of the last known good is shown in the status, and a retry saves it', async () => {
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

  it('only one save runs at a time, and of the documents applied meanwhile only the newest is saved', async () => {
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

  it('a save that takes half a minute is reported, and no newer save begins before it has ended', async () => {
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
});
