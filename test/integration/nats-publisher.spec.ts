import { getEventListeners } from 'node:events';
import type { StreamConfig } from '@nats-io/jetstream';
import { eventually } from '../../harness/eventually.mjs';
import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import type { PlainValue } from '../../libs/hot-config/src/contract/index.js';
import { digestOf } from '../../libs/hot-config/src/document/index.js';
import {
  type DocumentToPublish,
  natsPublisher,
  type NatsPublisherOptions,
  type Publisher,
} from '../../libs/hot-config/src/nats/publisher/index.js';
import { outcomeText } from '../support/key-reader.js';
import { ForeignClient } from '../support/nats-bucket.js';
import { RecordingObserver } from '../support/recording-observer.js';

const cleanups: (() => Promise<unknown>)[] = [];
let server: NatsServer;
let client: ForeignClient;
beforeEach(async () => {
  server = await startNatsServer();
  cleanups.push(() => server.stop());
  client = await ForeignClient.connect(server.url);
  cleanups.push(() => client.close());
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started(
  options: NatsPublisherOptions = {},
): Promise<{ publisher: Publisher; observer: RecordingObserver }> {
  const publisher = natsPublisher({ servers: server.url, requestTimeoutMs: 1_000, ...options });
  cleanups.push(() => publisher.stop());
  const observer = new RecordingObserver();
  await publisher.start(observer);
  await observer.until(() => observer.up);
  return { publisher, observer };
}

function document(key: string, value: PlainValue, text = JSON.stringify(value)): DocumentToPublish {
  const bytes = new TextEncoder().encode(text);
  return { key, bytes, contentType: 'application/yaml', origin: `${key}.yaml`, digest: digestOf(value) };
}

async function messages(): Promise<number> {
  return (await client.jsm.streams.info('KV_configs')).state.messages;
}

describe('the publisher', () => {
  it('creates the bucket with the settings of the wire format', async () => {
    const { publisher } = await started({ maxValueBytes: 50_000 });
    const { config } = await client.jsm.streams.info('KV_configs');
    expect(config).toMatchObject({
      subjects: ['$KV.configs.>'],
      storage: 'file',
      allow_direct: true,
      max_msgs_per_subject: 20,
      max_msg_size: 50_000,
      num_replicas: 1,
      republish: { src: '$KV.configs.>', dest: 'hotconfig.configs.document.>' },
    });
    expect(publisher.bucketNotes()).toEqual([]);
  });

  it('adopts an existing bucket, adds missing settings, and has a note for each setting that the server rejects', async () => {
    await client.makeBucket({ republish: false, allowDirect: false });
    await client.put('app', 'value: 1');
    const { publisher } = await started();
    const { config, state } = await client.jsm.streams.info('KV_configs');
    expect(config.allow_direct).toBe(true);
    expect(state.messages).toBe(1);
    const republishNote = publisher.bucketNotes().filter((note) => note.includes('republishes nothing'));
    // Servers before 2.10 cannot add it to a stream.
    expect(republishNote).toHaveLength(config.republish ? 0 : 1);
    expect(publisher.bucketNotes().join()).toContain('keeps 5 revisions');
    expect(await publisher.publish(document('app', { value: 2 }))).toMatchObject({
      outcome: 'published',
      revision: 2,
    });
  });

  it.each<[string, Parameters<ForeignClient['makeBucket']>[0], RegExp[]]>([
    ['max_age', { max_age: 3_600e9 }, [/drops documents that are 3600 s old \(max_age\); left unchanged/]],
    ['max_bytes', { max_bytes: 1e6, discard: 'old' }, [/drops documents when it is full \(max_bytes or max/]],
    ['max_msgs', { max_msgs: 100, discard: 'old' }, [/drops documents when it is full \(max_bytes or max/]],
    ['retention', { retention: 'interest' }, [/drops documents by its retention "interest"/]],
    ['limits that reject new documents', { max_bytes: 1e6, max_msgs: 100, discard: 'new' }, []],
  ])(
    'fault: bucket that drops documents, or is sealed: the publisher has a note for each such setting: %s',
    async (_what, config, notes) => {
      await client.makeBucket({ max_msgs_per_subject: 20, ...config });
      const { publisher } = await started();
      expect(publisher.bucketNotes()).toEqual(notes.map((note) => expect.stringMatching(note) as string));
    },
  );

  it('fault: bucket that drops documents, or is sealed: the publisher has a note that the bucket is sealed', async () => {
    await client.makeBucket({ max_msgs_per_subject: 20 });
    await client.jsm.streams.update('KV_configs', { sealed: true } as Partial<StreamConfig>);
    const { publisher } = await started();
    expect(publisher.bucketNotes()).toEqual([
      expect.stringContaining('is sealed: nothing can be put into it'),
    ]);
  });

  it.each<[string, Partial<StreamConfig>, RegExp]>([
    [
      'one key',
      { subjects: ['$KV.configs.app'] },
      /listens to "\$KV\.configs\.app", not to "\$KV\.configs\.>"/,
    ],
    ['keys of one part', { subjects: ['$KV.configs.*'] }, /listens to "\$KV\.configs\.\*", not to/],
    ['something else', { subjects: ['foo.>', 'bar'] }, /listens to "foo\.>", "bar", not to/],
    [
      'the subjects of its origin',
      { mirror: { name: 'KV_origin' } },
      /is a mirror of "KV_origin"\. Publish to/,
    ],
  ])(
    "fault: stream of the bucket's name that takes no documents: the publisher is not ready and reports why: the stream listens to %s",
    async (_what, config, message) => {
      await client.makeBucket({ bucket: 'origin' });
      await client.jsm.streams.add({ name: 'KV_configs', ...config });
      const publisher = natsPublisher({ servers: server.url });
      cleanups.push(() => publisher.stop());
      const observer = new RecordingObserver();
      await publisher.start(observer);
      await observer.until(() => observer.links.length > 0);
      expect(observer.failures).toEqual([expect.stringMatching(message)]);
      expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({
        outcome: 'unreachable',
        error: { reason: expect.stringMatching(message) as string },
      });
      await client.dropBucket();
      await observer.until(() => observer.up);
      expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({ outcome: 'published' });
    },
  );

  it.each(['$KV.>', '$KV.*.>', '$KV.configs.>'])('accepts a stream that listens to %s', async (subject) => {
    await client.jsm.streams.add({ name: 'KV_configs', subjects: [subject] });
    const { publisher } = await started({ republish: false });
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({ outcome: 'published' });
  });

  it('recreates a deleted bucket, publishes into it, and asks for a comparison of all documents', async () => {
    const { publisher, observer } = await started();
    await publisher.publish(document('app', { value: 1 }));
    await publisher.publish(document('other', { value: 1 }));
    await client.dropBucket();
    const hints = observer.hints.filter(({ key }) => key === undefined).length;
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({
      outcome: 'published',
      revision: 1,
    });
    expect(observer.hints.filter(({ key }) => key === undefined).length).toBe(hints + 1);
    expect([...(await publisher.current()).keys()]).toEqual(['app']);
  });

  it('recreates an empty bucket when the bucket is gone while its keys are listed', async () => {
    const { publisher, observer } = await started();
    await publisher.publish(document('app', { value: 1 }));
    await client.dropBucket();
    const hints = observer.hints.length;
    expect((await publisher.current()).size).toBe(0);
    expect(observer.hints.length).toBe(hints + 1);
    expect(await messages()).toBe(0);
  });

  it('shares one bucket with another publisher that starts at the same time', async () => {
    const both = await Promise.all([started(), started()]);
    const outcomes = await Promise.all(
      both.map(({ publisher }) => publisher.publish(document('app', { value: 1 }))),
    );
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['published', 'unchanged']);
    expect(await messages()).toBe(1);
  });
});

describe('publish()', () => {
  it('stores the document byte for byte, and its other properties in headers', async () => {
    const { publisher } = await started();
    const text = '# by hand\nvalue: "ä"\n';
    const outcome = await publisher.publish({
      ...document('team.app', { value: 'ä' }, text),
      author: 'ann',
      reason: 'first\nline\rbreaks',
    });
    expect(outcome).toMatchObject({
      outcome: 'published',
      revision: 1,
      publishedAt: expect.any(Date) as Date,
    });
    expect((await (await client.kv()).get('team.app'))?.string()).toBe(text);
    const message = await client.jsm.direct.getMessage('KV_configs', {
      last_by_subj: '$KV.configs.team.app',
    });
    const header = (name: string): string | undefined => message?.header.get(name);
    expect(header('Content-Type')).toBe('application/yaml');
    expect(header('Hot-Config-Digest')).toBe(digestOf({ value: 'ä' }));
    expect(header('Hot-Config-Origin')).toBe('team.app.yaml');
    expect(header('Hot-Config-Author')).toBe('ann');
    expect(header('Hot-Config-Reason')).toBe('first line breaks');
  });

  it('puts nothing when the value is the same in another layout, also after a restart of the publisher', async () => {
    const first = await started();
    expect(await first.publisher.publish(document('app', { value: 1 }))).toMatchObject({
      outcome: 'published',
    });
    expect(await first.publisher.publish(document('app', { value: 1 }))).toMatchObject({
      outcome: 'unchanged',
      revision: 1,
    });
    await first.publisher.stop();
    const second = await started();
    const relaid = document('app', { value: 1 }, '# a comment\nvalue:   1\n');
    expect(await second.publisher.publish(relaid)).toMatchObject({ outcome: 'unchanged', revision: 1 });
    expect(await messages()).toBe(1);
  });

  it('puts nothing when another client has already put the same value without headers', async () => {
    const { publisher } = await started();
    await client.put('app', 'value: 1 # by hand\n');
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({
      outcome: 'unchanged',
      revision: 1,
    });
    expect(await messages()).toBe(1);
  });

  it('replaces a message that is no document, and a key that was deleted', async () => {
    const { publisher } = await started();
    await client.put('app', '{ not: [a document');
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({
      outcome: 'published',
      revision: 2,
    });
    await (await client.kv()).delete('app');
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({
      outcome: 'published',
      revision: 4,
    });
  });

  it('loses no write when two publishers race for one key, and ends at one value', async () => {
    const [a, b] = await Promise.all([started({ history: 64 }), started({ history: 64 })]);
    const values = Array.from({ length: 10 }, (_, index) => index);
    const race = async (who: string, publisher: Publisher): Promise<number[]> => {
      const revisions: number[] = [];
      for (const value of values) {
        const outcome = await publisher.publish(document('app', { who, value }));
        expect(outcome.outcome).toBe('published');
        if (outcome.outcome === 'published') revisions.push(outcome.revision);
      }
      return revisions;
    };
    const revisions = await Promise.all([race('a', a.publisher), race('b', b.publisher)]);
    expect(new Set(revisions.flat()).size).toBe(20);
    expect(await messages()).toBe(20);
    expect(outcomeText(await a.publisher.read('app'))).toBe(outcomeText(await b.publisher.read('app')));
  });

  it('puts the same document once when two publishers put it at the same time', async () => {
    const [a, b] = await Promise.all([started(), started()]);
    const pairs = Array.from({ length: 10 }, (_, value) => document(`key${value}`, { value }));
    const publishAll = (publisher: Publisher) => Promise.all(pairs.map((pair) => publisher.publish(pair)));
    const outcomes = (await Promise.all([publishAll(a.publisher), publishAll(b.publisher)])).flat();
    expect(outcomes.filter(({ outcome }) => outcome === 'published')).toHaveLength(10);
    expect(outcomes.filter(({ outcome }) => outcome === 'unchanged')).toHaveLength(10);
    expect(await messages()).toBe(10);
  });

  it('rejects a document over the limit of the server before it is sent, with both sizes, and publishes other documents', async () => {
    const { publisher } = await started();
    const large = document('large', { text: 'x'.repeat(1_100_000) });
    const outcome = await publisher.publish(large);
    expect(outcome).toMatchObject({
      outcome: 'rejected',
      error: { name: 'HotConfigValidationError', key: 'large', issues: [{ path: '' }] },
    });
    expect(outcome.outcome === 'rejected' && outcome.error.message).toContain(`${large.bytes.length} bytes`);
    expect(outcome.outcome === 'rejected' && outcome.error.message).toContain('1048576');
    const edge = document('edge', { text: 'x'.repeat(1_048_560) });
    expect((await publisher.publish(edge)).outcome).toBe('rejected');
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({
      outcome: 'published',
      revision: 1,
    });
  });

  it("rejects a document over the bucket's own limit, and every document for a full bucket", async () => {
    await client.makeBucket({ max_msg_size: 2_000, max_bytes: 4_000 });
    const { publisher } = await started();
    const large = await publisher.publish(document('large', { text: 'x'.repeat(1_990) }));
    expect(large.outcome === 'rejected' && large.error.message).toMatch(/2000/);
    const fill = (name: string) => publisher.publish(document(name, { text: 'x'.repeat(1_200) }));
    const outcomes = [await fill('a'), await fill('b'), await fill('c'), await fill('d')];
    const last = outcomes.at(-1);
    expect(last).toMatchObject({ outcome: 'rejected', error: { name: 'HotConfigUnavailableError' } });
    expect(last?.outcome === 'rejected' && last.error.message).toContain('is full');
  });

  it('rejects a key whose name no bucket allows', async () => {
    const { publisher } = await started();
    expect(await publisher.publish(document('a..b', { value: 1 }))).toMatchObject({
      outcome: 'rejected',
      error: { name: 'HotConfigValidationError', key: 'a..b' },
    });
  });

  it('does not repeat a put without an answer blindly: its document is in the bucket once', async () => {
    const { publisher, observer } = await started({ pingIntervalMs: 100, connectTimeoutMs: 500 });
    await server.pause();
    const lost = await publisher.publish(document('app', { value: 1 }));
    expect(lost.outcome).toBe('unreachable');
    server.resume();
    await observer.until(() => observer.up);
    const { outcome } = await eventually(
      () => publisher.publish(document('app', { value: 1 })),
      ({ outcome }) => outcome !== 'unreachable',
    );
    expect(['published', 'unchanged']).toContain(outcome);
    expect(await messages()).toBe(1);
  });

  it('is unreachable at once while NATS is down, and works when NATS is back', async () => {
    const { publisher, observer } = await started();
    await server.kill();
    await observer.until(() => !observer.up);
    const outcome = await publisher.publish(document('app', { value: 1 }));
    expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('lost');
    await server.restart();
    await observer.until(() => observer.up);
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({ outcome: 'published' });
    // The link that is up already asks for a comparison, so another hint would cause a second one.
    expect(observer.hints).toEqual([]);
  });

  it('is waited for by stop() when it is in flight, and puts nothing after stop()', async () => {
    const { publisher } = await started();
    const inFlight = publisher.publish(document('app', { value: 1 }));
    await publisher.stop();
    expect(await inFlight).toMatchObject({ outcome: 'published' });
    expect((await publisher.publish(document('app', { value: 2 }))).outcome).toBe('unreachable');
    await publisher.stop();
    expect(await messages()).toBe(1);
  });
});

describe('starting a publisher', () => {
  it('a script can wait for the link and publish without an observer', async () => {
    const publisher = natsPublisher({ servers: server.url });
    cleanups.push(() => publisher.stop());
    await publisher.start();
    await publisher.connected();
    await publisher.connected(new AbortController().signal);
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({ outcome: 'published' });
    // Events without an observer must not break the publisher.
    await client.put('app', 'value: 2');
    await client.dropBucket();
    expect(await publisher.publish(document('app', { value: 3 }))).toMatchObject({ outcome: 'published' });
  });

  it('every call that waits for the link resolves when the server is there', async () => {
    await server.kill();
    const publisher = natsPublisher({ servers: server.url });
    cleanups.push(() => publisher.stop());
    await publisher.start();
    const waiting = [publisher.connected(), publisher.connected()];
    await server.restart();
    await Promise.all(waiting);
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({ outcome: 'published' });
  });

  it('a wait for the link ends at a stop or at the abort of its signal, and is rejected at once before a start', async () => {
    await server.kill();
    const publisher = natsPublisher({ servers: server.url });
    const stopped = { code: 'UNAVAILABLE', message: expect.stringContaining('was stopped') as string };
    const notStarted = { code: 'UNAVAILABLE', message: expect.stringContaining('is not started') as string };
    await expect(publisher.connected()).rejects.toMatchObject(notStarted);
    await publisher.start();
    const abort = new AbortController();
    const [waits, gaveUp] = [publisher.connected(), publisher.connected(abort.signal)];
    const reason = new Error('no time left');
    abort.abort(reason);
    await expect(gaveUp).rejects.toBe(reason);
    await expect(publisher.connected(abort.signal)).rejects.toBe(reason);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    await Promise.all([publisher.stop(), expect(waits).rejects.toMatchObject(stopped)]);
    await expect(publisher.connected()).rejects.toMatchObject(notStarted);
  });

  it('a start after a stop, awaited or not, connects again, and documents are published', async () => {
    const { publisher } = await started();
    await publisher.publish(document('app', { value: 0 }));
    for (const [value, waits] of [
      [1, true],
      [2, false],
    ] as const) {
      const stopped = publisher.stop();
      if (waits) await stopped;
      expect((await publisher.publish(document('app', { value }))).outcome).toBe('unreachable');
      const external = await client.put('app', 'value: external');
      const again = new RecordingObserver();
      await publisher.start(again);
      await again.until(() => again.up);
      const outcome = await publisher.publish(document('app', { value }));
      expect(outcome).toMatchObject({ outcome: 'published', revision: external + 1 });
      expect([...(await publisher.current()).keys()]).toEqual(['app']);
      await stopped;
    }
    expect(outcomeText(await publisher.read('app'))).toBe('found: {"value":2}');
  });

  it('a second start while the publisher runs is rejected, and the first stays in force', async () => {
    const { publisher, observer } = await started();
    const second = new RecordingObserver();
    await expect(publisher.start(second)).rejects.toMatchObject({
      code: 'SETUP',
      message: expect.stringContaining('was started twice') as string,
    });
    await client.put('app', 'value: external');
    await observer.until(() => observer.hints.some(({ key }) => key === 'app'));
    expect(await publisher.publish(document('app', { value: 1 }))).toMatchObject({ outcome: 'published' });
    expect([...second.hints, ...second.links]).toEqual([]);
  });
});

describe('the publisher as a reader of its bucket', () => {
  it('current() lists all live keys with digest and origin, and no deleted key', async () => {
    const { publisher } = await started();
    await publisher.publish(document('team.app', { value: 1 }));
    await publisher.publish(document('gone', { value: 1 }));
    await client.put('byhand', 'value: 2');
    await client.put('broken', '{');
    expect(await publisher.remove('gone')).toEqual({ outcome: 'removed' });
    expect(await publisher.remove('gone')).toEqual({ outcome: 'missing' });
    const current = await publisher.current();
    expect([...current.keys()].sort()).toEqual(['broken', 'byhand', 'team.app']);
    expect(current.get('team.app')).toEqual({
      revision: 1,
      digest: digestOf({ value: 1 }),
      origin: 'team.app.yaml',
      publishedAt: expect.any(Date) as Date,
    });
    expect(current.get('byhand')).toMatchObject({
      revision: 3,
      digest: digestOf({ value: 2 }),
      origin: 'KV configs/byhand',
    });
    expect(current.get('broken')?.digest).toBeUndefined();
    expect(outcomeText(await publisher.read('gone'))).toBe('missing');
    expect(outcomeText(await publisher.read('byhand'))).toBe('found: value: 2');
  });

  it("sends a hint for another client's change, but not for its own put", async () => {
    const { publisher, observer } = await started();
    for (let value = 0; value < 10; value++) await publisher.publish(document('app', { value }));
    await client.put('app', 'value: external');
    await observer.until(() => observer.hints.some(({ key }) => key === 'app'));
    await publisher.read('app');
    expect(observer.hints.filter(({ key }) => key === 'app')).toHaveLength(1);
  });

  it('current() reports an unreachable store as unreachable, not as an empty bucket', async () => {
    const { publisher, observer } = await started();
    await server.kill();
    await observer.until(() => !observer.up);
    await expect(publisher.current()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
