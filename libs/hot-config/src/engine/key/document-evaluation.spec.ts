import { inspect } from 'node:util';
import { type HotConfigDefinition, type LastKnownGoodDocument } from '../../contract/index.js';
import { digestOf } from '../../document/index.js';
import { documentOf, type Numbers, numbers, recorder } from '../engine.fixture.js';
import { RejectionError } from '../rejection-error.js';
import { noResources } from '../resources/resource-set.js';
import { evaluateDocument } from './document-evaluation.js';
import { KeyPipeline } from './key-pipeline.js';
import { initialState } from './key-state.js';
import { applied, setUp, status } from './pipeline.fixture.js';

describe('variables in documents:', () => {
  it('variables are filled in before validation, and the digest and the last known good on disk are those of the document as written', async () => {
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

  it('fault: a missing `${VAR}`: the document is rejected, the variable and its place are named, and the applied value stays', async () => {
    const { pipeline } = setUp({ variables: {} });
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2, secret: '${PASSWORD}' }, 2);
    expect(pipeline.snapshot.value).toEqual({ n: 1 });
    const { rejection } = status(pipeline);
    expect(rejection).toMatchObject({ stage: 'decode', error: { code: 'PARSE' } });
    expect(rejection?.issues).toEqual([{ path: 'secret', message: 'the variable PASSWORD is not set' }]);
    expect(rejection?.error.message).toMatch(
      /secret: the variable PASSWORD is not set\nThe value applied before stays in force; correct/,
    );
  });

  it('a rejected first document: the message says that there is no value, not that one stays in force', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, 'n: [', 1);
    expect(pipeline.current.rejection?.error.message).toMatch(
      /\nThere is no value yet; correct the document/,
    );
  });

  it('`${NAME}` is an ordinary text when the application gives no variables', async () => {
    const { pipeline } = setUp();
    await applied(pipeline, { n: 1, secret: '${PASSWORD}' }, 1);
    expect(pipeline.snapshot.value.secret).toBe('${PASSWORD}');
  });
});

describe('schemas that fail:', () => {
  it('a schema that never answers rejects the document at the time limit', async () => {
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
      'returns the thrown error as the cause',
      (cause) => Promise.resolve({ accepted: false, issues: [{ path: 'n', message: 'threw' }], cause }),
    ],
    [
      'returns a value whose property throws',
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
  ])('the rejection has a masked cause with the stack when a schema %s', async (_, validate) => {
    const thrown = new TypeError('cannot parse hunter2');
    const { pipeline, recorded } = setUp({
      definition: { ...numbers(), validate: () => validate(thrown) },
    });
    await applied(pipeline, { n: 1, secret: 'hunter2' }, 1);
    const [rejected] = recorded.ofType('rejected');
    expect(rejected?.rejection).toMatchObject({ stage: 'validate', error: { code: 'VALIDATION' } });
    const error = rejected?.rejection.error;
    expect(error?.cause).toMatchObject({ name: 'TypeError', message: 'cannot parse [redacted]' });
    expect((error?.cause as Error).stack).toContain('document-evaluation.spec.ts');
    expect(error?.message).not.toContain('parse');
    expect(inspect(error, { depth: null })).not.toContain('hunter2');
  });
});

describe('an evaluation without a pipeline', () => {
  const context = {
    definition: numbers(),
    timeoutMs: 1_000,
    stopped: new AbortController().signal,
    served: { state: initialState },
  };

  it('gives the frozen value of a good document, with its plain form after variables', async () => {
    const variables = { PASSWORD: 'hunter2' };
    const document = documentOf({ n: 1, secret: '${PASSWORD}' }, 7);
    const { snapshot, plain, pendingRestart } = await evaluateDocument(document, { ...context, variables });
    expect(snapshot).toMatchObject({ key: 'numbers', revision: 7, value: { n: 1, secret: 'hunter2' } });
    expect(Object.isFrozen(snapshot.value)).toBe(true);
    expect([plain, pendingRestart]).toEqual([{ n: 1, secret: 'hunter2' }, []]);
  });

  it('throws a rejection that shows no sensitive value although the schema quotes a sensitive value', async () => {
    const validate: HotConfigDefinition<Numbers>['validate'] = ({ secret }) =>
      Promise.resolve({ accepted: false, issues: [{ path: 'n', message: `not with ${secret as string}` }] });
    const definition = { ...numbers(), validate };
    const evaluated = evaluateDocument(documentOf({ n: 1, secret: 'hunter2' }, 7), {
      ...context,
      definition,
    });
    const rejection = (await evaluated.catch((error: unknown) => error)) as RejectionError;
    expect(rejection).toBeInstanceOf(RejectionError);
    expect(rejection).toMatchObject({
      stage: 'validate',
      issues: [{ path: 'n', message: 'not with [redacted]' }],
    });
    expect(inspect(rejection, { depth: null })).not.toContain('hunter2');
  });
});

describe('the restart-only properties of a definition', () => {
  it('are not looked up when the definition has none', async () => {
    let asked = 0;
    const needsRestart = (): boolean => (asked += 1) > 0;
    const { pipeline } = setUp({ definition: { ...numbers(), needsRestart, hasRestartRequired: false } });
    await applied(pipeline, { n: 1 }, 1);
    await applied(pipeline, { n: 2 }, 2);
    expect([asked, pipeline.snapshot.value]).toEqual([0, { n: 2 }]);
  });

  it('are looked up only at paths where the document differs from the first document', async () => {
    const asked = new Set<string>();
    const needsRestart = (_value: unknown, path: readonly string[]): boolean => {
      asked.add(path.join('.'));
      return false;
    };
    const { pipeline } = setUp({ definition: { ...numbers(), needsRestart } });
    await applied(pipeline, { n: 1, deep: { list: [1] }, boot: 1 }, 1);
    await applied(pipeline, { n: 1, deep: { list: [2] }, boot: 1 }, 2);
    expect([...asked].filter((path) => !path.startsWith('deep'))).toEqual([]);
  });
});
