import { HotConfigUnavailableError } from '../../contract/index.js';
import type { Bucket, BucketInfo, StoredMessage } from './bucket.js';
import { Reader } from './reader.js';
import { BucketNames } from './wire.js';

/** A bucket whose replicas answer what a test lays down, in order; the last answer is repeated. */
class ScriptedBucket {
  asked = 0;
  inspected = 0;

  constructor(
    readonly answers: (StoredMessage | Error | undefined)[],
    readonly infos: (BucketInfo | undefined)[],
  ) {}

  newest(): Promise<StoredMessage | undefined> {
    const answer = this.answers[Math.min(this.asked++, this.answers.length - 1)];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  inspect(): Promise<BucketInfo | undefined> {
    return Promise.resolve(this.infos[Math.min(this.inspected++, this.infos.length - 1)]);
  }
}

const START = Date.UTC(2026, 0, 1);
const info = (lastSequence: number, created = 'first'): BucketInfo => ({
  created,
  lastSequence,
  republish: undefined,
  allowDirect: true,
});
const message = (revision: number, second = revision): StoredMessage => ({
  revision,
  bytes: new TextEncoder().encode(`revision ${revision}`),
  time: new Date(START + second * 1_000),
  deleted: false,
  header: () => undefined,
});

function reading(answers: (StoredMessage | Error | undefined)[], infos: (BucketInfo | undefined)[]) {
  const script = new ScriptedBucket(answers, infos);
  const epochs: string[] = [];
  const reader = new Reader({
    names: new BucketNames('configs', ''),
    inspectEveryMs: 60_000,
    signal: new AbortController().signal,
    unavailable: (error) =>
      error instanceof HotConfigUnavailableError ? error : new HotConfigUnavailableError(String(error)),
    onInspected: (_, epoch) => epochs.push(epoch),
  });
  const read = (revision?: number, epoch = 'first') =>
    reader.read(script as unknown as Bucket, 'app', revision === undefined ? undefined : { epoch, revision });
  return { script, epochs, read };
}

it('a replica that lags for a moment is asked again, and the newest is found', async () => {
  const { read } = reading([message(3), message(3), message(5)], [info(5)]);
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 5, epoch: 'first' } });
});

it('a replica that keeps lagging is unreachable, never an older document', async () => {
  const { read } = reading([message(3)], [info(5)]);
  const outcome = await read(5);
  expect(outcome.outcome).toBe('unreachable');
  expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('it lags');
});

it('a replica may not go back behind what was read before, even when nobody remembers it', async () => {
  const { read } = reading([message(5), message(3)], [info(5)]);
  await read();
  expect((await read()).outcome).toBe('unreachable');
});

it('a leader that has lost revisions only once was catching up: the life goes on', async () => {
  const { read } = reading([message(3), message(3), message(5)], [info(5), info(4), info(5)]);
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 5, epoch: 'first' } });
});

it('a leader that says twice that it has lost revisions has been restored: a life of its own', async () => {
  const { read, epochs } = reading([message(3)], [info(3)]);
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 3, epoch: 'first~1' } });
  expect(epochs.at(-1)).toBe('first~1');
});

it('an older answer of a bucket made anew is read again after its life is known', async () => {
  const { read, script } = reading([message(2), message(1)], [info(9), info(1, 'second')]);
  expect(await read(9)).toMatchObject({ outcome: 'found', document: { revision: 1, epoch: 'second' } });
  expect(script.asked).toBe(2);
});

it('the same revision at another time makes the leader be asked for the life of the bucket', async () => {
  const { read } = reading([message(4, 10), message(4, 20)], [info(4), info(4, 'second')]);
  await read();
  expect(await read(4)).toMatchObject({ outcome: 'found', document: { revision: 4, epoch: 'second' } });
});

it('who may not ask the leader sees a new life where revisions go back and time goes on', async () => {
  const unknown: BucketInfo = {
    created: 'unknown',
    lastSequence: undefined,
    republish: undefined,
    allowDirect: true,
  };
  const { read } = reading([message(7, 10), message(2, 20)], [unknown]);
  await read();
  expect(await read(7, 'unknown')).toMatchObject({
    outcome: 'found',
    document: { revision: 2, epoch: 'unknown~1' },
  });
});

it('a time-out with the bucket there is unreachable after one look at it, not after many', async () => {
  const timeout = Object.assign(new Error('timeout'), { name: 'TimeoutError' });
  const { read, script } = reading([timeout], [info(5)]);
  expect((await read()).outcome).toBe('unreachable');
  expect(script.asked).toBe(1);
});

it('a bucket that is gone is missing, be it known by the leader or by nobody listening', async () => {
  const nobody = Object.assign(new Error('no responders'), { name: 'NoResponders' });
  const { read } = reading([nobody], [info(5), undefined]);
  expect(await read(5)).toEqual({ outcome: 'missing', reason: 'the bucket "configs" does not exist' });
  expect(await read(5)).toEqual({ outcome: 'missing', reason: 'the bucket "configs" does not exist' });
});
