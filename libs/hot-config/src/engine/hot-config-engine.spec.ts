import { jest } from '@jest/globals';
import type { LastKnownGoodDocument, ReadOutcome, SourceObserver } from '../contract/index.js';
import { HotConfigLastKnownGoodError, HotConfigSetupError } from '../contract/index.js';
import { MemorySource } from '../testing/memory-source.js';
import { documentOf, gate, type Numbers, numbers, type Recorder, recorder } from './engine.fixture.js';
import { type EngineOptions, HotConfigEngine } from './hot-config-engine.js';

const engines: HotConfigEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

function setUp(
  source: MemorySource,
  options: Partial<EngineOptions> = {},
): { engine: HotConfigEngine; recorded: Recorder } {
  const recorded = recorder();
  const engine = new HotConfigEngine({
    source,
    lastKnownGoodStore: undefined,
    startup: { timeoutMs: 50, fallback: ['last-known-good', 'defaults'] },
    hookTimeoutMs: 5_000,
    graceMs: 1_000,
    report: recorded.report,
    ...options,
  });
  engines.push(engine);
  return { engine, recorded };
}

async function started(source: MemorySource, options: Partial<EngineOptions> = {}): Promise<HotConfigEngine> {
  const { engine } = setUp(source, options);
  engine.register(numbers());
  await engine.start();
  await engine.ready('numbers');
  return engine;
}

const valueOf = (engine: HotConfigEngine): Numbers => engine.pipeline('numbers').snapshot.value as Numbers;

function stored(content: object, revision: number): LastKnownGoodDocument {
  return { ...documentOf(content, revision), digest: 'any', savedAt: new Date() };
}

function diskWith(document: LastKnownGoodDocument | Error): EngineOptions['lastKnownGoodStore'] {
  return {
    name: 'disk',
    load: () => (document instanceof Error ? Promise.reject(document) : Promise.resolve(document)),
    save: () => Promise.resolve(),
  };
}

