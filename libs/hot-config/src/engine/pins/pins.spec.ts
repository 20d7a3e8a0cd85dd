import fc from 'fast-check';
import { gate, type Numbers } from '../engine.fixture.js';
import type { Tool } from '../resources/resource.fixture.js';
import { endWorlds, world } from '../resources/resource-world.fixture.js';

afterEach(endWorlds);

describe('pinned views:', () => {
  it('a pinned view is one revision of every config and of the instances built from it, whatever runs in between', async () => {
    const w = await world((shop) => [shop.resource('pool', { keys: ['numbers', 'others'] })]);
    const [slot] = w.engine.resources.all();
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

  it('a pin ends with its work: code that runs on after the work reads the current values', async () => {
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
