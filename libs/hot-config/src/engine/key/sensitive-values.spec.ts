import { inspect } from 'node:util';
import { numbers } from '../engine.fixture.js';
import { applied, fail, setUp, status } from './pipeline.fixture.js';

describe('the reports of a key:', () => {
  it('Honest: no error of a hook or a listener shows a sensitive value', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1, secret: 'hunter1' }, 1);
    const fails = (): never => {
      throw new Error('cannot log in with hunter2');
    };
    const notified = pipeline.hooks.addNotify({ name: 'notified', run: fails });
    const listener = pipeline.served.onSwap(fails);
    await applied(pipeline, { n: 2, secret: 'hunter2' }, 2);
    notified();
    listener();
    pipeline.hooks.addPrepare({
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

  it('Honest: the error of a subscriber that quotes both sides of a change shows no sensitive value, whether the change stays or is rolled back', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1, secret: 'hunter1' }, 1);
    let seen = pipeline.snapshot.value;
    pipeline.served.onSwap(({ value }) => {
      const said = `from ${seen.secret} to ${value.secret}`;
      seen = value;
      throw new Error(said);
    });
    await applied(pipeline, { n: 2, secret: 'hunter2' }, 2);
    pipeline.hooks.addCritical({ name: 'strict', run: fail });
    await applied(pipeline, { n: 3, secret: 'hunter3' }, 3);
    expect(pipeline.snapshot.revision).toBe(2);
    const said = recorded.ofType('listener-failed').map(({ error }) => error.message);
    expect(said).toEqual(Array(3).fill('from [redacted] to [redacted]'));
  });

  it('Honest: an unexpected error shows no sensitive value', async () => {
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

  it('Honest: the causes and properties of an error, which a logger prints too, show no sensitive value', async () => {
    const { pipeline, recorded } = setUp();
    await applied(pipeline, { n: 1, secret: 'hunter1' }, 1);
    const cause = Object.assign(new Error('rejected'), { options: { password: 'hunter2' } });
    pipeline.hooks.addNotify({ name: 'wraps', run: () => Promise.reject(new Error('no pool', { cause })) });
    await applied(pipeline, { n: 2, secret: 'hunter2' }, 2);
    for (const n of [3, 4]) await applied(pipeline, { n, secret: `hunter${n}` }, n);
    const [shown, , whole] = recorded.ofType('hook-failed').map(({ failure }) => failure.error);
    expect(shown?.message).toBe('no pool');
    expect(inspect(shown, { depth: null })).not.toContain('hunter2');
    // An error without a sensitive value is reported unchanged.
    expect(whole?.cause).toBe(cause);
  });

  it('Honest: a status in JSON has the reason of a rejection and of a failed hook, and shows no sensitive value', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, secret: 'hunter1' }, 1);
    const sent = { toJSON: () => ({ headers: { authorization: 'hunter2' } }) };
    const run = (): never => {
      throw Object.assign(new TypeError('cannot log in with hunter2'), sent);
    };
    pipeline.hooks.addNotify({ name: 'external', run });
    pipeline.hooks.addNotify({ name: 'late', timeoutMs: 1, run: () => new Promise(() => undefined) });
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
          hook: 'external',
          revision: 2,
          error: { name: 'TypeError', message: 'cannot log in with [redacted]' },
        },
        { hook: 'late', revision: 2, error: { code: 'TIMEOUT', name: 'HotConfigTimeoutError' } },
      ],
    });
    expect(text).not.toContain('hunter');
  });
});
