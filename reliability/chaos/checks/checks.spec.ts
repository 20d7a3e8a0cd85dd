import type { Child } from '../../../harness/child.mjs';
import type { Sample, ServiceAnswer } from '../sampler.mjs';
import { type Saved, SavedDocuments } from '../saved-documents.mjs';
import { tornValue } from './atomic.mjs';
import { containsSecret, falselyLive } from './honest.mjs';
import { OrderedCheck } from './ordered.mjs';
import { ValidCheck } from './valid.mjs';

const savedDocuments = new SavedDocuments();
const good = savedDocuments.add('hooked', 'good');
const invalid = savedDocuments.add('hooked', 'wrong-type');
const vetoed = savedDocuments.add('hooked', 'prepare-throws');
const child = { pid: 1 } as Child;

/** The answer of a service that serves a document correctly. */
function readingOf(saved: Saved, changes: Partial<ServiceAnswer> = {}): ServiceAnswer {
  const value = {
    logging: { level: 'WARN', format: 'text' },
    features: { enable_feature_x: false, enable_feature_y: true },
  };
  const position = { key: saved.key, revision: 1, epoch: 'first', digest: saved.digest ?? '' };
  return { ...position, status: 'live', value, markers: [saved.number], frozen: true, ...changes };
}

function sampleOf(reading: ServiceAnswer, changes: Partial<Sample> = {}): Sample {
  const times = { sentAt: 100_000, at: 100_001 };
  return { app: 'chaos-service', child, ...times, isFirst: false, text: '', readings: [reading], ...changes };
}

describe('Valid', () => {
  const problem = (saved: Saved, isFirst = false): string | undefined => {
    const reading = readingOf(saved);
    return new ValidCheck(savedDocuments).problem(sampleOf(reading, { isFirst }), reading);
  };

  it('is kept by a good document, and by a document that only hooks reject when a process begins with it', () => {
    expect(problem(good)).toBeUndefined();
    expect(problem(vetoed, true)).toBeUndefined();
  });

  it('is broken by an invalid document, by a vetoed document, and by a document that was never saved', () => {
    expect(problem(invalid)).toMatch(/wrong-type/);
    expect(problem(vetoed)).toMatch(/prepare-throws/);
    expect(problem({ ...good, digest: 'of half a document' })).toMatch(/never saved/);
  });
});

describe('Atomic', () => {
  it('is kept by a value whose parts are all of one document', () => {
    expect(tornValue(savedDocuments, readingOf(good))).toBeUndefined();
  });

  it('is broken by a part of another document, and by a value that can be written to', () => {
    const { value } = readingOf(good);
    const logging = { ...value.logging, level: 'INFO' };
    expect(tornValue(savedDocuments, readingOf(good, { value: { ...value, logging } }))).toMatch(/INFO/);
    expect(tornValue(savedDocuments, readingOf(good, { markers: [1, 2] }))).toMatch(/1, 2/);
    expect(tornValue(savedDocuments, readingOf(good, { frozen: false }))).toMatch(/frozen/);
  });
});

describe('Ordered', () => {
  const problems = (
    positions: [epoch: string, revision: number, child?: Child][],
  ): (string | undefined)[] => {
    const check = new OrderedCheck();
    return positions.map(([epoch, revision, of = child]) => {
      const reading = readingOf(good, { epoch, revision });
      return check.problem(sampleOf(reading, { child: of }), reading)?.expected;
    });
  };

  it('is kept by rising revisions, by a new epoch, and by a new process', () => {
    const positions: [string, number, Child?][] = [
      ['first', 3],
      ['first', 4],
      ['second', 1],
      ['first', 2, { pid: 2 } as Child],
    ];
    expect(problems(positions)).toEqual(positions.map(() => undefined));
  });

  it('is broken by a lower revision of the same epoch, and by the return of an epoch', () => {
    expect(
      problems([
        ['first', 4],
        ['first', 3],
      ])[1],
    ).toMatch(/revision 4/);
    expect(
      problems([
        ['first', 4],
        ['second', 1],
        ['first', 4],
      ])[2],
    ).toMatch(/first again/);
  });
});

describe('Honest', () => {
  it('is broken by a value that is live while the store is away for longer than the bound', () => {
    const sample = sampleOf(readingOf(good));
    expect(falselyLive(sample, undefined)).toBeUndefined();
    expect(falselyLive(sample, 90_000)).toBeUndefined();
    expect(falselyLive(sample, 84_000)).toMatch(/16000 ms/);
    expect(falselyLive({ ...sample, app: 'service1' }, 84_000)).toBeUndefined();
    expect(falselyLive(sampleOf(readingOf(good, { status: 'stale' })), 84_000)).toBeUndefined();
  });

  it('is broken by the password of a document in any text', () => {
    expect(containsSecret(good.text)).toBe(true);
    expect(containsSecret('database.host (sensitive)')).toBe(false);
  });
});
