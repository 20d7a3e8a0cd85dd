import type { JetStreamClient } from '@nats-io/jetstream';
import { HotConfigUnavailableError } from '../../contract/index.js';
import type { Bucket, StoredMessage } from '../bucket.js';
import { BucketNames, DocumentHeader } from '../wire.js';
import { putDocument, type PutContext } from './put.js';

const document = {
  key: 'app',
  bytes: new TextEncoder().encode('value: 1'),
  contentType: 'application/yaml',
  origin: 'app.yaml',
  digest: 'new',
} as const;

function stored(revision: number, digest: string): StoredMessage {
  const header = (name: string) => (name === DocumentHeader.digest ? digest : undefined);
  return { revision, bytes: new Uint8Array(), time: new Date(0), deleted: false, header };
}

function failure(name: string, more: object = {}): Error {
  return Object.assign(new Error(name), { name, ...more });
}

/** A store of which a test says what each read finds and how each put ends; the last is repeated. */
function scripted(reads: (StoredMessage | undefined)[], puts: (number | Error)[]) {
  const expected: (number | undefined)[] = [];
  let asked = 0;
  const bucket = {
    names: new BucketNames('configs', ''),
    connection: { info: { max_payload: 1_000 } },
    newest: () => Promise.resolve(reads[Math.min(asked++, reads.length - 1)]),
    info: () => Promise.resolve({ created: 'first' }),
  };
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
  const context: PutContext = {
    bucket: bucket as unknown as Bucket,
    js: js as unknown as JetStreamClient,
    direct: true,
    created: 'first',
    largest: undefined,
    signal: new AbortController().signal,
    server: 'nats://one:4222',
    remake: () => Promise.reject(new Error('is there')),
    unavailable: (error) => new HotConfigUnavailableError('not reached', { cause: error }),
  };
  return { context, expected };
}

const TIMEOUT = failure('TimeoutError');
const CONFLICT = failure('JetStreamApiError', { code: 10071, status: 400 });

it('a put whose answer was lost but which was stored is told as published, and is sent once', async () => {
  const { context, expected } = scripted([stored(4, 'old'), stored(5, 'new')], [TIMEOUT]);
  expect(await putDocument(context, document)).toMatchObject({ outcome: 'published', revision: 5 });
  expect(expected).toEqual([4]);
});

it('a put whose answer was lost and which was not stored is sent again on top of what was read then', async () => {
  const { context, expected } = scripted([stored(4, 'old'), stored(6, 'other')], [TIMEOUT, 7]);
  expect(await putDocument(context, document)).toMatchObject({ outcome: 'published', revision: 7 });
  expect(expected).toEqual([4, 6]);
});

it('a store that answers no put is unreachable after two, and is not tried for ever', async () => {
  const { context, expected } = scripted([stored(4, 'old')], [TIMEOUT]);
  expect((await putDocument(context, document)).outcome).toBe('unreachable');
  expect(expected).toEqual([4, 4]);
});

it('the same document put first by somebody else is unchanged, not published', async () => {
  const { context, expected } = scripted([undefined, stored(1, 'new')], [CONFLICT]);
  expect(await putDocument(context, document)).toMatchObject({ outcome: 'unchanged', revision: 1 });
  expect(expected).toEqual([0]);
});

it('a key that others write again and again is refused as contested after a bounded number of tries', async () => {
  const others = Array.from({ length: 8 }, (_, n) => stored(4 + n, 'other'));
  const { context, expected } = scripted(others, [CONFLICT]);
  expect(await putDocument(context, document)).toMatchObject({
    outcome: 'rejected',
    error: { code: 'CONFLICT' },
  });
  expect(expected).toEqual(others.map(({ revision }) => revision));
});

it('a replica that goes on answering with what is not the newest is no refusal: it lags, and is asked again later', async () => {
  const answers = [4, 3, 4, 3, 4, 3, 4, 3].map((revision) => stored(revision, 'old'));
  const { context, expected } = scripted(answers, [CONFLICT]);
  const outcome = await putDocument(context, document);
  expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('lags');
  expect(expected).toHaveLength(8);
});

it('what was seen last is put over without a read; the same value is not put at all', async () => {
  const { context, expected } = scripted([stored(4, 'new')], [9]);
  expect(await putDocument(context, document, { revision: 4, digest: 'old' })).toMatchObject({
    outcome: 'published',
    revision: 9,
  });
  expect(expected).toEqual([4]);
  expect(await putDocument(context, document, { revision: 4, digest: 'new' })).toMatchObject({
    outcome: 'unchanged',
    revision: 4,
  });
  expect(expected).toEqual([4]);
});

it('what was seen last but is no longer there is compared with anew, not overwritten', async () => {
  const { context, expected } = scripted([stored(6, 'other')], [CONFLICT, 7]);
  expect(await putDocument(context, document, { revision: 4, digest: 'old' })).toMatchObject({
    outcome: 'published',
    revision: 7,
  });
  expect(expected).toEqual([4, 6]);
});

it('a put over what was seen last whose answer was lost is recognised when it was stored', async () => {
  const { context, expected } = scripted([stored(5, 'new')], [TIMEOUT]);
  expect(await putDocument(context, document, { revision: 4, digest: 'old' })).toMatchObject({
    outcome: 'published',
    revision: 5,
  });
  expect(expected).toEqual([4]);
});

it('a bucket that was made anew by somebody else is taken up before it is put into, once', async () => {
  const { context, expected } = scripted([stored(4, 'old'), undefined], [TIMEOUT, 1]);
  let remade = 0;
  const remake = (): Promise<void> => {
    remade++;
    return Promise.resolve();
  };
  const outcome = await putDocument({ ...context, created: 'of the bucket before', remake }, document);
  expect(outcome).toMatchObject({ outcome: 'published', revision: 1 });
  expect(remade).toBe(1);
  expect(expected).toEqual([4, 0]);
});

/** The publisher stops while the answers to its puts are on their way: the nth, from 0, is the last that it sends. */
function stoppedAt(nth: number, reads: StoredMessage[], puts: Error[]) {
  const { context, expected } = scripted(reads, puts);
  const stop = new AbortController();
  const js = {
    ...context.js,
    publish: (...args: Parameters<JetStreamClient['publish']>) => {
      if (expected.length === nth) stop.abort(new HotConfigUnavailableError('the publisher was stopped'));
      return context.js.publish(...args);
    },
  };
  const unavailable = (error: unknown): HotConfigUnavailableError =>
    error instanceof HotConfigUnavailableError
      ? error
      : new HotConfigUnavailableError(`not ${String(error)}`);
  return { ...context, js, signal: stop.signal, unavailable };
}

it.each([
  ['after a conflict', 0, [stored(4, 'old')], undefined],
  ['after two conflicts', 1, [stored(4, 'old'), stored(5, 'other')], undefined],
  ['after a conflict with what was seen last', 0, [stored(4, 'old')], { revision: 3, digest: 'old' }],
])('a put that a stop cuts off is told as that, and nothing is said of the store: %s', async (...row) => {
  const [, nth, reads, seen] = row;
  const outcome = await putDocument(stoppedAt(nth, reads, [CONFLICT]), document, seen);
  expect(outcome).toMatchObject({
    outcome: 'unreachable',
    error: { message: 'the publisher was stopped' },
  });
});
