import { LatestOnly } from './latest-only.js';

/** Work whose runs end when the test ends them. */
function heldWork<T>(): { work: (value: T) => Promise<void>; runs: T[]; endRun: () => void } {
  const runs: T[] = [];
  let end = (): void => undefined;
  return {
    runs,
    work: (value) => {
      runs.push(value);
      return new Promise((resolve) => (end = resolve));
    },
    endRun: () => end(),
  };
}

describe('LatestOnly', () => {
  it('runs at once when idle, and once more with the newest of the values that were offered during a run', async () => {
    const { work, runs, endRun } = heldWork<number>();
    const latest = new LatestOnly({ work });
    for (const value of [1, 2, 3]) latest.offer(value);
    expect(runs).toEqual([1]);
    endRun();
    await Promise.resolve();
    await Promise.resolve();
    expect(runs).toEqual([1, 3]);
    endRun();
    await latest.idle();
    expect(latest.isBusy).toBe(false);
  });

  it('merges a waiting value with a newer value', async () => {
    const runs: { key: string; force: boolean }[] = [];
    const latest = new LatestOnly<{ key: string; force: boolean }>({
      work: (value) => Promise.resolve(void runs.push(value)),
      merge: (waiting, next) => ({ ...next, force: waiting.force || next.force }),
    });
    latest.offer({ key: 'a', force: false });
    latest.offer({ key: 'b', force: true });
    latest.offer({ key: 'c', force: false });
    await latest.idle();
    expect(runs).toEqual([
      { key: 'a', force: false },
      { key: 'c', force: true },
    ]);
  });

  it('begins no run after stop, and drops a waiting value', async () => {
    const { work, runs, endRun } = heldWork<number>();
    const latest = new LatestOnly({ work });
    latest.offer(1);
    latest.offer(2);
    latest.stop();
    latest.offer(3);
    endRun();
    await latest.idle();
    expect(runs).toEqual([1]);
  });

  it('idle() waits for a value that is offered while the last run ends', async () => {
    const runs: number[] = [];
    const latest = new LatestOnly<number>({
      work: (value) => {
        runs.push(value);
        if (value < 3) latest.offer(value + 1);
        return Promise.resolve();
      },
    });
    latest.offer(1);
    await latest.idle();
    expect(runs).toEqual([1, 2, 3]);
  });

  it('runs on after work that rejects, with the value that waited and with those that are offered later', async () => {
    const runs: number[] = [];
    const latest: LatestOnly<number> = new LatestOnly<number>({
      work: async (value) => {
        runs.push(value);
        await Promise.resolve();
        if (value === 1) throw new Error('broken');
      },
    });
    latest.offer(1);
    latest.offer(2);
    await expect(latest.idle()).rejects.toThrow('broken');
    await latest.idle();
    latest.offer(3);
    await latest.idle();
    expect(runs).toEqual([1, 2, 3]);
  });
});
