import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  HotConfigResourceError,
  HotConfigSetupError,
  type HotResourceDefinition,
} from '../../contract/index.js';
import { MemorySource } from '../../testing/memory-source.js';
import { gate, numbers, recorder, type Numbers, type Recorder } from '../engine.fixture.js';
import { HotConfigEngine, type EngineOptions } from '../hot-config-engine.js';
import { workshop, type Tool, type Workshop } from './resource.fixture.js';

const engines: HotConfigEngine[] = [];
afterEach(async () => {
  await Promise.all(
    engines.splice(0).map(async (engine) => {
      await engine.stop();
      await engine.disposeResources();
    }),
  );
});

interface World {
  readonly source: MemorySource;
  readonly engine: HotConfigEngine;
  readonly recorded: Recorder;
  readonly shop: Workshop;
}

/** An engine with `numbers` and `others`, and the resources that are given. */
async function world(
  resources: (shop: Workshop) => readonly HotResourceDefinition<Tool, unknown>[],
  documents: Record<string, object> = { numbers: { n: 1 }, others: { n: 10 } },
  options: Partial<EngineOptions> = {},
): Promise<World> {
  const shop = workshop();
  const source = new MemorySource(documents);
  const recorded = recorder();
  const engine = new HotConfigEngine({
    source,
    lastKnownGoodStore: undefined,
    startup: { timeoutMs: 2_000, fallback: [] },
    hookTimeoutMs: 5_000,
    graceMs: 1_000,
    report: recorded.report,
    ...options,
  });
  engines.push(engine);
  for (const resource of resources(shop)) engine.addResource(resource);
  for (const key of Object.keys(documents)) engine.register(numbers(key, { n: 0 }));
  await engine.start();
  await Promise.all(Object.keys(documents).map((key) => engine.ready(key)));
  return { source, engine, recorded, shop };
}

function inUse({ engine }: Pick<World, 'engine'>, name: string): Tool {
  const slot = engine.resourceSlots().find(({ definition }) => definition.name === name);
  return slot?.current?.instance as Tool;
}

async function change({ source, engine }: World, key: string, content: object): Promise<void> {
  source.put(key, content);
  await engine.idle();
}

const value = ({ engine }: World, key = 'numbers'): Numbers => engine.pipeline(key).snapshot.value as Numbers;

