import { jest } from '@jest/globals';
import { MemorySource } from '../testing/memory-source.js';
import { type Numbers, numbers, recorder } from './engine.fixture.js';
import { HotConfigEngine } from './hot-config-engine.js';

async function started(source: MemorySource): Promise<HotConfigEngine> {
  const engine = new HotConfigEngine({
    source,
    lastKnownGoodStore: undefined,
    startup: { timeoutMs: 1_000, fallback: [] },
    hookTimeoutMs: 10_000,
    graceMs: 1_000,
    report: recorder().report,
  });
  engine.register(numbers());
  await engine.start();
  await engine.ready('numbers');
  return engine;
}

describe('refresh', () => {
  const engines: HotConfigEngine[] = [];
  const start = async (source: MemorySource): Promise<HotConfigEngine> => {
    const engine = await started(source);
    engines.push(engine);
    return engine;
  };
  afterEach(async () => {
    jest.useRealTimers();
    for (const engine of engines.splice(0)) await engine.stop();
  });

  it('at each rejection tries the same document ever more slowly, and other timers are not held up', async () => {
    jest.useFakeTimers();
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await start(source);
    let rejections = 0;
    engine.pipeline('numbers').served.onRejection(() => {
      rejections += 1;
      void engine.refresh('numbers');
    });
    source.put('numbers', { n: 'x' });
    await jest.advanceTimersByTimeAsync(6_000);
    expect(rejections).toBeGreaterThanOrEqual(5);
    expect(rejections).toBeLessThan(20);
  });

  it('of a document that was tried often does not slow down a newer document', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await start(source);
    source.put('numbers', { n: 'x' });
    for (let time = 0; time < 10; time += 1) await engine.refresh('numbers');
    source.put('numbers', { n: 3 });
    await engine.refresh('numbers');
    expect((engine.pipeline('numbers').snapshot.value as Numbers).n).toBe(3);
  });

  it('tries the document at once when the clock was set back by an hour', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await start(source);
    source.put('numbers', { n: 'x' });
    for (let time = 0; time < 4; time += 1) await engine.refresh('numbers');
    let rejections = 0;
    engine.pipeline('numbers').served.onRejection(() => (rejections += 1));
    jest.useFakeTimers({ now: Date.now() - 3_600_000, doNotFake: ['performance', 'queueMicrotask'] });
    await engine.refresh('numbers');
    expect(rejections).toBe(1);
  });

  it.each([
    ['before a change', 'addPrepare'],
    ['of a critical kind', 'addCritical'],
    ['after a change', 'addNotify'],
  ] as const)('inside a hook %s resolves, and the change goes on', async (_kind, add) => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await start(source);
    let calls = 0;
    engine.pipeline('numbers').hooks[add]({
      name: 'refreshing',
      run: async () => {
        calls += 1;
        await engine.refresh('numbers');
      },
    });
    source.put('numbers', { n: 2 });
    await engine.idle();
    expect((engine.pipeline('numbers').snapshot.value as Numbers).n).toBe(2);
    expect(calls).toBe(1);
    expect(engine.status('numbers').hookFailures).toEqual([]);
  });
});