describe('an engine', () => {
  it('serves the document of the store, and then each newer document', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    expect(valueOf(engine)).toEqual({ n: 1 });
    source.put('numbers', { n: 2 });
    await engine.idle();
    expect(valueOf(engine)).toEqual({ n: 2 });
    expect(engine.status('numbers')).toMatchObject({ state: 'live', source: { name: 'memory', up: true } });
  });

  it('registers one definition any number of times, but not two definitions for one key', () => {
    const { engine } = setUp(new MemorySource());
    const definition = numbers();
    expect(engine.register(definition)).toBe(engine.register(definition));
    expect(() => engine.register(numbers())).toThrow('Two different definitions claim the key "numbers"');
  });

  it('does not register a definition whose check throws', () => {
    const { engine } = setUp(new MemorySource());
    const check = (): void => {
      throw new HotConfigSetupError('a sensitive path leads nowhere');
    };
    expect(() => engine.register({ ...numbers(), check })).toThrow('a sensitive path leads nowhere');
    expect(engine.keys()).toEqual([]);
  });

  it('awaits an asynchronous check before the first read, and an error of the check makes the start of that key fail', async () => {
    const source = new MemorySource({ numbers: { n: 1 }, bad: { n: 1 } });
    const read = jest.spyOn(source, 'read');
    const { engine } = setUp(source);
    const checked = gate();
    engine.register({ ...numbers(), check: () => checked.passed });
    const check = (): Promise<void> => Promise.reject(new HotConfigSetupError('two copies of a validator'));
    engine.register({ ...numbers('bad'), check });
    await engine.start();
    const ready = engine.ready('numbers');
    await expect(engine.ready('bad')).rejects.toThrow('two copies of a validator');
    expect(read).not.toHaveBeenCalled();
    checked.open();
    await ready;
    expect([valueOf(engine), engine.keys()]).toEqual([{ n: 1 }, ['numbers']]);
  });

  it('names the registered keys in the error about a key that is not registered', () => {
    const { engine } = setUp(new MemorySource());
    engine.register(numbers());
    expect(() => engine.pipeline('number')).toThrow('"number" is not registered');
    expect(() => engine.pipeline('number')).toThrow('numbers');
  });

  it('Available: keeps serving while the store is away, and applies the newest document when the store is back', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    source.disconnect();
    source.put('numbers', { n: 2 });
    await engine.idle();
    expect(valueOf(engine)).toEqual({ n: 1 });
    expect(engine.status('numbers').source).toMatchObject({ up: false });
    source.reconnect();
    await engine.refresh();
    expect(valueOf(engine)).toEqual({ n: 2 });
  });

  it('applies a lower revision of a new epoch', async () => {
    const source = new MemorySource({ other: {}, numbers: { n: 1 } });
    const engine = await started(source);
    source.newEpoch();
    source.put('numbers', { n: 2 });
    await engine.refresh();
    expect(engine.pipeline('numbers').snapshot).toMatchObject({ revision: 1, value: { n: 2 } });
  });

  it('reads again until it has the revision that a hint promised when a replica lags', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    const lagging = await source.read('numbers', undefined);
    const promised = source.put('numbers', { n: 2 });
    const read = source.read.bind(source);
    const answers: ReadOutcome[] = [lagging, lagging];
    source.read = (key, known) => Promise.resolve(answers.shift() ?? read(key, known));
    const swapped = gate();
    engine.pipeline('numbers').served.onSwap(({ revision }) => revision === promised && swapped.open());
    await swapped.passed;
    expect(valueOf(engine)).toEqual({ n: 2 });
  });

  it('gives up on a revision that was promised but does not exist', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    let reads = 0;
    const read = source.read.bind(source);
    source.read = (key, known) => {
      reads += 1;
      return read(key, known);
    };
    const hints: ((key?: string, revision?: number) => void)[] = [];
    const start = source.start.bind(source);
    source.start = (observer) => {
      hints.push(observer.hint.bind(observer));
      return start(observer);
    };
    const engine = await started(source);
    const before = reads;
    jest.useFakeTimers();
    try {
      hints[0]?.('numbers', 999);
      await jest.advanceTimersByTimeAsync(60_000);
    } finally {
      jest.useRealTimers();
    }
    expect(reads - before).toBeGreaterThan(1);
    expect(reads - before).toBeLessThanOrEqual(9);
    expect(valueOf(engine)).toEqual({ n: 1 });
  });

  it.each<[string, () => Promise<ReadOutcome>]>([
    ['throws', () => Promise.reject(new Error('a bug'))],
    ['gives no answer', () => Promise.resolve(undefined as never)],
    [
      'gives an answer of no known kind',
      () => Promise.resolve({ outcome: 'nonsense', password: 'hunter2' } as never),
    ],
    ['gives a document without content', () => Promise.resolve({ outcome: 'found' } as never)],
  ])('treats a source that %s as unreachable, and reads again', async (_, faulty) => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const read = source.read.bind(source);
    let failures = 2;
    source.read = (key, known) => (failures-- > 0 ? faulty() : read(key, known));
    const { engine, recorded } = setUp(source, { startup: { timeoutMs: 60_000, fallback: [] } });
    engine.register(numbers());
    await engine.start();
    await engine.ready('numbers');
    expect(valueOf(engine)).toEqual({ n: 1 });
    const [failure] = recorded.ofType('read-failed');
    expect(failure).toMatchObject({ key: 'numbers' });
    expect(failure?.error.message).not.toContain('hunter2');
  });

  it('reads each key once when the link comes up, also when no loss of the link was reported', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    await engine.idle();
    const read = jest.spyOn(source, 'read');
    source.disconnect();
    source.reconnect();
    await engine.idle();
    expect(read).toHaveBeenCalledTimes(1);
    source.reconnect();
    await engine.idle();
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('shows the notes of its source in the status, and reports each note once when it appears, not again after an outage', async () => {
    class Limited extends MemorySource {
      private listener: SourceObserver | undefined;
      constructor(private limits: readonly string[]) {
        super({ numbers: { n: 1 } });
      }
      override start(observer: SourceObserver): Promise<void> {
        this.listener = observer;
        return super.start(observer);
      }
      notes(): readonly string[] {
        return this.limits;
      }
      limit(...limits: string[]): void {
        this.limits = limits;
        this.listener?.noted?.();
      }
    }
    const source = new Limited(['slow']);
    const { engine, recorded } = setUp(source);
    engine.register(numbers());
    await engine.start();
    await engine.ready('numbers');
    const reported = (): string[] => recorded.ofType('note').map(({ note }) => note);
    const shown = (): readonly string[] => engine.status('numbers').source.notes;
    expect([reported(), shown()]).toEqual([['slow'], ['slow']]);
    source.limit('slow', 'deaf');
    expect([reported(), shown()]).toEqual([
      ['slow', 'deaf'],
      ['slow', 'deaf'],
    ]);
    source.disconnect();
    source.limit('slow');
    expect([reported(), shown()]).toEqual([['slow', 'deaf'], []]);
    source.reconnect();
    expect([reported(), shown()]).toEqual([['slow', 'deaf'], ['slow']]);
    source.limit();
    source.limit('slow');
    expect(reported()).toEqual(['slow', 'deaf', 'slow']);
  });

  it('tries a rejected document again on refresh()', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    let closed = true;
    engine.pipeline('numbers').hooks.addPrepare({
      name: 'gate',
      run: () => {
        if (closed) throw new Error('not now');
      },
    });
    source.put('numbers', { n: 2 });
    await engine.idle();
    expect(engine.status('numbers').rejection).toBeDefined();
    closed = false;
    await engine.refresh('numbers');
    expect(engine.status('numbers').rejection).toBeUndefined();
    expect(valueOf(engine)).toEqual({ n: 2 });
  });

  it('tries a rejected document again after a refresh() during an outage, as soon as the store is back', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    let isClosed = true;
    // A critical hook: a document that it rejects is not tried again by the timer.
    engine.pipeline('numbers').hooks.addCritical({
      name: 'gate',
      run: () => {
        if (isClosed) throw new Error('not now');
      },
    });
    source.put('numbers', { n: 2 });
    await engine.idle();
    isClosed = false;
    source.disconnect();
    await engine.refresh('numbers');
    expect(engine.status('numbers').rejection).toBeDefined();
    source.reconnect();
    await engine.idle();
    expect(engine.status('numbers').rejection).toBeUndefined();
    expect(valueOf(engine)).toEqual({ n: 2 });
  });

  it('resolves synchronized() when the served value is the value of the store', async () => {
    const source = new MemorySource();
    const { engine } = setUp(source, { lastKnownGoodStore: diskWith(stored({ n: 7 }, 7)) });
    engine.register(numbers());
    await engine.start();
    await engine.ready('numbers');
    let done = false;
    const synchronized = engine.synchronized('numbers').then(() => (done = true));
    await engine.refresh();
    expect(done).toBe(false);
    source.put('numbers', { n: 7 });
    await synchronized;
    expect(engine.status('numbers').state).toBe('live');
  });
});

