import { describe, expect, test } from '@jest/globals';
import { type FoundFile } from './entry.js';
import { EventHistory } from './event-history.js';
import { wasRenamedIntoPlace } from './rename-detection.js';

const tick = 4_000_000n;
const a = { folder: '', name: 'a.yaml' };

function file(times: { mtimeNs: bigint; ctimeNs: bigint; size?: number }): FoundFile {
  const { mtimeNs, ctimeNs, size = 10 } = times;
  const steps = [{ ...a, ctimeNs }];
  return { kind: 'file', path: '/configs/a.yaml', signature: 's', size, mtimeNs, ctimeNs, steps };
}

const writtenAndRenamedInOneTick = file({ mtimeNs: tick, ctimeNs: tick });
const renamedLater = file({ mtimeNs: tick, ctimeNs: 2n * tick });

/** The name showed a file before the first event, which is what a first save meets. */
function judge(
  seen: FoundFile,
  events: string[],
  shownAt: number | undefined = 0,
  newerThan = 0,
): Promise<boolean> {
  const history = new EventHistory();
  for (const event of events) history.record(event, a);
  return wasRenamedIntoPlace(seen, history, { lastEvent: history.lastEventOf([a]), newerThan, shownAt });
}

describe('whether a file was put in place complete', () => {
  test('a known file that was renamed over was, though every time of it is of one tick', async () => {
    expect(await judge(writtenAndRenamedInOneTick, ['rename'])).toBe(true);
  });

  test('a file that was removed and is being created was not, even before its first write is announced', async () => {
    expect(await judge(writtenAndRenamedInOneTick, ['rename', 'rename'])).toBe(false);
  });

  test('a new name was not, unless its times tell a rename from a creation', async () => {
    const history = new EventHistory();
    history.record('rename', a);
    const known = { lastEvent: 1, newerThan: 0, shownAt: undefined };
    expect(await wasRenamedIntoPlace(writtenAndRenamedInOneTick, history, known)).toBe(false);
    expect(await wasRenamedIntoPlace(renamedLater, history, known)).toBe(true);
  });

  test('what was written since it was renamed was not', async () => {
    expect(await judge(renamedLater, ['rename', 'change'])).toBe(false);
  });

  test('what no event announced, or only an earlier one, was not', async () => {
    expect(await judge(renamedLater, [])).toBe(false);
    expect(await judge(renamedLater, ['rename'], 0, 1)).toBe(false);
  });

  test('an empty file was not: it may be the first moment of a save', async () => {
    expect(await judge(file({ mtimeNs: tick, ctimeNs: 2n * tick, size: 0 }), ['rename'])).toBe(false);
  });

  test('content that is younger than the rename was not', async () => {
    expect(await judge(file({ mtimeNs: 2n * tick, ctimeNs: tick }), ['rename'])).toBe(false);
  });

  test('a file was not when its write is announced while the question is being answered', async () => {
    const history = new EventHistory();
    history.record('rename', a);
    const answer = wasRenamedIntoPlace(renamedLater, history, { lastEvent: 1, newerThan: 0, shownAt: 0 });
    history.record('change', a);
    expect(await answer).toBe(false);
  });
});
