import type { HotConfigRejection, HotConfigSnapshot, HotConfigState, Position } from '../contract/index.js';

/** Where the applied value was had from. */
export type Provenance = 'store' | 'snapshot' | 'defaults';

/** A document that was tried, kept to recognise it when it is read again. */
export interface Attempt extends Position {
  readonly bytes: Uint8Array;
  readonly at: Date;
}

/** All that is known of one key. Replaced as a whole, by `transition` alone. */
export interface KeyState<T extends object> {
  readonly applied: HotConfigSnapshot<T> | undefined;
  readonly provenance: Provenance | undefined;
  readonly attempted: Attempt | undefined;
  readonly rejection: HotConfigRejection | undefined;
  readonly missing: { readonly since: Date; readonly reason: string } | undefined;
  /** When the store last answered with the document that is applied or attempted. */
  readonly confirmedAt: Date | undefined;
  /** Since when the store has confirmed without a gap. */
  readonly liveSince: Date | undefined;
}

export type KeyEvent<T extends object> =
  | { readonly type: 'attempted'; readonly attempt: Attempt }
  | { readonly type: 'rejected'; readonly rejection: HotConfigRejection }
  | { readonly type: 'swapped'; readonly snapshot: HotConfigSnapshot<T>; readonly provenance: Provenance }
  | { readonly type: 'confirmed'; readonly at: Date }
  | { readonly type: 'missing'; readonly reason: string; readonly at: Date };

export const unknownKey: KeyState<never> = {
  applied: undefined,
  provenance: undefined,
  attempted: undefined,
  rejection: undefined,
  missing: undefined,
  confirmedAt: undefined,
  liveSince: undefined,
};

/** The one place where the state of a key changes. */
export function transition<T extends object>(
  state: KeyState<T>,
  event: KeyEvent<T>,
  staleAfterMs: number,
): KeyState<T> {
  switch (event.type) {
    case 'attempted':
      return { ...state, attempted: event.attempt };
    case 'rejected':
      return { ...state, rejection: event.rejection };
    case 'swapped':
      // A fallback answers a refused document; it does not make it a good one.
      return {
        ...state,
        applied: event.snapshot,
        provenance: event.provenance,
        rejection: event.provenance === 'store' ? undefined : state.rejection,
      };
    case 'confirmed': {
      const unbroken =
        state.liveSince !== undefined &&
        state.missing === undefined &&
        !isOverdue(state.confirmedAt, event.at, staleAfterMs);
      return {
        ...state,
        confirmedAt: event.at,
        liveSince: unbroken ? state.liveSince : event.at,
        missing: undefined,
      };
    }
    case 'missing':
      return { ...state, missing: { since: state.missing?.since ?? event.at, reason: event.reason } };
  }
}

/** Where the served value stands at a moment, and since when. */
export function standingOf<T extends object>(
  state: KeyState<T>,
  now: Date,
  staleAfterMs: number,
): { readonly state: HotConfigState; readonly since: Date } {
  const appliedAt = state.applied?.appliedAt ?? now;
  if (state.provenance === 'snapshot' || state.provenance === 'defaults') {
    return { state: state.provenance, since: appliedAt };
  }
  if (state.missing) return { state: 'stale', since: state.missing.since };
  if (isOverdue(state.confirmedAt, now, staleAfterMs)) {
    const since = state.confirmedAt ? new Date(state.confirmedAt.getTime() + staleAfterMs) : appliedAt;
    return { state: 'stale', since };
  }
  return { state: 'live', since: state.liveSince ?? appliedAt };
}

function isOverdue(confirmedAt: Date | undefined, now: Date, staleAfterMs: number): boolean {
  return confirmedAt === undefined || now.getTime() - confirmedAt.getTime() > staleAfterMs;
}
