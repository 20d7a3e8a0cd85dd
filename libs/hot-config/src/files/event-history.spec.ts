import { describe, expect, test } from '@jest/globals';
import { EventHistory } from './event-history.js';

const a = { folder: '', name: 'a.yaml' };

function after(...events: string[]): EventHistory {
  const history = new EventHistory();
  for (const event of events) {
    const [kind = '', name = ''] = event.split(':');
    history.record(kind, { folder: '', name });
  }
  return history;
}

describe('the event history of a folder', () => {
  test('shows a rename over a file as its only rename since the file was seen', () => {
    const history = after('rename:tmp', 'change:tmp', 'rename:tmp', 'rename:a.yaml');
    expect(history.replacementOf(a)).toEqual({ seq: 4, sameSince: 0 });
  });

  test('shows a removal before a creation, so that a creation is never taken for a rename over a file', () => {
    expect(after('rename:a.yaml', 'rename:a.yaml').replacementOf(a)).toEqual({ seq: 2, sameSince: 1 });
    expect(after('rename:a.yaml', 'change:a.yaml', 'rename:a.yaml').replacementOf(a)).toEqual({
      seq: 3,
      sameSince: 1,
    });
  });

  test('shows a removal also when the name was dropped in between because it had no file', () => {
    const history = after('rename:a.yaml', 'rename:b.yaml');
    history.keepOnly('', new Set(['b.yaml']), history.position);
    history.record('rename', a);
    expect(history.replacementOf(a)).toEqual({ seq: 3, sameSince: 1 });
    expect(history.replacementOf({ folder: '', name: 'b.yaml' })).toEqual({ seq: 2, sameSince: 0 });
  });

  test('shows no replacement of a name that was written to after its rename', () => {
    expect(after('rename:a.yaml', 'change:a.yaml').replacementOf(a)).toBeUndefined();
  });

  test('keeps an event that came after the folder was listed', () => {
    const history = after('rename:tmp');
    history.keepOnly('', new Set(), 0);
    expect(history.lastEventOf([{ folder: '', name: 'tmp' }])).toBe(1);
  });

  test('counts a gap in the events as an event of every name', () => {
    const history = after('rename:a.yaml');
    history.forget('');
    history.record('rename', a);
    expect(history.replacementOf(a)).toEqual({ seq: 3, sameSince: 2 });
  });
});