describe('the process stays alive while something is awaited', () => {
  /** The timers that keep a process alive. */
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

  it('by synchronized(), until the engine stops', async () => {
    const { engine } = setUp(new MemorySource(), { startup: { timeoutMs: 0, fallback: ['defaults'] } });
    engine.register(numbers('numbers', { n: 0 }));
    await engine.start();
    await engine.ready('numbers');
    await engine.idle();
    const before = timers();
    const synchronized = engine.synchronized('numbers').catch((error: unknown) => error);
    expect(timers()).toBe(before + 1);
    await engine.stop();
    await synchronized;
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('by ready(), also before the start begins to wait for the store', async () => {
    const { engine } = setUp(new MemorySource({ numbers: { n: 1 } }));
    const checked = gate();
    engine.register({ ...numbers(), check: () => checked.passed });
    await engine.start();
    const before = timers();
    const ready = engine.ready('numbers');
    expect(timers()).toBe(before + 1);
    checked.open();
    await ready;
    await engine.idle();
    expect(timers()).toBe(before);
  });

  it('by ready() of a definition whose check never ends, until the engine stops', async () => {
    const { engine } = setUp(new MemorySource());
    engine.register({ ...numbers(), check: () => gate().passed });
    await engine.start();
    const before = timers();
    void engine.ready('numbers');
    expect(timers()).toBe(before + 1);
    await engine.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

describe('the start policy', () => {
  it('serves the last known good when the store cannot be reached within the deadline, and the status shows the fallback', async () => {
    const source = new MemorySource();
    source.disconnect();
    const engine = await started(source, { lastKnownGoodStore: diskWith(stored({ n: 5 }, 5)) });
    expect(engine.status('numbers')).toMatchObject({ state: 'last-known-good', applied: { revision: 5 } });
    expect(valueOf(engine)).toEqual({ n: 5 });
  });

  it('makes the value live without calling a hook when the store confirms the last known good', async () => {
    const source = new MemorySource({ a: {}, numbers: { n: 5 } });
    source.disconnect();
    const { engine, recorded } = setUp(source, { lastKnownGoodStore: diskWith(stored({ n: 5 }, 1)) });
    engine.register(numbers());
    await engine.start();
    await engine.ready('numbers');
    let calls = 0;
    engine.pipeline('numbers').hooks.addNotify({ name: 'hook', run: () => (calls += 1) });
    source.reconnect();
    await engine.refresh();
    expect(engine.status('numbers')).toMatchObject({ state: 'live', applied: { revision: 2 } });
    expect(calls).toBe(0);
    expect(recorded.ofType('confirmed')).toHaveLength(1);
  });

  it('validates the last known good like any document, reports why it is rejected, and then serves the defaults', async () => {
    const { engine, recorded } = setUp(new MemorySource(), {
      lastKnownGoodStore: diskWith(stored({ n: 'old schema' }, 5)),
    });
    engine.register(numbers('numbers', { n: 42 }));
    await engine.start();
    await engine.ready('numbers');
    expect(engine.status('numbers')).toMatchObject({
      state: 'defaults',
      applied: { revision: 0, epoch: '' },
    });
    expect(valueOf(engine)).toEqual({ n: 42 });
    const [{ error } = {}] = recorded.ofType('last-known-good-failed');
    expect(error?.message).toMatch(/in disk is ignored: it is no longer valid: n: must be a number/);
  });

  it('ignores a last known good that cannot be trusted, and reports the reason', async () => {
    const broken = new HotConfigLastKnownGoodError('checksum mismatch');
    const { engine, recorded } = setUp(new MemorySource({ numbers: { n: 1 } }), {
      lastKnownGoodStore: diskWith(broken),
    });
    engine.register(numbers());
    await engine.start();
    await engine.ready('numbers');
    expect(valueOf(engine)).toEqual({ n: 1 });
    expect(recorded.ofType('last-known-good-failed')).toHaveLength(1);
  });

  it('starts without a last known good when the disk never answers, and reports the problem', async () => {
    const { engine, recorded } = setUp(new MemorySource({ numbers: { n: 1 } }), {
      lastKnownGoodStore: {
        name: 'disk',
        load: () => new Promise(() => undefined),
        save: () => Promise.resolve(),
      },
    });
    engine.register(numbers());
    await engine.start();
    await engine.ready('numbers');
    expect(valueOf(engine)).toEqual({ n: 1 });
    expect(recorded.ofType('last-known-good-failed')).toMatchObject([
      { error: { message: expect.stringContaining('could not be read from disk; it is ignored') as string } },
    ]);
  });

  it('saves a last known good again at the next reconcile when a save failed, also while the store is away', async () => {
    let broken = true;
    const saved: number[] = [];
    const source = new MemorySource({ numbers: { n: 1 } });
    const { engine } = setUp(source, {
      lastKnownGoodStore: {
        name: 'disk',
        load: () => Promise.resolve(undefined),
        save: ({ revision }) =>
          broken ? Promise.reject(new Error('disk full')) : Promise.resolve(void saved.push(revision)),
      },
    });
    engine.register(numbers());
    jest.useFakeTimers();
    try {
      await engine.start();
      await engine.ready('numbers');
      await engine.idle();
      expect(engine.status('numbers').lastKnownGoodFailure).toBeDefined();
      source.disconnect();
      broken = false;
      await jest.advanceTimersByTimeAsync(source.reconcileMs);
      await engine.idle();
    } finally {
      jest.useRealTimers();
    }
    expect(saved).toEqual([1]);
    expect(engine.status('numbers').lastKnownGoodFailure).toBeUndefined();
    await engine.stop();
  });

  it('does not let a refresh wait for a disk that hangs', async () => {
    const { engine } = setUp(new MemorySource({ numbers: { n: 1 } }), {
      lastKnownGoodStore: {
        name: 'disk',
        load: () => Promise.resolve(undefined),
        save: () => new Promise(() => undefined),
      },
    });
    engine.register(numbers());
    await engine.start();
    await engine.ready('numbers');
    await engine.refresh('numbers');
    expect(valueOf(engine)).toEqual({ n: 1 });
  });

  it('reports once that a start waits for a missing document, for how long, and which fallback comes then', async () => {
    const source = new MemorySource();
    const { engine, recorded } = setUp(source, {
      startup: { timeoutMs: 60_000, fallback: ['last-known-good', 'defaults'] },
    });
    engine.register(numbers());
    await engine.start();
    const ready = engine.ready('numbers');
    await engine.refresh('numbers');
    await engine.refresh('numbers');
    expect(recorded.events.slice(-2)).toMatchObject([
      { type: 'missing' },
      {
        type: 'note',
        note: 'numbers has no value from the store: waiting up to 60000 ms for it, then: last-known-good, defaults',
      },
    ]);
    source.put('numbers', { n: 1 });
    await ready;
    source.remove('numbers');
    await engine.idle();
    expect(recorded.ofType('missing')).toHaveLength(2);
    expect(recorded.ofType('note')).toHaveLength(1);
  });

  it('reports that a start waits for a store that cannot be reached, and reports no wait when the store has the value', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    source.disconnect();
    const { engine, recorded } = setUp(source, { startup: { timeoutMs: 60_000, fallback: [] } });
    engine.register(numbers());
    await engine.start();
    const ready = engine.ready('numbers');
    await engine.refresh('numbers');
    expect(recorded.ofType('note')).toMatchObject([
      { note: expect.stringMatching(/then: startup fails$/) as string },
    ]);
    source.reconnect();
    await ready;
    const another = setUp(new MemorySource({ numbers: { n: 1 } }));
    another.engine.register(numbers());
    await another.engine.start();
    await another.engine.ready('numbers');
    expect(another.recorded.ofType('note')).toEqual([]);
  });

  it('reads the store only when the content of the disk is known, so that no older document counts as the newest', async () => {
    const source = new MemorySource();
    const read = jest.spyOn(source, 'read');
    const publishedAt = new Date();
    const loaded = gate();
    const load = () => loaded.passed.then(() => ({ ...stored({ n: 3 }, 3), publishedAt }));
    const { engine } = setUp(source, {
      lastKnownGoodStore: { name: 'disk', load, save: () => Promise.resolve() },
    });
    engine.register(numbers());
    await engine.start();
    const ready = engine.ready('numbers');
    source.put('numbers', { n: 4 });
    await engine.idle();
    expect(read).not.toHaveBeenCalled();
    loaded.open();
    await ready;
    expect(read.mock.calls).toEqual([
      ['numbers', expect.objectContaining({ revision: 3, epoch: 'one', publishedAt })],
    ]);
    expect(valueOf(engine)).toEqual({ n: 4 });
  });

  it('makes startup fail without a value, and the error lists each attempt with its failure', async () => {
    const source = new MemorySource();
    source.disconnect('is unplugged');
    const { engine } = setUp(source);
    engine.register(numbers());
    await engine.start();
    const failure = engine.ready('numbers');
    await expect(failure).rejects.toMatchObject({ code: 'UNAVAILABLE', key: 'numbers' });
    await expect(failure).rejects.toThrow(
      /memory had none within \d+ ms[^]*last-known-good: none usable[^]*defaults: [^]*must be a number/,
    );
    await expect(failure).rejects.toThrow('(The memory source is disconnected)');
    // No value could stay in force.
    await expect(failure).rejects.not.toThrow('in force');
  });

  it('lists defaults that cannot be written as JSON in the error like any other fallback that fails', async () => {
    const { engine } = setUp(new MemorySource());
    engine.register(numbers('numbers', { n: 1n } as never));
    await engine.start();
    await expect(engine.ready('numbers')).rejects.toThrow(
      /No value for "numbers"[^]*defaults: Do not know how to serialize a BigInt/,
    );
  });

  it('makes startup fail at once with all issues of an invalid first document when no fallback is allowed', async () => {
    const source = new MemorySource({ numbers: { n: 'x' } });
    const { engine } = setUp(source, { startup: { timeoutMs: 60_000, fallback: [] } });
    engine.register(numbers());
    await engine.start();
    await expect(engine.ready('numbers')).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'n', message: 'must be a number' }],
    });
  });

  it('serves the defaults when the first document is invalid and there is no last known good, unless defaults are not allowed', async () => {
    const invalid = { numbers: { n: 'x' } };
    const { engine } = setUp(new MemorySource(invalid));
    engine.register(numbers('numbers', { n: 7 }));
    await engine.start();
    await engine.ready('numbers');
    expect(valueOf(engine)).toEqual({ n: 7 });
    expect(engine.status('numbers')).toMatchObject({ state: 'defaults', rejection: { stage: 'validate' } });

    const startup: EngineOptions['startup'] = { timeoutMs: 60_000, fallback: ['last-known-good'] };
    const strict = setUp(new MemorySource(invalid), { startup }).engine;
    strict.register(numbers('numbers', { n: 7 }));
    await strict.start();
    await expect(strict.ready('numbers')).rejects.toMatchObject({ code: 'VALIDATION' });
  });

  it('falls back at once, not after the deadline, when the first document is invalid', async () => {
    const source = new MemorySource({ numbers: { n: 'x' } });
    const engine = await started(source, {
      startup: { timeoutMs: 60_000, fallback: ['last-known-good'] },
      lastKnownGoodStore: diskWith(stored({ n: 3 }, 3)),
    });
    expect(engine.status('numbers')).toMatchObject({
      state: 'last-known-good',
      rejection: { stage: 'validate' },
    });
  });
});

describe('an engine that stops', () => {
  it('fault: shutdown while a hook runs: the source is stopped first, no new document is applied, and the hook may finish', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    const order: string[] = [];
    const stop = source.stop.bind(source);
    source.stop = () => {
      order.push('source');
      go.open();
      return stop();
    };
    const entered = gate();
    const go = gate();
    engine.pipeline('numbers').hooks.addNotify({
      name: 'slow',
      run: async () => {
        entered.open();
        await go.passed;
        order.push('hook');
      },
    });
    source.put('numbers', { n: 2 });
    await entered.passed;
    const stopped = engine.stop();
    source.put('numbers', { n: 3 });
    await stopped;
    expect(order).toEqual(['source', 'hook']);
    expect(valueOf(engine)).toEqual({ n: 2 });
  });

  it('fault: shutdown while a hook runs: the signal of a hook that outlives the grace is aborted', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source, { graceMs: 10 });
    const entered = gate();
    let signal: AbortSignal | undefined;
    engine.pipeline('numbers').hooks.addNotify({
      name: 'stuck',
      run: (change) => {
        signal = change.signal;
        entered.open();
        return new Promise(() => undefined);
      },
    });
    source.put('numbers', { n: 2 });
    await entered.passed;
    await engine.stop();
    expect(signal?.aborted).toBe(true);
  });

  it('can be stopped twice, and before its start', async () => {
    const { engine } = setUp(new MemorySource());
    await engine.stop();
    await engine.stop();
  });

  it('does not stop a source whose start was rejected, because another application uses that source', async () => {
    const source = new MemorySource();
    const rejected = new Error('the source is in use');
    source.start = () => Promise.reject(rejected);
    const stop = jest.spyOn(source, 'stop');
    const { engine } = setUp(source);
    await expect(engine.start()).rejects.toBe(rejected);
    await engine.stop();
    expect(stop).not.toHaveBeenCalled();
  });

  it('makes a start that still waits fail', async () => {
    const source = new MemorySource();
    const { engine } = setUp(source, { startup: { timeoutMs: 60_000, fallback: [] }, graceMs: 10 });
    engine.register(numbers());
    await engine.start();
    const ready = engine.ready('numbers');
    const failure = expect(ready).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await engine.stop();
    await failure;
  });
});
