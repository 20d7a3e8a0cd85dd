import { HotConfigUnavailableError } from '../../contract/index.js';
import { digestOf } from '../../document/index.js';
import type { Bucket, StoredMessage } from '../bucket.js';
import { BucketNames, DocumentHeader } from '../wire.js';
import { type PutContext, putDocument } from './put.js';

const [OLD, NEW] = ['old', 'new'].map((value) => digestOf({ value })) as [string, string];

const document = {
  key: 'app',
  bytes: new TextEncoder().encode('value: new'),
  contentType: 'application/yaml',
  origin: 'app.yaml',
  digest: NEW,
} as const;

function stored(revision: number, value: string): StoredMessage {
  const bytes = new TextEncoder().encode(`value: ${value}`);
  return { revision, bytes, time: new Date(0), deleted: false, header: () => undefined };
}

function failure(name: string, more: object = {}): Error {
  return Object.assign(new Error(name), { name, ...more });
}

/** A store with scripted results of each read and each put; the last result is repeated. */
function scripted(reads: (StoredMessage | undefined)[], puts: (number | Error)[]) {
  const expected: (number | undefined)[] = [];
  let asked = 0;
  const js = {
    apiPrefix: '$JS.API',
    publish: (
      _subject: string,
      _bytes: Uint8Array,
      { expect }: { expect: { lastSubjectSequence: number } },
    ) => {
      const end = puts[Math.min(expected.length, puts.length - 1)];
      expected.push(expect.lastSubjectSequence);
      return end instanceof Error ? Promise.reject(end) : Promise.resolve({ seq: end });
    },
  };
  const bucket = {
    names: new BucketNames('configs', ''),
    connection: { info: { max_payload: 1_000 } },
    newest: () => Promise.resolve(reads[Math.min(asked++, reads.length - 1)]),
    info: () => Promise.resolve({ created: 'first' }),
    js,
  };
  const context: PutContext = {
    bucket: bucket as unknown as Bucket,
    direct: true,
    created: 'first',
    largest: undefined,
    signal: new AbortController().signal,
    server: 'nats://one:4222',
    recreate: () => Promise.reject(new Error('is there')),
    unavailable: (error) => new HotConfigUnavailableError('not reached', { cause: error }),
  };
  return { context, expected };
}

const TIMEOUT = failure('TimeoutError');
const CONFLICT = failure('JetStreamApiError', { code: 10071, status: 400 });

it('a put whose answer was lost but which was stored is reported as published, and sent once', async () => {
  const { context, expected } = scripted([stored(4, 'old'), stored(5, 'new')], [TIMEOUT]);
  expect(await putDocument(context, document)).toMatchObject({ outcome: 'published', revision: 5 });
  expect(expected).toEqual([4]);
});

it('a put whose answer was lost and which was not stored is sent again, over the revision of the next read', async () => {
  const { context, expected } = scripted([stored(4, 'old'), stored(6, 'other')], [TIMEOUT, 7]);
  expect(await putDocument(context, document)).toMatchObject({ outcome: 'published', revision: 7 });
  expect(expected).toEqual([4, 6]);
});

it('a store that answers no put is unreachable after two puts', async () => {
  const { context, expected } = scripted([stored(4, 'old')], [TIMEOUT]);
  expect((await putDocument(context, document)).outcome).toBe('unreachable');
  expect(expected).toEqual([4, 4]);
});

it.each(['{', 'value: other'])(
  "a message of another client under the document's digest is replaced, not unchanged: %s",
  async (text) => {
    const header = (name: string) => (name === DocumentHeader.digest ? NEW : undefined);
    const forged = { ...stored(4, ''), bytes: new TextEncoder().encode(text), header };
    const { context, expected } = scripted([forged], [5]);
    expect(await putDocument(context, document)).toMatchObject({ outcome: 'published', revision: 5 });
    expect(expected).toEqual([4]);
  },
);

it('a document that another publisher has put first is reported as unchanged, not as published', async () => {
  const { context, expected } = scripted([undefined, stored(1, 'new')], [CONFLICT]);
  expect(await putDocument(context, document)).toMatchObject({ outcome: 'unchanged', revision: 1 });
  expect(expected).toEqual([0]);
});

