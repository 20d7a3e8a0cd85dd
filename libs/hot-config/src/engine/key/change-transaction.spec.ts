import { gate, type Numbers } from '../engine.fixture.js';
import { change, endWorlds, inUse, value, world } from '../resources/resource-world.fixture.js';

afterEach(endWorlds);

describe('rolling back a change:', () => {
  it('a critical hook that fails rolls back the value and the resources, and the hooks that had accepted are called with the roll back', async () => {
    const w = await world((shop) => [shop.resource('pool')]);
    const pipeline = w.engine.pipeline('numbers');
    const called: string[] = [];
    const nOf = (config: unknown): number => (config as Numbers).n;
    pipeline.hooks.addCritical({
      name: 'agrees',
      run: ({ previous, current }) => void called.push(`${nOf(previous)} → ${nOf(current)}`),
    });
    pipeline.hooks.addCritical({
      name: 'rejects',
      run: ({ current }) => {
        if (nOf(current) === 2) throw new Error('the new one does not work');
      },
    });
    const ordinary: number[] = [];
    pipeline.hooks.addNotify({ name: 'ordinary', run: ({ current }) => void ordinary.push(nOf(current)) });
    await change(w, 'numbers', { n: 2 });
    expect(value(w)).toEqual({ n: 1 });
    expect(inUse(w, 'pool')).toMatchObject({ made: '1', isOpen: true });
    expect(called).toEqual(['1 → 2', '2 → 1']);
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

describe('critical hooks that hang:', () => {
  it('a change under a hanging critical hook at shutdown is rolled back before resources are disposed of, none is left, and no failure is reported', async () => {
    const hanging = gate();
    const w = await world((shop) => [shop.resource('pool')], { numbers: { n: 1 } }, { graceMs: 10 });
    w.engine.pipeline('numbers').hooks.addCritical({
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
    expect(w.engine.resources.all()[0]?.lease()).toBeUndefined();
    expect(w.recorded.ofType('hook-failed')).toEqual([]);
  });

  it('a hanging critical hook is not called with the roll back, because it has not accepted the change and may still be at work', async () => {
    const w = await world(() => []);
    let calls = 0;
    w.engine.pipeline('numbers').hooks.addCritical({
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

describe('restart-only properties in a change:', () => {
  it('a restart-only property keeps its start value while the rest of the document is applied, and is listed as pending', async () => {
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
