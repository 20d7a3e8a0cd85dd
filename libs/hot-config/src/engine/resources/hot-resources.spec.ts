import { inspect } from 'node:util';
import {
  HotConfigResourceError,
  HotConfigSetupError,
  type HotResourceDefinition,
} from '../../contract/index.js';
import { gate, type Numbers } from '../engine.fixture.js';
import { change, endWorlds, inUse, value, world } from './resource-world.fixture.js';

afterEach(endWorlds);

describe('a hot resource', () => {
  it('is built before the first value is served, and rebuilt with each change of the part that it selects', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    expect(inUse(w, 'pool').made).toBe('1');
    await change(w, 'numbers', { n: 2 });
    expect(inUse(w, 'pool').made).toBe('2');
    expect(w.shop.journal).toEqual(['create pool 1', 'create pool 2', 'dispose pool 1']);
  });

  it('is not rebuilt when something else changes', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    await change(w, 'numbers', { n: 1, secret: 'new' });
    await change(w, 'others', { n: 11 });
    expect(w.shop.journal).toEqual(['create pool 1']);
  });

  it('receives in `create` the value that it was built from before, and the differences', async () => {
    const seen: unknown[] = [];
    const w = await world((shop) => [
      shop.resource('pool', {
        select: ([config]) => config,
        equals: () => false,
        create: (selected, { previous, diff }) => {
          seen.push({ selected, previous, paths: diff.map(({ path }) => path) });
          return { of: 'pool', made: 0, on: [], isOpen: true };
        },
      }),
    ]);
    await change(w, 'numbers', { n: 2 });
    expect(seen).toEqual([
      { selected: { n: 1 }, previous: undefined, paths: ['n'] },
      { selected: { n: 2 }, previous: { n: 1 }, paths: ['n'] },
    ]);
  });

  it('may skip `verify` at its first build, which has no `previous`, and is verified from then on', async () => {
    const w = await world((shop) => [
      shop.resource('pool', {
        verify: (_tool, { previous }) => {
          if (previous !== undefined)
            throw new Error(`unlike ${JSON.stringify(previous)}, it does not answer`);
        },
      }),
    ]);
    expect(inUse(w, 'pool').made).toBe('1');
    await change(w, 'numbers', { n: 2 });
    expect(inUse(w, 'pool').made).toBe('1');
    expect(w.engine.status('numbers').rejection?.error.message).toContain('unlike "1", it does not answer');
  });

  it('changes in one step with the value, so that nobody sees one without the other', async () => {
    const w = await world((shop) => [shop.resource('pool'), shop.resource('client')]);
    const seen: string[] = [];
    w.engine
      .pipeline('numbers')
      .served.onSwap(() =>
        seen.push(`${value(w).n} ${String(inUse(w, 'pool').made)} ${String(inUse(w, 'client').made)}`),
      );
    for (let n = 2; n < 20; n++) await change(w, 'numbers', { n });
    expect(seen).toEqual(Array.from({ length: 18 }, (_, i) => `${i + 2} ${i + 2} ${i + 2}`));
  });

  it('fault: prepare of one of three resources fails: nothing is swapped, and the two prepared resources are disposed of', async () => {
    const verified: string[] = [];
    const w = await world((shop) =>
      ['one', 'two', 'three'].map((name) =>
        shop.resource(name, {
          verify: (tool) => {
            verified.push(name);
            if (name === 'two' && tool.made === '2') throw new Error('no such database');
          },
        }),
      ),
    );
    await change(w, 'numbers', { n: 2 });
    expect(value(w)).toEqual({ n: 1 });
    expect(['one', 'two', 'three'].map((name) => inUse(w, name).made)).toEqual(['1', '1', '1']);
    expect(w.shop.open().map(({ of, made }) => `${of} ${String(made)}`)).toEqual([
      'one 1',
      'two 1',
      'three 1',
    ]);
    const { error, stage } = w.engine.status('numbers').rejection ?? {};
    expect(stage).toBe('prepare');
    expect(error).toBeInstanceOf(HotConfigResourceError);
    expect(error?.message).toContain('two could not be built for "numbers" revision 3: no such database.');
    await change(w, 'numbers', { n: 3 });
    expect(['one', 'two', 'three'].map((name) => inUse(w, name).made)).toEqual(['3', '3', '3']);
    expect(w.engine.status('numbers').rejection).toBeUndefined();
  });

  it('has its signal aborted as soon as another build of the same change fails', async () => {
    const hanging = gate();
    let aborted = false;
    const w = await world((shop) => [
      shop.resource('slow', {
        verify: (tool, { signal }) =>
          tool.made === '1'
            ? undefined
            : new Promise<void>((resolve) => {
                signal.addEventListener('abort', () => {
                  aborted = true;
                  resolve();
                });
                void hanging.passed.then(resolve);
              }),
      }),
      shop.resource('bad', {
        verify: (tool) => {
          if (tool.made !== '1') throw new Error('rejected');
        },
      }),
    ]);
    await change(w, 'numbers', { n: 2 });
    expect(aborted).toBe(true);
    expect(w.shop.open()).toHaveLength(2);
  });

  it('rejects the change when its build takes too long, and an instance that is created later is disposed of', async () => {
    const late = gate();
    const w = await world((shop) => [
      shop.resource('pool', {
        timeoutMs: 20,
        create: async (made) => {
          if (made === '2') await late.passed;
          const tool = { of: 'pool', made, on: [], isOpen: true };
          shop.tools.push(tool);
          return tool;
        },
      }),
    ]);
    await change(w, 'numbers', { n: 2 });
    expect(w.engine.status('numbers').rejection?.error.message).toContain('it was not ready within 20 ms');
    const before = w.shop.tools.length;
    late.open();
    while (w.shop.tools.length === before || w.shop.open().length > 1) await new Promise(setImmediate);
    expect(w.shop.open().map(({ made }) => made)).toEqual(['1']);
  });

  it('shows no sensitive value of its new config in a rejection', async () => {
    const w = await world((shop) => [
      shop.resource('pool', {
        select: ([config]) => (config as Numbers).secret,
        create: (secret) => {
          if (secret === 'hunter2') throw new AggregateError([new Error('cannot log in with hunter2')], '');
          return { of: 'pool', made: secret, on: [], isOpen: true };
        },
      }),
    ]);
    await change(w, 'numbers', { n: 1, secret: 'hunter2' });
    expect(w.engine.status('numbers').rejection?.error.message).toContain('cannot log in with [redacted]');
  });

  it('shows no sensitive value of the config in use in a rejection', async () => {
    const w = await world(
      (shop) => [
        shop.resource('pool', {
          select: ([config]) => (config as Numbers).secret,
          create: (secret, { previous }) => {
            if (previous !== undefined)
              throw new Error(`no way from ${previous as string} to ${secret as string}`);
            return { of: 'pool', made: secret, on: [], isOpen: true };
          },
        }),
      ],
      { numbers: { n: 1, secret: 'hunter1' } },
    );
    await change(w, 'numbers', { n: 1, secret: 'hunter2' });
    expect(value(w).secret).toBe('hunter1');
    const error = w.engine.status('numbers').rejection?.error;
    expect(error?.message).toContain('no way from [redacted] to [redacted]');
    expect(inspect(error, { depth: null })).not.toContain('hunter');
  });

  it('shows no sensitive value of the config of a dependency, neither in a rejection nor in a failed disposal', async () => {
    const w = await world((shop) => [
      shop.resource('pool', {
        select: ([config]) => (config as Numbers).secret,
        dispose: ({ made }) => Promise.reject(new Error(`cannot log out with ${String(made)}`)),
      }),
      shop.resource('repository', {
        keys: ['others'],
        uses: ['pool'],
        verify: (tool) => {
          if (tool.made === '11') throw new Error('cannot log in with hunter2');
        },
      }),
    ]);
    await change(w, 'numbers', { n: 2, secret: 'hunter2' });
    await change(w, 'others', { n: 11 });
    expect(w.engine.status('others').rejection?.error.message).toContain('cannot log in with [redacted]');
    await change(w, 'numbers', { n: 3, secret: 'hunter3' });
    const reasons = w.recorded.ofType('dispose-failed').map(({ reason }) => reason);
    expect(reasons).toContain('cannot log out with [redacted]');
    expect(reasons.join()).not.toContain('hunter2');
  });

  it('whose `verify` hangs has its new instance disposed of, at each attempt', async () => {
    const w = await world((shop) => [
      shop.resource('pool', {
        timeoutMs: 10,
        verify: (tool) => (tool.made === '1' ? undefined : new Promise(() => undefined)),
      }),
    ]);
    await change(w, 'numbers', { n: 2 });
    for (let attempt = 0; attempt < 3; attempt++) await w.engine.refresh();
    await w.engine.idle();
    expect(w.shop.tools).toHaveLength(5);
    expect(w.shop.open().map(({ made }) => made)).toEqual(['1']);
  });

  it('gives the reason of a rejection at once, however long the disposal takes', async () => {
    const w = await world((shop) => [
      shop.resource('pool', {
        timeoutMs: 20,
        disposeTimeoutMs: 100,
        verify: (tool) => {
          if (tool.made === '2') throw new Error('wrong password');
        },
        dispose: () => new Promise(() => undefined),
      }),
    ]);
    await change(w, 'numbers', { n: 2 });
    expect(w.engine.status('numbers').rejection?.error.message).toContain('wrong password');
  });

  it('that is built in the moment in which another build fails has its instance disposed of', async () => {
    for (let ticks = 0; ticks < 25; ticks++) {
      const together = gate();
      const w = await world((shop) => [
        shop.resource('good', {
          verify: async (tool) => {
            if (tool.made === '1') return;
            await together.passed;
            for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
          },
        }),
        shop.resource('bad', {
          verify: async (tool) => {
            if (tool.made === '1') return;
            await together.passed;
            throw new Error('rejected');
          },
        }),
      ]);
      w.source.put('numbers', { n: 2 });
      while (w.shop.tools.length < 4) await new Promise(setImmediate);
      together.open();
      await w.engine.idle();
      expect(w.shop.open().map(({ made }) => made)).toEqual(['1', '1']);
    }
  });

  it('is rejected as a second definition for one token, and as part of a circle of dependencies', async () => {
    const { engine, shop } = await world((made) => [made.resource('pool')]);
    expect(() => engine.resources.add(shop.resource('pool') as HotResourceDefinition)).toThrow(
      HotConfigSetupError,
    );
    engine.resources.add(shop.resource('hen', { uses: ['egg'] }));
    expect(() =>
      engine.resources.add(shop.resource('egg', { uses: ['hen'] }) as HotResourceDefinition),
    ).toThrow('hen → egg');
    expect(engine.resources.all().map(({ definition }) => definition.name)).toEqual(['pool', 'hen']);
  });
});
