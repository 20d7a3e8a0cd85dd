import type { HotConfigDefinition, HotConfigDifference } from '../../contract/index.js';
import { type Numbers, numbers } from '../engine.fixture.js';
import { applied, setUp } from './pipeline.fixture.js';

it('all hooks that saw the same value before share one comparison of the two values', async () => {
  const { pipeline } = setUp();
  await applied(pipeline, { n: 1, secret: 'a' }, 1);
  const seen: (readonly HotConfigDifference[])[] = [];
  for (const name of ['first', 'second'])
    pipeline.hooks.addPrepare({ name, run: ({ diff }) => void seen.push(diff) });
  pipeline.hooks.addNotify({ name: 'third', run: ({ diff }) => void seen.push(diff) });
  await applied(pipeline, { n: 2, secret: 'a' }, 2);
  expect(seen).toHaveLength(3);
  expect(new Set(seen).size).toBe(1);
});

it('a hook that tries to change the differences fails, and the hooks after it are called with all of them', async () => {
  const { pipeline, recorded } = setUp();
  await applied(pipeline, { n: 1, secret: 'a' }, 1);
  const seen: string[][] = [];
  pipeline.hooks.addNotify({
    name: 'emptying',
    run: ({ diff }) => void (diff as HotConfigDifference[]).splice(0),
  });
  pipeline.hooks.addNotify({
    name: 'renaming',
    run: ({ diff }) => void Object.assign(diff[0] as object, { path: 'other' }),
  });
  pipeline.hooks.addNotify({ name: 'reading', run: ({ diff }) => void seen.push(pathsOf(diff)) });
  await applied(pipeline, { n: 2, secret: 'a' }, 2);
  expect(seen).toEqual([['n']]);
  expect(recorded.ofType('hook-failed').map(({ failure }) => failure.hook)).toEqual(['emptying', 'renaming']);
});

it('a hook with a path is called for a key that contains a dot, written with a backslash, and not for the nested path with the same letters', async () => {
  const validate: HotConfigDefinition<Numbers>['validate'] = (document) =>
    Promise.resolve({ accepted: true, value: { ...document } as unknown as Numbers });
  const { pipeline } = setUp({ definition: { ...numbers(), validate } });
  await applied(pipeline, { 'db.password': 'a', db: { password: 'a' } }, 1);
  const called: string[] = [];
  for (const path of ['db\\.password', 'db.password'])
    pipeline.hooks.addNotify({
      name: path,
      path,
      run: ({ diff }) => void called.push(path, ...pathsOf(diff)),
    });
  await applied(pipeline, { 'db.password': 'b', db: { password: 'a' } }, 2);
  expect(called).toEqual(['db\\.password', 'db\\.password']);
  await applied(pipeline, { 'db.password': 'b', db: { password: 'b' } }, 3);
  expect(called.slice(2)).toEqual(['db.password', 'db.password']);
});

function pathsOf(diff: readonly HotConfigDifference[]): string[] {
  return diff.map(({ path }) => path);
}