it('a put of a key that others write again and again is rejected as a conflict after eight tries', async () => {
  const others = Array.from({ length: 8 }, (_, n) => stored(4 + n, 'other'));
  const { context, expected } = scripted(others, [CONFLICT]);
  expect(await putDocument(context, document)).toMatchObject({
    outcome: 'rejected',
    error: { code: 'CONFLICT' },
  });
  expect(expected).toEqual(others.map(({ revision }) => revision));
});

it('a put is unreachable, not rejected, while the replica that answers its reads lags', async () => {
  const answers = [4, 3, 4, 3, 4, 3, 4, 3].map((revision) => stored(revision, 'old'));
  const { context, expected } = scripted(answers, [CONFLICT]);
  const outcome = await putDocument(context, document);
  expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('lags');
  expect(expected).toHaveLength(8);
});

it('a put over the last put needs no read, and the same value is not put at all', async () => {
  const { context, expected } = scripted([stored(4, 'new')], [9]);
  expect(await putDocument(context, document, { revision: 4, digest: OLD })).toMatchObject({
    outcome: 'published',
    revision: 9,
  });
  expect(expected).toEqual([4]);
  expect(await putDocument(context, document, { revision: 4, digest: NEW })).toMatchObject({
    outcome: 'unchanged',
    revision: 4,
  });
  expect(expected).toEqual([4]);
});

it('when another client has written since the last put, the document is compared again before it is put', async () => {
  const { context, expected } = scripted([stored(6, 'other')], [CONFLICT, 7]);
  expect(await putDocument(context, document, { revision: 4, digest: OLD })).toMatchObject({
    outcome: 'published',
    revision: 7,
  });
  expect(expected).toEqual([4, 6]);
});

it('a put over the last put is reported as published when its answer was lost but the document was stored', async () => {
  const { context, expected } = scripted([stored(5, 'new')], [TIMEOUT]);
  expect(await putDocument(context, document, { revision: 4, digest: OLD })).toMatchObject({
    outcome: 'published',
    revision: 5,
  });
  expect(expected).toEqual([4]);
});

it('a bucket that another client has recreated is set up once before the document is put into it', async () => {
  const { context, expected } = scripted([stored(4, 'old'), undefined], [TIMEOUT, 1]);
  let recreated = 0;
  const recreate = (): Promise<void> => {
    recreated++;
    return Promise.resolve();
  };
  const outcome = await putDocument({ ...context, created: 'of the bucket before', recreate }, document);
  expect(outcome).toMatchObject({ outcome: 'published', revision: 1 });
  expect(recreated).toBe(1);
  expect(expected).toEqual([4, 0]);
});

/** The publisher stops while its nth put, counted from 0, waits for its answer. */
function stoppedAt(nth: number, reads: StoredMessage[], puts: Error[]) {
  const { context, expected } = scripted(reads, puts);
  const stop = new AbortController();
  const { js } = context.bucket;
  const publish = js.publish.bind(js);
  js.publish = (...args) => {
    if (expected.length === nth) stop.abort(new HotConfigUnavailableError('the publisher was stopped'));
    return publish(...args);
  };
  const unavailable = (error: unknown): HotConfigUnavailableError =>
    error instanceof HotConfigUnavailableError
      ? error
      : new HotConfigUnavailableError(`not ${String(error)}`);
  return { ...context, signal: stop.signal, unavailable };
}

it.each([
  ['after a conflict', 0, [stored(4, 'old')], undefined],
  ['after two conflicts', 1, [stored(4, 'old'), stored(5, 'other')], undefined],
  ['after a conflict over its last put', 0, [stored(4, 'old')], { revision: 3, digest: OLD }],
])('a put that a stop interrupts reports the stop, and no problem of the store: %s', async (...row) => {
  const [, nth, reads, last] = row;
  const outcome = await putDocument(stoppedAt(nth, reads, [CONFLICT]), document, last);
  expect(outcome).toMatchObject({
    outcome: 'unreachable',
    error: { message: 'the publisher was stopped' },
  });
});
