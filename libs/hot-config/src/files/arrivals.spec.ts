import { describe, expect, test } from '@jest/globals';
import { Arrivals } from './arrivals.js';

function after(...events: string[]): Arrivals {
  const arrivals = new Arrivals();
  for (const event of events) {
    const [kind = '', name = ''] = event.split(':');
    arrivals.note(kind, name);
  }
  return arrivals;
}

describe('what the events of a directory tell of a name', () => {
  test('a rename over a file is its only rename since the file was seen', () => {
    const arrivals = after('rename:tmp', 'change:tmp', 'rename:tmp', 'rename:a.yaml');
    expect(arrivals.of('a.yaml')).toEqual({ seq: 4, sameSince: 0 });
  });

  test('a removal before a creation shows, so that a creation never passes for a rename over a file', () => {
    expect(after('rename:a.yaml', 'rename:a.yaml').of('a.yaml')).toEqual({ seq: 2, sameSince: 1 });
    expect(after('rename:a.yaml', 'change:a.yaml', 'rename:a.yaml').of('a.yaml')).toEqual({
      seq: 3,
      sameSince: 1,
    });
  });

  test('a removal shows also when the name was dropped in between because it had no file', () => {
    const arrivals = after('rename:a.yaml', 'rename:b.yaml');
    arrivals.keepOnly(new Set(['b.yaml']), arrivals.position);
    arrivals.note('rename', 'a.yaml');
    expect(arrivals.of('a.yaml')).toEqual({ seq: 3, sameSince: 1 });
    expect(arrivals.of('b.yaml')).toEqual({ seq: 2, sameSince: 0 });
  });

  test('a write after the rename takes the arrival back', () => {
    expect(after('rename:a.yaml', 'change:a.yaml').of('a.yaml')).toBeUndefined();
  });

  test('an event that came after the directory was listed is not dropped', () => {
    const arrivals = after('rename:tmp');
    arrivals.keepOnly(new Set(), 0);
    expect(arrivals.mark(['tmp'])).toBe(1);
  });

  test('a broken chain of events counts as an event of every name', () => {
    const arrivals = after('rename:a.yaml');
    arrivals.forget();
    arrivals.note('rename', 'a.yaml');
    expect(arrivals.of('a.yaml')).toEqual({ seq: 3, sameSince: 2 });
  });
});
