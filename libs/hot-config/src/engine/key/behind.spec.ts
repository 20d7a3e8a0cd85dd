import {
  HotConfigLastKnownGoodError,
  type HotConfigStatus,
  type LastKnownGoodDocument,
} from '../../contract/index.js';
import { MemorySource } from '../../testing/memory-source.js';
import { documentOf, gate, numbers } from '../engine.fixture.js';
import { type EngineOptions, HotConfigEngine } from '../hot-config-engine.js';

const engines: HotConfigEngine[] = [];
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.stop())));

async function started(
  source: MemorySource,
  onDisk?: LastKnownGoodDocument,
  defaults = {},
): Promise<HotConfigEngine> {
  const lastKnownGoodStore: EngineOptions['lastKnownGoodStore'] = onDisk && {
    name: 'disk',
    load: () => Promise.resolve(onDisk),
    save: () => Promise.reject(new HotConfigLastKnownGoodError('not for a test to write')),
  };
  const engine = new HotConfigEngine({
    source,
    lastKnownGoodStore,
    startup: { timeoutMs: 20, fallback: ['last-known-good', 'defaults'] },
    hookTimeoutMs: 5_000,
    graceMs: 1_000,
    report: () => undefined,
  });
  engines.push(engine);
  engine.register(numbers('numbers', defaults));
  await engine.start();
  await engine.ready('numbers');
  return engine;
}

const status = (engine: HotConfigEngine): HotConfigStatus => engine.status('numbers');

async function publishedAt(source: MemorySource): Promise<Date> {
  const read = await source.read('numbers', undefined);
  return (read.outcome === 'found' && read.document.publishedAt) || new Date(0);
}

/** Waits a millisecond, so that the next document is published at another time. */
async function nextMillisecond(): Promise<void> {
  for (const now = Date.now(); Date.now() === now;) await new Promise((resolve) => setImmediate(resolve));
}

/** Far in the past, so that it differs from every time of a test. */
const savedAt = new Date('2026-01-02T03:04:05Z');
const stored = (n: number, revision: number): LastKnownGoodDocument => ({
  ...documentOf({ n }, revision, { epoch: 'memory-1' }),
  digest: 'any',
  savedAt,
});

