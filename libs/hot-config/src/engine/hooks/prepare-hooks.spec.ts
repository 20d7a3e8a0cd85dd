import { HotConfigTimeoutError, HotConfigVetoError } from '../../contract/index.js';
import { applied, setUp, status } from '../key/pipeline.fixture.js';

describe('prepare hooks', () => {
  it('a prepare hook that throws vetoes the change: nothing is swapped, and the status has the reason', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    pipeline.hooks.addPrepare({
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

  it('a prepare hook that does not end in time vetoes the change, and its signal is aborted', async () => {
    const { pipeline } = setUp({ hookTimeoutMs: 20 });
    await applied(pipeline, { n: 1 }, 1);
    let signal: AbortSignal | undefined;
    pipeline.hooks.addPrepare({
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

  it('the signals of the other prepare hooks are aborted when one hook vetoes, and the rejection waits until all hooks have ended', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1 }, 1);
    const ended: string[] = [];
    pipeline.hooks.addPrepare({
      name: 'patient',
      run: (change) =>
        new Promise<void>((resolve) => {
          change.signal.addEventListener('abort', () => {
            ended.push('patient');
            resolve();
          });
        }),
    });
    pipeline.hooks.addPrepare({ name: 'no', run: () => Promise.reject(new Error('no')) });
    await applied(pipeline, { n: 2 }, 2);
    expect(ended).toEqual(['patient']);
    expect(pipeline.snapshot.value.n).toBe(1);
  });
});
