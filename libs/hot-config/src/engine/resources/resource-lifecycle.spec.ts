import type { HotResourceDefinition } from '../../contract/index.js';
import { gate } from '../engine.fixture.js';
import type { Tool, Workshop } from './resource.fixture.js';
import { change, endWorlds, inUse, value, world } from './resource-world.fixture.js';

afterEach(endWorlds);

describe('disposal of replaced instances:', () => {
  it('a replaced instance is disposed of when its last lease ends, not before', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    const [slot] = w.engine.resources.all();
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

  it('a replaced instance is disposed of when drainMs is over, though a lease still holds it', async () => {
    const disposed = gate();
    const w = await world((shop) => [shop.resource('pool', { drainMs: 10, dispose: () => disposed.open() })]);
    const lease = w.engine.resources.all()[0]?.lease();
    await change(w, 'numbers', { n: 2 });
    await disposed.passed;
    lease?.release();
  });

  it('an instance that cannot be disposed of in time is reported, and delays nothing else', async () => {
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

describe('resources with dependencies:', () => {
  it('resources are built after their dependencies, rebuilt with them, and disposed of before them', async () => {
    // Dependents are listed before their dependencies on purpose.
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

  it("a change of a resource's own config does not rebuild the dependency that it shares with others", async () => {
    // The selected part never equals itself, like an object with a function in it.
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

  it('an instance in use keeps its dependency from being disposed of', async () => {
    const w = await world((shop) => [
      shop.resource('ground', { drainMs: 0 }),
      shop.resource('walls', { uses: ['ground'] }),
    ]);
    const lease = w.engine.resources.all()[1]?.lease();
    await change(w, 'numbers', { n: 2 });
    expect((lease?.instance as Tool).on[0]?.isOpen).toBe(true);
    lease?.release();
    await w.engine.disposeResources();
    expect(w.shop.open()).toEqual([]);
  });

  it('a dependency that no definition provides is named in the error', async () => {
    await expect(world((shop) => [shop.resource('walls', { uses: ['ground'] })])).rejects.toThrow(
      'walls lists ground in "uses", but no hot resource is provided',
    );
  });
});

describe('resources on several configs:', () => {
  it('a resource on two configs is built from the newest value of each, also when both change at the same time', async () => {
    const w = await world((shop) => [shop.resource('pool', { keys: ['numbers', 'others'] })]);
    for (let n = 2; n < 30; n++) {
      w.source.put('numbers', { n });
      w.source.put('others', { n: 10 * n });
      await w.engine.idle();
      expect(inUse(w, 'pool').made).toBe(`${n}+${10 * n}`);
    }
    expect(w.shop.open()).toHaveLength(1);
  });

  it('a config never waits for a resource that is not built from it', async () => {
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
    const swapped = new Promise((resolve) => w.engine.pipeline('free').served.onSwap(resolve));
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

  it('makes startup fail when the start policy has no fallback, and the error has the reason', async () => {
    await expect(world(broken, { numbers: { n: 1 } })).rejects.toThrow(
      'pool could not be built for "numbers" revision 1: the database is away',
    );
  });

  it('follows the start policy: a fallback is served with the resources built from it, and the rejection stays in the status', async () => {
    const startup = { timeoutMs: 2_000, fallback: ['defaults' as const] };
    const w = await world(broken, { numbers: { n: 1 } }, { startup });
    expect(value(w)).toEqual({ n: 0 });
    expect(inUse(w, 'pool').made).toBe('0');
    expect(w.engine.status('numbers')).toMatchObject({ state: 'defaults', rejection: { stage: 'prepare' } });
  });

  it('is tried again by refresh(), and the value is live after a build that succeeds', async () => {
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

describe('resources at shutdown:', () => {
  it('fault: shutdown while a hook runs: resources stay in use until the hook has ended, then they are drained and disposed of in order', async () => {
    const w = await world((shop) => [shop.resource('walls', { uses: ['ground'] }), shop.resource('ground')]);
    const lease = w.engine.resources.all()[0]?.lease();
    await w.engine.stop();
    expect(w.shop.open()).toHaveLength(2);
    const ended = w.engine.disposeResources();
    await new Promise(setImmediate);
    expect(w.shop.open()).toHaveLength(2);
    lease?.release();
    await ended;
    expect(w.shop.journal.slice(-2)).toEqual(['dispose walls 1', 'dispose ground 1']);
    expect(w.engine.resources.all()[0]?.lease()).toBeUndefined();
  });

  it('the signal of a build in progress is aborted at shutdown, and an instance that the build still creates is disposed of', async () => {
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
