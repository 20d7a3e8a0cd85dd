import { jest } from '@jest/globals';
import { HotConfigUnavailableError } from '../../contract/index.js';
import type { Bucket, BucketInfo, StoredMessage } from '../bucket.js';
import { Reader } from './reader.js';
import { BucketNames } from '../wire.js';

/** A bucket whose replicas answer what a test lays down, in order; the last answer is repeated. */
class ScriptedBucket {
  asked = 0;
  inspected = 0;
  /** Whether the leader has the key, for what a replica does not have. */
  held = false;

  constructor(
    readonly answers: (StoredMessage | Error | undefined)[],
    readonly infos: (BucketInfo | Error | undefined)[],
  ) {}

  newest(): Promise<StoredMessage | undefined> {
    const answer = this.answers[Math.min(this.asked++, this.answers.length - 1)];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  inspect(): Promise<BucketInfo | undefined> {
    const info = this.infos[Math.min(this.inspected++, this.infos.length - 1)];
    return info instanceof Error ? Promise.reject(info) : Promise.resolve(info);
  }

  leaderHolds(): Promise<boolean> {
    return Promise.resolve(this.held);
  }
}

const START = Date.UTC(2026, 0, 1);
const info = (lastSequence: number, more: Partial<BucketInfo> = {}): BucketInfo => ({
  created: 'first',
  hasLeader: true,
  lastSequence,
  replicas: 'level',
  republish: undefined,
  allowDirect: true,
  ...more,
});
const alone = { replicas: 'none' } as const;
const second = { created: 'second' };
const leaderless = { hasLeader: false, lastSequence: undefined };
const message = (revision: number, second = revision): StoredMessage => ({
  revision,
  bytes: new TextEncoder().encode(`revision ${revision}`),
  time: new Date(START + second * 1_000),
  deleted: false,
  header: () => undefined,
});

/** To a user who may not ask. */
const unknown = info(0, { created: 'unknown', lastSequence: undefined, replicas: 'unknown' });

const timeout = Object.assign(new Error('timeout'), { name: 'TimeoutError' });

function reading(answers: (StoredMessage | Error | undefined)[], infos: (BucketInfo | Error | undefined)[]) {
  letPass(0);
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
  /** `known`: what was read before, also when it was published if that is known too. */
  const read = (revision?: number, epoch = 'first', publishedAt?: Date) => {
    const known = revision === undefined ? undefined : { epoch, revision, publishedAt };
    return reader.read(script as unknown as Bucket, 'app', known);
  };
  return { script, reader, epochs, read };
}

/** Lets time pass for whoever looks at the clock. */
function letPass(ms: number): void {
  const now = performance.now() + ms;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
}

afterEach(() => {
  jest.restoreAllMocks();
});

it('a replica that lags for a moment is asked again, and the newest is found', async () => {
  const { read } = reading([message(3), message(3), message(5)], [info(5)]);
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 5, epoch: 'first' } });
});

it('a replica that keeps lagging is unreachable, never an older document', async () => {
  const { read } = reading([message(3)], [info(5, { replicas: 'lagging' })]);
  for (const ms of [0, 10_000]) {
    letPass(ms);
    const outcome = await read(5);
    expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('it lags');
  }
});

it('a replica may not go back behind what was read before, even when nobody remembers it', async () => {
  const { read } = reading([message(5), message(3)], [info(5)]);
  await read();
  expect((await read()).outcome).toBe('unreachable');
});

it('a leader that has lost revisions only for a moment was catching up: the life goes on', async () => {
  const { read } = reading([message(3), message(3), message(5)], [info(5), info(4), info(5)]);
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 5, epoch: 'first' } });
});

it.each([
  ['the leader has fewer revisions than were seen', info(3)],
  ['an older answer comes though no replica lags', info(9)],
  ['the leader has fewer revisions and a replica is out of sight', info(3, { replicas: 'lagging' })],
])('restored from a backup is believed in a cluster when it goes on: %s', async (_, found) => {
  const { read, epochs } = reading([message(3)], [found]);
  expect((await read(5)).outcome).toBe('unreachable');
  letPass(2_900);
  expect((await read(5)).outcome).toBe('unreachable');
  letPass(200);
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 3, epoch: 'first~1' } });
  expect(epochs.at(-1)).toBe('first~1');
});

it('what speaks against a restored bucket in between makes the wait begin anew', async () => {
  const answers = [...Array<StoredMessage>(5).fill(message(3)), message(5), message(3)];
  const { read } = reading(answers, [info(5)]);
  expect((await read(5)).outcome).toBe('unreachable');
  letPass(2_900);
  expect((await read(5)).outcome).toBe('found');
  letPass(2_900);
  expect((await read(5)).outcome).toBe('unreachable');
});