describe('Honest: `behind` in the status', () => {
  it('is undefined while the newest document of the store is served', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    expect(status(engine)).toMatchObject({ state: 'live', behind: undefined });
    source.put('numbers', { n: 2 });
    await engine.idle();
    expect(status(engine).behind).toBeUndefined();
    // The same content under a newer revision is served as that revision.
    source.put('numbers', { n: 2 });
    await engine.idle();
    expect(status(engine)).toMatchObject({ applied: { revision: 3 }, behind: undefined });
  });

  it('is the newest rejected revision, since the first rejected revision was published, until a good document is applied', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    source.put('numbers', { n: 'bad' });
    const since = await publishedAt(source);
    await engine.idle();
    expect(status(engine)).toMatchObject({ state: 'live', applied: { revision: 1 } });
    expect(status(engine).behind).toEqual({ revision: 2, epoch: 'memory-1', since });
    await nextMillisecond();
    source.put('numbers', 'not: [yaml');
    await engine.idle();
    expect(status(engine).behind).toEqual({ revision: 3, epoch: 'memory-1', since });
    source.put('numbers', { n: 1 });
    await engine.idle();
    expect(status(engine)).toMatchObject({ applied: { revision: 4 }, behind: undefined });
  });

  it('is a document that is being tried or that waits', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    const asked = [gate(), gate()] as const;
    const go = [gate(), gate()] as const;
    engine.pipeline('numbers').hooks.addPrepare({
      name: 'slow',
      run: async ({ revision }) => {
        const turn = revision === 2 ? 0 : 1;
        asked[turn].open();
        await go[turn].passed;
      },
    });
    source.put('numbers', { n: 2 });
    await asked[0].passed;
    const since = await publishedAt(source);
    expect(status(engine).behind).toMatchObject({ revision: 2, since });
    await nextMillisecond();
    source.put('numbers', { n: 3 });
    while (status(engine).behind?.revision !== 3) await new Promise((resolve) => setImmediate(resolve));
    expect(status(engine).behind).toMatchObject({ since });
    go[0].open();
    await asked[1].passed;
    // The first revision is served now, so only the second is behind.
    expect(status(engine)).toMatchObject({
      applied: { revision: 2 },
      behind: { revision: 3, since: await publishedAt(source) },
    });
    go[1].open();
    await engine.idle();
    expect(status(engine)).toMatchObject({ applied: { revision: 3 }, behind: undefined });
  });

  it('has the same `since` as before after a critical hook rolled back the newest document', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    source.put('numbers', { n: 'bad' });
    const since = await publishedAt(source);
    await engine.idle();
    await nextMillisecond();
    engine.pipeline('numbers').hooks.addCritical({ name: 'no', run: () => Promise.reject(new Error('no')) });
    source.put('numbers', { n: 2 });
    await engine.idle();
    expect(status(engine)).toMatchObject({ applied: { revision: 1 }, rejection: { stage: 'confirm' } });
    expect(status(engine).behind).toEqual({ revision: 3, epoch: 'memory-1', since });
  });

  it('is the document of another epoch, though the revision of that document is lower', async () => {
    const source = new MemorySource({ other: {}, numbers: { n: 1 } });
    const engine = await started(source);
    source.newEpoch();
    source.put('numbers', { n: 'bad' });
    await engine.refresh();
    expect(status(engine)).toMatchObject({
      applied: { revision: 2, epoch: 'memory-1' },
      behind: { revision: 1, epoch: 'memory-2' },
    });
  });

  it('is undefined when the document is missing', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    source.put('numbers', { n: 'bad' });
    await engine.idle();
    source.remove('numbers');
    await engine.refresh();
    expect(status(engine)).toMatchObject({ state: 'stale', missing: {}, behind: undefined });
  });

  it.each(['prepare', 'critical'] as const)(
    'is undefined for a document that is deleted while a %s hook decides to reject it',
    async (stage) => {
      const source = new MemorySource({ numbers: { n: 1 } });
      const engine = await started(source);
      const pipeline = engine.pipeline('numbers');
      const [asked, go] = [gate(), gate()];
      const decide = async (): Promise<never> => {
        asked.open();
        await go.passed;
        throw new Error('no');
      };
      const hook = { name: 'no', run: decide };
      if (stage === 'prepare') pipeline.hooks.addPrepare(hook);
      else pipeline.hooks.addCritical(hook);
      source.put('numbers', { n: 2 });
      await asked.passed;
      pipeline.served.recordMissing('deleted');
      go.open();
      await pipeline.idle();
      expect(status(engine)).toMatchObject({ missing: { reason: 'deleted' }, behind: undefined });
    },
  );

  it('keeps its last content while the store is away', async () => {
    const source = new MemorySource({ numbers: { n: 1 } });
    const engine = await started(source);
    source.put('numbers', { n: 'bad' });
    await engine.idle();
    source.disconnect();
    source.put('numbers', { n: 3 });
    await engine.idle();
    expect(status(engine)).toMatchObject({ source: { up: false }, behind: { revision: 2 } });
  });

  it('is undefined for a last known good while the store has not answered, and confirmedAt is the time of its save', async () => {
    const source = new MemorySource();
    source.disconnect();
    const engine = await started(source, stored(5, 5));
    expect(status(engine)).toMatchObject({
      state: 'last-known-good',
      behind: undefined,
      confirmedAt: savedAt,
    });
    source.put('numbers', { n: 6 });
    source.reconnect();
    await engine.refresh();
    expect(status(engine)).toMatchObject({ state: 'live', behind: undefined });
    // `since` is when the store answered, not when the file was written.
    expect(status(engine).since.getTime()).toBeGreaterThan(savedAt.getTime());
  });

  it('is the rejected first document while the last known good is served instead', async () => {
    const source = new MemorySource({ a: {}, b: {}, numbers: { n: 'bad' } });
    const since = await publishedAt(source);
    const engine = await started(source, stored(5, 2));
    expect(status(engine)).toMatchObject({ state: 'last-known-good', rejection: { revision: 3 } });
    expect(status(engine).behind).toEqual({ revision: 3, epoch: 'memory-1', since });
    expect(status(engine).confirmedAt?.getTime()).toBeGreaterThan(savedAt.getTime());
  });

  it('is undefined while the last known good is served instead of a missing document', async () => {
    const engine = await started(new MemorySource(), stored(5, 2));
    expect(status(engine)).toMatchObject({ state: 'last-known-good', missing: {}, behind: undefined });
  });

  it('is undefined for built-in defaults, as confirmedAt is', async () => {
    const source = new MemorySource();
    source.disconnect();
    const engine = await started(source, undefined, { n: 42 });
    expect(status(engine)).toMatchObject({ state: 'defaults', behind: undefined, confirmedAt: undefined });
  });
});
