import type { HotConfigSnapshot, HotConfigState, HotConfigStatus } from '../../contract/index.js';
import { isOverdue, type KeyState } from './key-state.js';

export interface StatusParts {
  readonly staleAfterMs: number;
  readonly source: HotConfigStatus['source'];
  readonly hookFailures: HotConfigStatus['hookFailures'];
  readonly lastKnownGoodFailure: HotConfigStatus['lastKnownGoodFailure'];
}

/** What an operator sees of one key that has a value. */
export function statusOf<T extends object>(
  state: KeyState<T>,
  { key, revision, epoch, digest, appliedAt }: HotConfigSnapshot<T>,
  { staleAfterMs, source, hookFailures, lastKnownGoodFailure }: StatusParts,
): HotConfigStatus {
  const { attempted, pendingRestart, rejection, missing, behind, confirmedAt } = state;
  return {
    key,
    ...standingOf(state, new Date(), staleAfterMs),
    applied: { revision, epoch, digest, at: appliedAt },
    attempted: attempted && { revision: attempted.revision, epoch: attempted.epoch, at: attempted.at },
    pendingRestart,
    rejection,
    missing,
    behind,
    confirmedAt,
    source,
    hookFailures,
    lastKnownGoodFailure,
  };
}

/** Where the served value stands at a moment, and since when. */
function standingOf<T extends object>(
  state: KeyState<T>,
  now: Date,
  staleAfterMs: number,
): { readonly state: HotConfigState; readonly since: Date } {
  const appliedAt = state.applied?.appliedAt ?? now;
  if (state.provenance === 'last-known-good' || state.provenance === 'defaults') {
    return { state: state.provenance, since: appliedAt };
  }
  if (state.missing) return { state: 'stale', since: state.missing.since };
  if (isOverdue(state.confirmedAt, now, staleAfterMs)) {
    const due = (state.confirmedAt ?? appliedAt).getTime() + (state.confirmedAt ? staleAfterMs : 0);
    return { state: 'stale', since: new Date(Math.min(due, now.getTime())) };
  }
  return { state: 'live', since: state.liveSince ?? appliedAt };
}