it.each([3, 9])(
  'where there is no replica, an older answer that is seen twice is a restored bucket: last sequence %d',
  async (last) => {
    const { read } = reading([message(3)], [info(last, alone)]);
    expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 3, epoch: 'first~1' } });
  },
);

it('without a leader nothing but a newer document counts: others may have newer ones', async () => {
  const { read, script } = reading([message(5), message(5), message(6)], [info(5), info(5, leaderless)]);
  expect((await read()).outcome).toBe('found');
  letPass(60_001);
  const outcome = await read(5);
  expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('has no leader');
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 6, epoch: 'first' } });
  expect((await read(6)).outcome).toBe('unreachable');
  script.infos.push(info(6));
  expect((await read(6)).outcome).toBe('found');
});

it('a leader that does not answer is no leader; when it does, the same answer is good again', async () => {
  const { read, script } = reading([message(5)], [info(5), timeout]);
  expect((await read()).outcome).toBe('found');
  expect((await read(5)).outcome).toBe('found');
  letPass(60_001);
  expect((await read(5)).outcome).toBe('unreachable');
  script.infos.push(info(5));
  expect((await read(5)).outcome).toBe('found');
});

it('without a leader a bucket is not taken for a restored one, nor a key for a missing one', async () => {
  const { read } = reading([message(3), message(3), undefined], [info(5, leaderless)]);
  expect((await read(5)).outcome).toBe('unreachable');
  letPass(10_000);
  expect((await read(5)).outcome).toBe('unreachable');
  expect((await read(5)).outcome).toBe('unreachable');
});

it('a replica that has not got a key yet is asked again; missing is what the leader does not have either', async () => {
  const { read, script } = reading([undefined, undefined, message(5), undefined], [info(5)]);
  script.held = true;
  expect(await read()).toMatchObject({ outcome: 'found', document: { revision: 5 } });
  const outcome = await read(5);
  expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('it lags');
  script.held = false;
  expect((await read(5)).outcome).toBe('missing');
});

it('after an acknowledgement an older answer is not the newest', async () => {
  const { read, reader } = reading([message(5), message(5), message(6)], [info(6)]);
  await read();
  reader.recordRevision('app', 6);
  expect(await read()).toMatchObject({ outcome: 'found', document: { revision: 6 } });
});

it('an older answer of a bucket made anew is read again after its life is known', async () => {
  const { read, script } = reading([message(2), message(1)], [info(9), info(1, second)]);
  expect(await read(9)).toMatchObject({ outcome: 'found', document: { revision: 1, epoch: 'second' } });
  expect(script.asked).toBe(2);
});

it('an answer that was under way while another key found the bucket made anew is not one of the new bucket', async () => {
  const { read, reader, script } = reading([message(9), message(1, 20)], [info(9, alone)]);
  await read();
  let reply = (): void => undefined;
  const newest = script.newest.bind(script);
  script.newest = () => {
    script.newest = newest;
    return new Promise((resolve) => (reply = () => resolve(message(9))));
  };
  const outcome = read(9);
  await new Promise(setImmediate);
  script.infos.push(info(1, { ...alone, ...second }));
  await reader.inspect(script as unknown as Bucket);
  reply();
  expect(await outcome).toMatchObject({ outcome: 'found', document: { revision: 1, epoch: 'second' } });
});

it('the same revision at another time makes the leader be asked for the life of the bucket', async () => {
  const { read } = reading([message(4, 10), message(4, 20)], [info(4), info(4, second)]);
  await read();
  expect(await read(4)).toMatchObject({ outcome: 'found', document: { revision: 4, epoch: 'second' } });
});

it('who may not ask the leader sees a new life where revisions go back and time goes on', async () => {
  const { read } = reading([message(7, 10), message(2, 20)], [unknown]);
  await read();
  expect((await read(7, 'unknown')).outcome).toBe('unreachable');
  letPass(3_001);
  expect(await read(7, 'unknown')).toMatchObject({
    outcome: 'found',
    document: { revision: 2, epoch: 'unknown~1' },
  });
});

it('who may not ask the leader sees also a new life that began while it was not running', async () => {
  const { time } = message(7, 10);
  const { read } = reading([message(2, 20)], [unknown]);
  expect((await read(7, 'unknown', time)).outcome).toBe('unreachable');
  letPass(3_001);
  expect(await read(7, 'unknown', time)).toMatchObject({
    outcome: 'found',
    document: { revision: 2, epoch: 'unknown~1' },
  });
});

it.each([
  ['what it answers was published before', message(7, 10).time],
  ['it is not known when that was published', undefined],
])('to who may not ask the leader a replica lags behind what was read before it ran: %s', async (_, time) => {
  const { read } = reading([message(5, 5)], [unknown]);
  for (const ms of [0, 10_000]) {
    letPass(ms);
    const outcome = await read(7, 'unknown', time);
    expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('it lags');
  }
});

it('a time-out with the bucket there is unreachable after one look at it, not after many', async () => {
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
