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

/** The name had a file before the first event, as before a first save. */
function prove(
  seen: FoundFile,
  events: string[],
  shownAt: number | undefined = 0,
  newerThan = 0,
): Promise<boolean> {
  const history = new EventHistory();
  for (const event of events) history.record(event, a);
  return wasRenamedIntoPlace(seen, history, { lastEvent: history.lastEventOf([a]), newerThan, shownAt });
}

describe('the proof that a file was renamed into place', () => {
  test('holds for a known file that was renamed over, though all its times are within one tick of the clock', async () => {
    expect(await prove(writtenAndRenamedInOneTick, ['rename'])).toBe(true);
  });

  test('fails for a file that was removed and is being created, even before its first write is announced', async () => {
    expect(await prove(writtenAndRenamedInOneTick, ['rename', 'rename'])).toBe(false);
  });

  test('fails for a new name, unless its times show a rename and no creation', async () => {
    const history = new EventHistory();
    history.record('rename', a);
    const known = { lastEvent: 1, newerThan: 0, shownAt: undefined };
    expect(await wasRenamedIntoPlace(writtenAndRenamedInOneTick, history, known)).toBe(false);
    expect(await wasRenamedIntoPlace(renamedLater, history, known)).toBe(true);
  });

  test('fails for a file that was written to after its rename', async () => {
    expect(await prove(renamedLater, ['rename', 'change'])).toBe(false);
  });

  test('fails for a change without an event, or with no event since the last read', async () => {
    expect(await prove(renamedLater, [])).toBe(false);
    expect(await prove(renamedLater, ['rename'], 0, 1)).toBe(false);
  });

  test('fails for an empty file, which may be the first moment of a save', async () => {
    expect(await prove(file({ mtimeNs: tick, ctimeNs: 2n * tick, size: 0 }), ['rename'])).toBe(false);
  });

  test('fails for content that is newer than the rename', async () => {
    expect(await prove(file({ mtimeNs: 2n * tick, ctimeNs: tick }), ['rename'])).toBe(false);
  });

  test('fails when a write is announced while the proof is being made', async () => {
    const history = new EventHistory();
    history.record('rename', a);
    const answer = wasRenamedIntoPlace(renamedLater, history, { lastEvent: 1, newerThan: 0, shownAt: 0 });
    history.record('change', a);
    expect(await answer).toBe(false);
  });
});
