import type { HotResourceDefinition } from '../../contract/index.js';
import { gate } from '../engine.fixture.js';
import type { Tool } from './resource.fixture.js';
import { change, endWorlds, inUse, world } from './resource-world.fixture.js';

afterEach(endWorlds);

describe('hot resources that are added while the application runs:', () => {
  it('a resource that is added while two of its configs change is not built from a mix of old and new values', async () => {
    const w = await world((shop) => [shop.resource('pool', { keys: ['numbers', 'others'] })]);
    const held = gate();
    for (const key of ['numbers', 'others'])
      w.engine.pipeline(key).hooks.addPrepare({ name: 'holds', run: () => held.passed });
    w.source.put('numbers', { n: 2 });
    w.source.put('others', { n: 20 });
    const late = w.shop.resource('late', { keys: ['numbers', 'others'] }) as HotResourceDefinition;
    const up = w.engine.resources.bringUp(late);
    held.open();
    await up;
    await w.engine.idle();
    expect(inUse(w, 'late').made).toBe('2+20');
  });

  it.each<[string, Partial<HotResourceDefinition<Tool, unknown>>, string]>([
    ['fails', { create: () => Promise.reject(new Error('does not work')) }, 'does not work'],
    ['uses a resource that does not exist', { uses: ['ground'] }, 'lists ground in "uses"'],
  ])(
    'a resource that is added late and %s is removed again, and rejects no later change',
    async (_, parts, why) => {
      const w = await world((shop) => [shop.resource('pool')]);
      const late = w.shop.resource('late', parts) as HotResourceDefinition;
      w.source.put('numbers', { n: 2 });
      await expect(w.engine.resources.bringUp(late)).rejects.toThrow(why);
      await change(w, 'numbers', { n: 3 });
      expect(inUse(w, 'pool').made).toBe('3');
      expect(w.engine.resources.all()).toHaveLength(1);
    },
  );

  it('a resource is built by the second of two concurrent bringUpResource() calls when the first call fails, and follows later changes', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    let isBroken = true;
    const late = w.shop.resource('late');
    const create: typeof late.create = (...context) => {
      if (!isBroken) return late.create(...context);
      isBroken = false;
      throw new Error('not yet');
    };
    const flaky = { ...late, create } as HotResourceDefinition;
    const both = await Promise.allSettled([
      w.engine.resources.bringUp(flaky),
      w.engine.resources.bringUp(flaky),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await change(w, 'numbers', { n: 3 });
    expect(inUse(w, 'late').made).toBe('3');
  });

  it('a resource follows a change that waits behind two concurrent bringUpResource() calls, of which the first fails', async () => {
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
    const both = Promise.allSettled([w.engine.resources.bringUp(flaky), w.engine.resources.bringUp(flaky)]);
    await asked.passed;
    const changed = change(w, 'numbers', { n: 2 });
    setImmediate(() => fail.open());
    await Promise.all([both, changed]);
    expect(inUse(w, 'late').made).toBe('2');
  });

  it.each([0, 1, 2, 3, 10])(
    'a bringUpResource() call that is repeated %d microtasks after it failed rejects no waiting change',
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
      const both = w.engine.resources.bringUp(broken).catch(async () => {
        for (let moment = 0; moment < moments; moment += 1) await Promise.resolve();
        return w.engine.resources.bringUp(broken);
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

  it('a token whose resource was removed can be provided by another definition while a bringUpResource() call for the removed resource still waits', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    const create = (): Promise<never> => Promise.reject(new Error('not yet'));
    const late = w.shop.resource('late') as HotResourceDefinition;
    const broken = { ...late, create } as HotResourceDefinition;
    const first = w.engine.resources.bringUp(broken);
    const second = w.engine.resources.bringUp(broken);
    await expect(first).rejects.toThrow('not yet');
    w.engine.resources.add(late);
    await expect(second).rejects.toThrow();
    expect(w.engine.resources.all().map(({ definition }) => definition)).toContain(late);
  });
});
