import { jest } from '@jest/globals';
import { HotConfigUnavailableError } from '../../contract/index.js';
import type { Bucket, BucketInfo, StoredMessage } from '../bucket.js';
import { BucketNames } from '../wire.js';
import { Reader } from './reader.js';

/** A bucket whose replicas give the answers of a script, in order; the last answer is repeated. */
class ScriptedBucket {
  asked = 0;
  inspected = 0;
  /** Whether the leader has a key that a replica does not have. */
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

/** The answer for a user who may not ask the leader. */
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
  /** The parameters are the position that was read before, and the time of its document when that is known. */
  const read = (revision?: number, epoch = 'first', publishedAt?: Date) => {
    const known = revision === undefined ? undefined : { epoch, revision, publishedAt };
    return reader.read(script as unknown as Bucket, 'app', known);
  };
  return { script, reader, epochs, read };
}

/** Moves the clock of the reader. */
function letPass(ms: number): void {
  const now = performance.now() + ms;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
}

afterEach(() => {
  jest.restoreAllMocks();
});

it('a replica that lags for a moment is asked again, and the newest document is found', async () => {
  const { read } = reading([message(3), message(3), message(5)], [info(5)]);
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 5, epoch: 'first' } });
});

it('a replica that keeps lagging makes the key unreachable, and never gives an older document', async () => {
  const { read } = reading([message(3)], [info(5, { replicas: 'lagging' })]);
  for (const ms of [0, 10_000]) {
    letPass(ms);
    const outcome = await read(5);
    expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('it lags');
  }
});

it('a replica answer older than an earlier read is never taken for the newest, also when the caller has no known position', async () => {
  const { read } = reading([message(5), message(3)], [info(5)]);
  await read();
  expect((await read()).outcome).toBe('unreachable');
});

it('a leader that has fewer revisions only for a moment begins no new epoch', async () => {
  const { read } = reading([message(3), message(3), message(5)], [info(5), info(4), info(5)]);
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 5, epoch: 'first' } });
});

it.each([
  ['the leader has fewer revisions than were seen', info(3)],
  ['an older answer comes though no replica lags', info(9)],
  ['the leader has fewer revisions and a replica is out of sight', info(3, { replicas: 'lagging' })],
])('a cluster bucket counts as restored from a backup when the sign lasts: %s', async (_, found) => {
  const { read, epochs } = reading([message(3)], [found]);
  expect((await read(5)).outcome).toBe('unreachable');
  letPass(2_900);
  expect((await read(5)).outcome).toBe('unreachable');
  letPass(200);
  expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 3, epoch: 'first~1' } });
  expect(epochs.at(-1)).toBe('first~1');
});

it('a sign of a restored bucket must last from the beginning again after an answer without the sign', async () => {
  const answers = [...Array<StoredMessage>(5).fill(message(3)), message(5), message(3)];
  const { read } = reading(answers, [info(5)]);
  expect((await read(5)).outcome).toBe('unreachable');
  letPass(2_900);
  expect((await read(5)).outcome).toBe('found');
  letPass(2_900);
  expect((await read(5)).outcome).toBe('unreachable');
});

it.each([3, 9])(
  'where there is no replica, an older answer that is seen twice means a restored bucket: last sequence %d',
  async (last) => {
    const { read } = reading([message(3)], [info(last, alone)]);
    expect(await read(5)).toMatchObject({ outcome: 'found', document: { revision: 3, epoch: 'first~1' } });
  },
);

it('only a newer document is accepted without a leader, since other replicas may have newer documents', async () => {
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

it('a known document confirms nothing while the leader does not answer, and confirms again once the leader answers', async () => {
  const { read, script } = reading([message(5)], [info(5), timeout]);
  expect((await read()).outcome).toBe('found');
  expect((await read(5)).outcome).toBe('found');
  letPass(60_001);
  expect((await read(5)).outcome).toBe('unreachable');
  script.infos.push(info(5));
  expect((await read(5)).outcome).toBe('found');
});

it('no bucket counts as restored without a leader, and no key as missing', async () => {
  const { read } = reading([message(3), message(3), undefined], [info(5, leaderless)]);
  expect((await read(5)).outcome).toBe('unreachable');
  letPass(10_000);
  expect((await read(5)).outcome).toBe('unreachable');
  expect((await read(5)).outcome).toBe('unreachable');
});

it('a key is missing only when the leader does not have it either; a replica without it is asked again', async () => {
  const { read, script } = reading([undefined, undefined, message(5), undefined], [info(5)]);
  script.held = true;
  expect(await read()).toMatchObject({ outcome: 'found', document: { revision: 5 } });
  const outcome = await read(5);
  expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('it lags');
  script.held = false;
  expect((await read(5)).outcome).toBe('missing');
});

it('an older answer after an acknowledgement is not taken for the newest', async () => {
  const { read, reader } = reading([message(5), message(5), message(6)], [info(6)]);
  await read();
  reader.recordRevision('app', 6);
  expect(await read()).toMatchObject({ outcome: 'found', document: { revision: 6 } });
});

it('an older answer of a recreated bucket is read again once its epoch is known', async () => {
  const { read, script } = reading([message(2), message(1)], [info(9), info(1, second)]);
  expect(await read(9)).toMatchObject({ outcome: 'found', document: { revision: 1, epoch: 'second' } });
  expect(script.asked).toBe(2);
});

it('an answer in flight while another key found a new epoch does not count for the new epoch', async () => {
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

it('the same revision with another time makes the reader ask the leader for the epoch', async () => {
  const { read } = reading([message(4, 10), message(4, 20)], [info(4), info(4, second)]);
  await read();
  expect(await read(4)).toMatchObject({ outcome: 'found', document: { revision: 4, epoch: 'second' } });
});

it('a user who may not ask the leader finds a new epoch when revisions go back and times go on', async () => {
  const { read } = reading([message(7, 10), message(2, 20)], [unknown]);
  await read();
  expect((await read(7, 'unknown')).outcome).toBe('unreachable');
  letPass(3_001);
  expect(await read(7, 'unknown')).toMatchObject({
    outcome: 'found',
    document: { revision: 2, epoch: 'unknown~1' },
  });
});

it('a user who may not ask the leader also finds an epoch that began while the process was down', async () => {
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
  ['its answer was published before that read', message(7, 10).time],
  ['the time of the document that was read is not known', undefined],
])(
  'for a user who may not ask the leader, an answer older than an earlier read means a lagging replica: %s',
  async (_, time) => {
    const { read } = reading([message(5, 5)], [unknown]);
    for (const ms of [0, 10_000]) {
      letPass(ms);
      const outcome = await read(7, 'unknown', time);
      expect(outcome.outcome === 'unreachable' && outcome.error.message).toContain('it lags');
    }
  },
);

it('a read that times out although the bucket exists is unreachable after one inspection', async () => {
  const { read, script } = reading([timeout], [info(5)]);
  expect((await read()).outcome).toBe('unreachable');
  expect(script.asked).toBe(1);
});

it('the keys of a bucket that is gone are missing, whether the leader reports that or no server answers for the bucket', async () => {
  const nobody = Object.assign(new Error('no responders'), { name: 'NoResponders' });
  const { read } = reading([nobody], [info(5), undefined]);
  expect(await read(5)).toEqual({ outcome: 'missing', reason: 'the bucket "configs" does not exist' });
  expect(await read(5)).toEqual({ outcome: 'missing', reason: 'the bucket "configs" does not exist' });
});