describe('a hot resource', () => {
  it('is built before the first value is served, and rebuilt with each change of the part that it selects', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    expect(inUse(w, 'pool').made).toBe('1');
    await change(w, 'numbers', { n: 2 });
    expect(inUse(w, 'pool').made).toBe('2');
    expect(w.shop.journal).toEqual(['create pool 1', 'create pool 2', 'dispose pool 1']);
  });

  it('is left alone when something else changes', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    await change(w, 'numbers', { n: 1, secret: 'new' });
    await change(w, 'others', { n: 11 });
    expect(w.shop.journal).toEqual(['create pool 1']);
  });

  it('is told what it was built from before, and what differs', async () => {
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

  it('may be let through unverified at its first build, and be verified strictly from then on', async () => {
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

  it('changes in one step with the value: nobody ever sees one without the other', async () => {
    const w = await world((shop) => [shop.resource('pool'), shop.resource('client')]);
    const seen: string[] = [];
    w.engine
      .pipeline('numbers')
      .onSwap(() =>
        seen.push(`${value(w).n} ${String(inUse(w, 'pool').made)} ${String(inUse(w, 'client').made)}`),
      );
    for (let n = 2; n < 20; n++) await change(w, 'numbers', { n });
    expect(seen).toEqual(Array.from({ length: 18 }, (_, i) => `${i + 2} ${i + 2} ${i + 2}`));
  });

  it('fault: prepare of one of three resources fails: nothing is swapped, and the two that were prepared are disposed of', async () => {
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

  it('tells the other builds of a change to give up as soon as one has failed', async () => {
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
          if (tool.made !== '1') throw new Error('refused');
        },
      }),
    ]);
    await change(w, 'numbers', { n: 2 });
    expect(aborted).toBe(true);
    expect(w.shop.open()).toHaveLength(2);
  });

  it('that is not ready in time is a refusal, and what comes of it later is disposed of', async () => {
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

  it('never shows in a refusal what is sensitive in its config', async () => {
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

  it('never shows in a refusal what it was built from before, and still is', async () => {
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

  it('never shows what is sensitive in what it is built on, nor when it cannot be disposed of', async () => {
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

  it('that is given up while its verify hangs is disposed of, at each attempt', async () => {
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

  it('that is refused tells why, however long its dispose takes', async () => {
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

  it('that is ready in the very moment in which another fails is disposed of', async () => {
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
            throw new Error('refused');
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

  it('is built from no mix when it is added while two of its configs change', async () => {
    const w = await world((shop) => [shop.resource('pool', { keys: ['numbers', 'others'] })]);
    const held = gate();
    for (const key of ['numbers', 'others'])
      w.engine.pipeline(key).addPrepareHook({ name: 'holds', run: () => held.passed });
    w.source.put('numbers', { n: 2 });
    w.source.put('others', { n: 20 });
    const late = w.shop.resource('late', { keys: ['numbers', 'others'] }) as HotResourceDefinition;
    const up = w.engine.bringUpResource(late);
    held.open();
    await up;
    await w.engine.idle();
    expect(inUse(w, 'late').made).toBe('2+20');
  });

  it.each<[string, Partial<HotResourceDefinition<Tool, unknown>>, string]>([
    ['fails', { create: () => Promise.reject(new Error('does not work')) }, 'does not work'],
    ['uses what is not there', { uses: ['ground'] }, 'lists ground in "uses"'],
  ])('that is added late and %s is let go again, and refuses no later change', async (_, parts, why) => {
    const w = await world((shop) => [shop.resource('pool')]);
    const late = w.shop.resource('late', parts) as HotResourceDefinition;
    w.source.put('numbers', { n: 2 });
    await expect(w.engine.bringUpResource(late)).rejects.toThrow(why);
    await change(w, 'numbers', { n: 3 });
    expect(inUse(w, 'pool').made).toBe('3');
    expect(w.engine.resourceSlots()).toHaveLength(1);
  });

  it('that is asked for twice at once may fail the first time: the second one is built, and kept up to date', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    let isBroken = true;
    const late = w.shop.resource('late');
    const create: typeof late.create = (...context) => {
      if (!isBroken) return late.create(...context);
      isBroken = false;
      throw new Error('not yet');
    };
    const flaky = { ...late, create } as HotResourceDefinition;
    const both = await Promise.allSettled([w.engine.bringUpResource(flaky), w.engine.bringUpResource(flaky)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await change(w, 'numbers', { n: 3 });
    expect(inUse(w, 'late').made).toBe('3');
  });

  it('so is one for which a change waits behind both', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    const [asked, fail] = [gate(), gate()];
    const late = w.shop.resource('late');
    let isBroken = true;
    const create: typeof late.create = async (...context) => {
      if (!isBroken) return late.create(...context);
      isBroken = false;
      asked.open();
      await fail.passed;
      throw new Error('not yet');
    };
    const flaky = { ...late, create } as HotResourceDefinition;
    const both = Promise.allSettled([w.engine.bringUpResource(flaky), w.engine.bringUpResource(flaky)]);
    await asked.passed;
    const changed = change(w, 'numbers', { n: 2 });
    setImmediate(() => fail.open());
    await Promise.all([both, changed]);
    expect(inUse(w, 'late').made).toBe('2');
  });

  it.each([0, 1, 2, 3, 10])(
    'that is tried again %d moments after it failed refuses no change that waits',
    async (moments) => {
      const w = await world((shop) => [shop.resource('pool')]);
      const [asked, fail] = [gate(), gate()];
      const create = async (): Promise<never> => {
        asked.open();
        await fail.passed;
        throw new Error('not yet');
      };
      const broken = {
        ...w.shop.resource('late', { keys: ['numbers', 'others'] }),
        create,
      } as HotResourceDefinition;
      const both = w.engine.bringUpResource(broken).catch(async () => {
        for (let moment = 0; moment < moments; moment += 1) await Promise.resolve();
        return w.engine.bringUpResource(broken);
      });
      await asked.passed;
      const changed = change(w, 'numbers', { n: 2 });
      setImmediate(() => fail.open());
      await expect(both).rejects.toThrow('not yet');
      await changed;
      expect(inUse(w, 'pool').made).toBe('2');
      expect(w.recorded.ofType('rejected')).toEqual([]);
    },
  );

  it('that was let go may be provided anew, whoever still waits for the one before', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    const create = (): Promise<never> => Promise.reject(new Error('not yet'));
    const late = w.shop.resource('late') as HotResourceDefinition;
    const broken = { ...late, create } as HotResourceDefinition;
    const first = w.engine.bringUpResource(broken);
    const second = w.engine.bringUpResource(broken);
    await expect(first).rejects.toThrow('not yet');
    w.engine.addResource(late);
    await expect(second).rejects.toThrow();
    expect(w.engine.resourceSlots().map(({ definition }) => definition)).toContain(late);
  });

  it('of two definitions for one token the second is refused, and so is a circle', async () => {
    const { engine, shop } = await world((made) => [made.resource('pool')]);
    expect(() => engine.addResource(shop.resource('pool') as HotResourceDefinition)).toThrow(
      HotConfigSetupError,
    );
    engine.addResource(shop.resource('hen', { uses: ['egg'] }));
    expect(() =>
      engine.addResource(shop.resource('egg', { uses: ['hen'] }) as HotResourceDefinition),
    ).toThrow('hen → egg');
    expect(engine.resourceSlots().map(({ definition }) => definition.name)).toEqual(['pool', 'hen']);
  });
});

describe('a replaced instance', () => {
  it('is disposed of when its last lease ends, not before', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    const [slot] = w.engine.resourceSlots();
    const [first, second] = [slot?.lease(), slot?.lease()];
    await change(w, 'numbers', { n: 2 });
    expect(slot?.status()).toMatchObject({ leases: 0, draining: 1 });
    first?.release();
    first?.release();
    await w.engine.idle();
    expect((second?.instance as Tool).isOpen).toBe(true);
    second?.release();
    await w.engine.idle();
    expect(w.shop.journal.at(-1)).toBe('dispose pool 1');
    expect(slot?.status()).toMatchObject({ draining: 0 });
  });

  it('is disposed of when drainMs is over, whoever still holds it', async () => {
    const disposed = gate();
    const w = await world((shop) => [shop.resource('pool', { drainMs: 10, dispose: () => disposed.open() })]);
    const lease = w.engine.resourceSlots()[0]?.lease();
    await change(w, 'numbers', { n: 2 });
    await disposed.passed;
    lease?.release();
  });

  it('that cannot be disposed of in time is reported, and holds up nothing', async () => {
    const w = await world((shop) => [
      shop.resource('pool', { disposeTimeoutMs: 10, dispose: () => new Promise(() => undefined) }),
      shop.resource('client', {
        dispose: () => {
          throw new Error('stuck');
        },
      }),
    ]);
    await change(w, 'numbers', { n: 2 });
    expect(
      w.recorded
        .ofType('dispose-failed')
        .map(({ resource }) => resource)
        .sort(),
    ).toEqual(['client', 'pool']);
  });
});

describe('resources on resources', () => {
  it('are built in order, rebuilt with what they stand on, and disposed of in reverse', async () => {
    // Listed the wrong way round on purpose.
    const w = await world((shop) => [
      shop.resource('roof', { uses: ['walls'] }),
      shop.resource('walls', { uses: ['ground'], keys: ['others'] }),
      shop.resource('ground'),
    ]);
    expect(w.shop.journal.splice(0)).toEqual(['create ground 1', 'create walls 10', 'create roof 1']);
    expect(inUse(w, 'roof').on[0]?.on[0]).toBe(inUse(w, 'ground'));
    await change(w, 'numbers', { n: 2 });
    expect(w.shop.journal.splice(0)).toEqual([
      'create ground 2',
      'create walls 10',
      'create roof 2',
      'dispose roof 1',
      'dispose walls 10',
      'dispose ground 1',
    ]);
    expect(inUse(w, 'roof').on[0]?.on[0]).toBe(inUse(w, 'ground'));
  });

  it('leave what they stand on alone when only their own config changes, and so do not part from others on it', async () => {
    // What is selected never equals itself, as an object with a function in it.
    const w = await world((shop) => [
      shop.resource('ground', { equals: () => false }),
      shop.resource('roof', { uses: ['ground'] }),
      shop.resource('walls', { uses: ['ground'], keys: ['others'] }),
    ]);
    expect(w.shop.tools).toHaveLength(3);
    await change(w, 'others', { n: 11 });
    expect(inUse(w, 'roof').on[0]).toBe(inUse(w, 'ground'));
    expect(inUse(w, 'walls').on[0]).toBe(inUse(w, 'ground'));
    expect(w.shop.open()).toHaveLength(3);
  });

  it('keep what they stand on alive for as long as they are held themselves', async () => {
    const w = await world((shop) => [
      shop.resource('ground', { drainMs: 0 }),
      shop.resource('walls', { uses: ['ground'] }),
    ]);
    const lease = w.engine.resourceSlots()[1]?.lease();
    await change(w, 'numbers', { n: 2 });
    expect((lease?.instance as Tool).on[0]?.isOpen).toBe(true);
    lease?.release();
    await w.engine.disposeResources();
    expect(w.shop.open()).toEqual([]);
  });

  it('name a foundation that is not there', async () => {
    await expect(world((shop) => [shop.resource('walls', { uses: ['ground'] })])).rejects.toThrow(
      'walls lists ground in "uses", but no hot resource is provided',
    );
  });
});

describe('a resource on several configs', () => {
  it('is built from the newest of each, when both change at the same time too', async () => {
    const w = await world((shop) => [shop.resource('pool', { keys: ['numbers', 'others'] })]);
    for (let n = 2; n < 30; n++) {
      w.source.put('numbers', { n });
      w.source.put('others', { n: 10 * n });
      await w.engine.idle();
      expect(inUse(w, 'pool').made).toBe(`${n}+${10 * n}`);
    }
    expect(w.shop.open()).toHaveLength(1);
  });

  it('a config that it does not stand on never waits for it', async () => {
    const hanging = gate();
    const w = await world(
      (shop) => [
        shop.resource('pool', {
          keys: ['numbers', 'others'],
          verify: (tool) => (tool.made === '1+10' ? undefined : hanging.passed),
        }),
      ],
      { numbers: { n: 1 }, others: { n: 10 }, free: { n: 100 } },
    );
    w.source.put('numbers', { n: 2 });
    const swapped = new Promise((resolve) => w.engine.pipeline('free').onSwap(resolve));
    w.source.put('free', { n: 101 });
    await swapped;
    expect(value(w).n).toBe(1);
    hanging.open();
    await w.engine.idle();
    expect(value(w).n).toBe(2);
  });
});

describe('a first build that fails', () => {
  const broken = (shop: Workshop): readonly HotResourceDefinition<Tool, unknown>[] => [
    shop.resource('pool', {
      verify: (tool) => {
        if (tool.made !== '0') throw new Error('the database is away');
      },
    }),
  ];

  it('refuses to start when the policy has no fallback, and says why', async () => {
    await expect(world(broken, { numbers: { n: 1 } })).rejects.toThrow(
      'pool could not be built for "numbers" revision 1: the database is away',
    );
  });

  it('follows the start policy: a fallback is served with what is built from it, and the refusal stays', async () => {
    const startup = { timeoutMs: 2_000, fallback: ['defaults' as const] };
    const w = await world(broken, { numbers: { n: 1 } }, { startup });
    expect(value(w)).toEqual({ n: 0 });
    expect(inUse(w, 'pool').made).toBe('0');
    expect(w.engine.status('numbers')).toMatchObject({ state: 'defaults', rejection: { stage: 'prepare' } });
  });

  it('is tried again by refresh, and then goes live', async () => {
    let isAway = true;
    const startup = { timeoutMs: 2_000, fallback: ['defaults' as const] };
    const w = await world(
      (shop) => [
        shop.resource('pool', {
          verify: (tool) => {
            if (tool.made !== '0' && isAway) throw new Error('the database is away');
          },
        }),
      ],
      { numbers: { n: 1 } },
      { startup },
    );
    isAway = false;
    await w.engine.refresh();
    expect(w.engine.status('numbers')).toMatchObject({ state: 'live', rejection: undefined });
    expect(inUse(w, 'pool').made).toBe('1');
  });
});

describe('a critical hook', () => {
  it('that fails rolls the change back: the value and what was built from it, and those that had agreed are told', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    const pipeline = w.engine.pipeline('numbers');
    const told: string[] = [];
    const nOf = (config: unknown): number => (config as Numbers).n;
    pipeline.addCriticalHook({
      name: 'agrees',
      run: ({ previous, current }) => void told.push(`${nOf(previous)} → ${nOf(current)}`),
    });
    pipeline.addCriticalHook({
      name: 'refuses',
      run: ({ current }) => {
        if (nOf(current) === 2) throw new Error('the new one does not work');
      },
    });
    const ordinary: number[] = [];
    pipeline.addNotifyHook({ name: 'ordinary', run: ({ current }) => void ordinary.push(nOf(current)) });
    await change(w, 'numbers', { n: 2 });
    expect(value(w)).toEqual({ n: 1 });
    expect(inUse(w, 'pool')).toMatchObject({ made: '1', isOpen: true });
    expect(told).toEqual(['1 → 2', '2 → 1']);
    expect(w.engine.status('numbers')).toMatchObject({
      applied: { revision: 1 },
      attempted: { revision: 3 },
      rejection: { stage: 'confirm' },
    });
    await change(w, 'numbers', { n: 3 });
    expect(value(w)).toEqual({ n: 3 });
    expect(inUse(w, 'pool').made).toBe('3');
    expect(ordinary).toEqual([3]);
    expect(w.shop.open()).toHaveLength(1);
  });
});

describe('a critical hook that hangs', () => {
  it('at shutdown: the change is rolled back before the resources are disposed of, none is left, and nobody is told of a failure', async () => {
    const hanging = gate();
    const w = await world((shop) => [shop.resource('pool')], { numbers: { n: 1 } }, { graceMs: 10 });
    w.engine.pipeline('numbers').addCriticalHook({
      name: 'hangs',
      run: () => {
        hanging.open();
        return new Promise(() => undefined);
      },
    });
    w.source.put('numbers', { n: 2 });
    await hanging.passed;
    await w.engine.stop();
    await w.engine.disposeResources();
    expect(w.shop.tools).toHaveLength(2);
    expect(w.shop.open()).toEqual([]);
    expect(w.engine.resourceSlots()[0]?.lease()).toBeUndefined();
    expect(w.recorded.ofType('hook-failed')).toEqual([]);
  });

  it('is not told that the change is rolled back: it has not agreed, and may still be at work', async () => {
    const w = await world(() => []);
    let calls = 0;
    w.engine.pipeline('numbers').addCriticalHook({
      name: 'hangs',
      timeoutMs: 10,
      run: () => {
        calls++;
        return new Promise(() => undefined);
      },
    });
    await change(w, 'numbers', { n: 2 });
    expect(value(w)).toEqual({ n: 1 });
    expect(calls).toBe(1);
  });
});

describe('what waits for a restart', () => {
  it('keeps its value of the start while the rest of the document applies, and is listed as pending', async () => {
    const w = await world(() => [], { numbers: { n: 1, boot: 8080 } });
    await change(w, 'numbers', { n: 2, boot: 9090 });
    expect(value(w)).toEqual({ n: 2, boot: 8080 });
    expect(w.engine.status('numbers').pendingRestart).toEqual(['boot']);
    await change(w, 'numbers', { n: 3, boot: 8080 });
    expect(w.engine.status('numbers').pendingRestart).toEqual([]);
    await change(w, 'numbers', { n: 3 });
    expect(value(w)).toEqual({ n: 3, boot: 8080 });
    expect(w.engine.status('numbers').pendingRestart).toEqual(['boot']);
  });
});

describe('shutdown', () => {
  it('fault: shutdown while a hook runs: resources stay in use until they are ended, then they are drained and disposed of in order', async () => {
    const w = await world((shop) => [shop.resource('walls', { uses: ['ground'] }), shop.resource('ground')]);
    const lease = w.engine.resourceSlots()[0]?.lease();
    await w.engine.stop();
    expect(w.shop.open()).toHaveLength(2);
    const ended = w.engine.disposeResources();
    await new Promise(setImmediate);
    expect(w.shop.open()).toHaveLength(2);
    lease?.release();
    await ended;
    expect(w.shop.journal.slice(-2)).toEqual(['dispose walls 1', 'dispose ground 1']);
    expect(w.engine.resourceSlots()[0]?.lease()).toBeUndefined();
  });

  it('a build under way is told to stop, and what comes of it is disposed of', async () => {
    const building = gate();
    const w = await world(
      (shop) => [
        shop.resource('pool', {
          verify: (tool, { signal }) =>
            tool.made === '1'
              ? undefined
              : new Promise((resolve) => {
                  building.open();
                  signal.addEventListener('abort', resolve);
                }),
        }),
      ],
      { numbers: { n: 1 } },
      { graceMs: 10 },
    );
    w.source.put('numbers', { n: 2 });
    await building.passed;
    await w.engine.stop();
    await w.engine.disposeResources();
    expect(w.shop.open()).toEqual([]);
    expect(value(w)).toEqual({ n: 1 });
  });
});

describe('a pinned view', () => {
  it('is one revision of every config and the instances that belong to it, whatever interleaves', async () => {
    const w = await world((shop) => [shop.resource('pool', { keys: ['numbers', 'others'] })]);
    const [slot] = w.engine.resourceSlots();
    const yieldTo = (kind: number): Promise<unknown> =>
      kind === 0 ? Promise.resolve() : new Promise((resolve) => setImmediate(resolve));
    const request = async (steps: readonly number[]): Promise<string[]> => {
      const { result, leave } = w.engine.pins.enter(w.engine.pin(), async () => {
        const seen: string[] = [];
        for (const step of steps) {
          const view = w.engine.pins.view;
          const [a, b] = ['numbers', 'others'].map((key) => (view?.snapshots.get(key)?.value as Numbers).n);
          const lease = slot?.lease(slot && view?.instances.get(slot));
          const tool = lease?.instance as Tool;
          seen.push(`${a}+${b} ${String(tool.made)} ${tool.isOpen}`);
          await yieldTo(step);
          if (!tool.isOpen) seen.push('disposed of in use');
          lease?.release();
        }
        return seen;
      });
      return result.finally(leave);
    };
    const step = fc.oneof(
      fc.record({ put: fc.constantFrom('numbers', 'others'), n: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ steps: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 2, maxLength: 12 }) }),
    );
    let requests = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (plan) => {
        const running: Promise<string[]>[] = [];
        for (const action of plan) {
          if ('put' in action) w.source.put(action.put, { n: action.n });
          else running.push(request(action.steps));
          await yieldTo(1);
        }
        for (const seen of await Promise.all(running)) {
          requests++;
          const [first = ''] = seen;
          const [read, made] = first.split(' ');
          expect(read).toBe(made);
          expect(new Set(seen)).toEqual(new Set([`${read} ${read} true`]));
        }
      }),
      { numRuns: 1_000 },
    );
    expect(requests).toBeGreaterThan(4_000);
    await w.engine.idle();
    expect(w.shop.open()).toHaveLength(1);
  });

  it('ends with the work: what the work left behind reads what is current', async () => {
    const w = await world(() => []);
    const later = gate();
    const { result, leave } = w.engine.pins.enter(w.engine.pin(), async () => {
      await later.passed;
      return w.engine.pins.view;
    });
    leave();
    later.open();
    expect(await result).toBeUndefined();
  });
});
