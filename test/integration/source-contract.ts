import type { DocumentSource } from '../../libs/hot-config/src/contract/index.js';
import { KeyReader, outcomeText } from '../support/key-reader.js';
import { RecordingObserver } from '../support/recording-observer.js';

/** An empty store for one test, and sources that read from it. */
export interface SourceBackend {
  /** A new source each time, not started. */
  source(): DocumentSource;
  put(key: string, text: string): Promise<void>;
  remove(key: string): Promise<void>;
  close(): Promise<void>;
  /** Drops the store and creates it again, empty, so that revisions may start again. */
  newEpoch?(): Promise<void>;
}

const document = (value: number): string => `value: ${value}\n`;
const found = (value: number): string => `found: ${document(value)}`;

/** The promises of every source. The engine works on each source that passes this suite. */
export function describeSourceContract(name: string, makeBackend: () => Promise<SourceBackend>): void {
  describe(`the source contract, kept by ${name}`, () => {
    let backend: SourceBackend;
    let sources: DocumentSource[] = [];
    let declared = 0;
    let ran = 0;

    const promise = (sentence: string, test: () => Promise<void>): void => {
      declared++;
      it(sentence, async () => {
        await test();
        ran++;
      });
    };
    const make = (): DocumentSource => {
      const source = backend.source();
      sources.push(source);
      return source;
    };
    const started = async (key: string, observer = new RecordingObserver()) => {
      const source = make();
      source.watch(key);
      await source.start(observer);
      await observer.until(() => observer.up);
      return { source, observer, reader: new KeyReader(source, key) };
    };

    beforeEach(async () => {
      backend = await makeBackend();
    });
    afterEach(async () => {
      await Promise.all(sources.map((source) => source.stop()));
      sources = [];
      await backend.close();
    });

    promise('constructing opens no handle', async () => {
      const before = handles();
      const source = make();
      await new Promise((resolve) => setImmediate(resolve));
      expect(opened(before)).toEqual([]);
      expect(source.name).not.toBe('');
      expect(source.staleAfterMs).toBeGreaterThan(source.reconcileMs);
    });

    promise('a document that was put before start is read after start', async () => {
      await backend.put('app', document(1));
      const { observer, reader } = await started('app');
      await observer.until(async () => (await reader.read()) === found(1));
      expect(reader.last).toMatchObject({ outcome: 'found', document: { key: 'app' } });
    });

    promise('the link is reported as up once after start', async () => {
      const { observer } = await started('app');
      expect(observer.links.filter(({ up }) => up)).toHaveLength(1);
    });

    promise('a hint comes after a put', async () => {
      const { observer, reader } = await started('app');
      await backend.put('app', document(1));
      await observer.until(async () => (await reader.read()) === found(1));
      const before = observer.hinted('app');
      await backend.put('app', document(2));
      await observer.until(async () => observer.hinted('app') > before && (await reader.read()) === found(2));
    });

    promise('a read gives the newest document, not each document in between', async () => {
      const { observer, reader } = await started('app');
      for (let value = 1; value <= 25; value++) await backend.put('app', document(value));
      await observer.until(async () => (await reader.read()) === found(25));
      expect(await reader.read()).toBe(found(25));
    });

    promise('a key that was never put is missing', async () => {
      await backend.put('other', document(1));
      const { source } = await started('app');
      const outcome = await source.read('app', undefined);
      expect(outcome.outcome).toBe('missing');
      expect(outcome.outcome === 'missing' && outcome.reason).toMatch(/\w/);
    });

    promise('a key that was removed is missing, not empty', async () => {
      await backend.put('app', document(1));
      const { observer, reader } = await started('app');
      await observer.until(async () => (await reader.read()) === found(1));
      await backend.remove('app');
      await observer.until(async () => (await reader.read()) === 'missing');
      await backend.put('app', document(2));
      await observer.until(async () => (await reader.read()) === found(2));
    });

    promise('the revision rises with each put', async () => {
      const { observer, reader } = await started('app');
      const revisions: number[] = [];
      for (let value = 1; value <= 5; value++) {
        await backend.put('app', document(value));
        await observer.until(async () => (await reader.read()) === found(value));
        revisions.push(reader.known?.revision ?? 0);
      }
      expect([...new Set(revisions)].sort((a, b) => a - b)).toEqual(revisions);
    });

    promise('a second read without a put in between gives the same position', async () => {
      await backend.put('app', document(1));
      const { observer, reader } = await started('app');
      await observer.until(async () => (await reader.read()) === found(1));
      const first = reader.known;
      expect(await reader.read()).toBe(found(1));
      expect(reader.known).toEqual(first);
    });

    promise('a key may be watched before start, after start, and twice', async () => {
      const source = make();
      const observer = new RecordingObserver();
      source.watch('before');
      source.watch('before');
      await source.start(observer);
      await observer.until(() => observer.up);
      source.watch('after');
      const readers = [new KeyReader(source, 'before'), new KeyReader(source, 'after')];
      await Promise.all(readers.map((reader) => reader.read()));
      for (const key of ['before', 'after']) await backend.put(key, document(1));
      await observer.until(async () => {
        const texts = await Promise.all(readers.map((reader) => reader.read()));
        return texts.every((text) => text === found(1));
      });
    });

    promise('each key is read with its own document', async () => {
      await backend.put('app', document(1));
      await backend.put('app2', document(2));
      const { source, observer, reader } = await started('app');
      await observer.until(async () => (await reader.read()) === found(1));
      expect(outcomeText(await source.read('app2', undefined))).toBe(found(2));
    });

    promise('no hint is dropped for a slow listener', async () => {
      const observer = new RecordingObserver(() => busy(15));
      const { source, reader } = await started('app', observer);
      source.watch('other');
      const other = new KeyReader(source, 'other');
      await Promise.all([reader.read(), other.read()]);
      for (let value = 1; value <= 20; value++) await backend.put('app', document(value));
      await backend.put('other', document(1));
      await observer.until(
        async () => (await reader.read()) === found(20) && (await other.read()) === found(1),
      );
    });

    promise('a document of a recreated store comes with another epoch', async () => {
      if (!backend.newEpoch) return;
      await backend.put('app', document(1));
      await backend.put('app', document(2));
      const { observer, reader } = await started('app');
      await observer.until(async () => (await reader.read()) === found(2));
      const old = reader.known;
      await backend.newEpoch();
      await backend.put('app', document(3));
      await observer.until(async () => (await reader.read()) === found(3));
      expect(reader.known?.epoch).not.toBe(old?.epoch);
    });

    promise('stop is idempotent and ends pending reads', async () => {
      await backend.put('app', document(1));
      const { source } = await started('app');
      const pending = Promise.all([source.read('app', undefined), source.read('other', undefined)]);
      await Promise.all([source.stop(), source.stop()]);
      for (const { outcome } of await pending) expect(['found', 'missing', 'unreachable']).toContain(outcome);
      await source.stop();
      expect((await source.read('app', undefined)).outcome).toBe('unreachable');
    });

    promise('stop closes everything that start opened, and nothing is reported after stop', async () => {
      const before = handles();
      const { source, observer } = await started('app');
      await source.stop();
      const reports = observer.hints.length + observer.links.length;
      await backend.put('app', document(1));
      for (let turn = 0; turn < 1_000 && opened(before).length > 0; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(opened(before)).toEqual([]);
      expect(observer.hints.length + observer.links.length).toBe(reports);
    });

    promise(
      'a source that is started again after a stop, awaited or not, reads and hints again',
      async () => {
        await backend.put('app', document(1));
        const { source, observer, reader } = await started('app');
        await observer.until(async () => (await reader.read()) === found(1));
        let last = observer;
        for (const [round, waits] of [true, false].entries()) {
          const [next, again] = [2 * round + 2, new RecordingObserver()];
          const stopped = source.stop();
          if (waits) await stopped;
          const reports = last.hints.length + last.links.length;
          await backend.put('app', document(next));
          source.watch('app');
          await source.start(again);
          const later = new KeyReader(source, 'app');
          await again.until(async () => again.up && (await later.read()) === found(next));
          const before = again.hinted('app');
          await backend.put('app', document(next + 1));
          await again.until(
            async () => again.hinted('app') > before && (await later.read()) === found(next + 1),
          );
          expect(again.links).toEqual([{ up: true }]);
          expect(last.hints.length + last.links.length).toBe(reports);
          await stopped;
          last = again;
        }
      },
    );

    promise(
      'a second start while the source runs is rejected, and the first start stays in force',
      async () => {
        const { source, observer, reader } = await started('app');
        const second = new RecordingObserver();
        await expect(source.start(second)).rejects.toMatchObject({
          code: 'SETUP',
          message: expect.stringMatching(/was started twice.*forRootAsync/) as string,
        });
        await backend.put('app', document(1));
        await observer.until(async () => observer.hinted('app') > 0 && (await reader.read()) === found(1));
        expect([...second.hints, ...second.links]).toEqual([]);
      },
    );

    promise('stop before start and without start is harmless', async () => {
      await make().stop();
    });

    it('ran every test of the suite', () => {
      expect({ declared, ran }).toEqual({ declared: 18, ran: 18 });
    });
  });
}

/** The handles that keep this process alive, except timers, because the test runner has timers too. */
function handles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((type) => !/Timeout|Immediate|Request|Req|TickObject|Microtask|PROMISE/i.test(type))
    .sort();
}

/** The handles that are open now and were not open before. Handles of an earlier test may have closed meanwhile. */
function opened(before: readonly string[]): string[] {
  const rest = [...before];
  return handles().filter((type) => {
    const at = rest.indexOf(type);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}
