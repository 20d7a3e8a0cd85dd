import type {
  HotConfigRejection,
  HotConfigSnapshot,
  HotConfigState,
  Position,
} from '../../contract/index.js';
import type { EvaluatedDocument } from './document-evaluation.js';

/** Where the applied value came from. */
export type Provenance = 'store' | 'last-known-good' | 'defaults';

/** A document that was tried, kept to recognise it when the source reports it again. */
export interface Attempt extends Position {
  readonly bytes: Uint8Array;
  readonly at: Date;
}

/** The newest document of the store; `since`: when the store accepted the first one that is not applied. */
export interface Behind extends Position {
  readonly since: Date;
}

/** Everything known about one key. Only `transition` makes a new one. */
export interface KeyState<T extends object> {
  readonly applied: HotConfigSnapshot<T> | undefined;
  /** The first document that was served: what the process started with. */
  readonly first: EvaluatedDocument<T> | undefined;
  /** Served before the last swap, or rolled back. Listeners get both sides of a change, and may quote them in an error. */
  readonly replaced: HotConfigSnapshot<T> | undefined;
  readonly provenance: Provenance | undefined;
  /** Paths of the applied document that wait for a restart. */
  readonly pendingRestart: readonly string[];
  readonly attempted: Attempt | undefined;
  readonly rejection: HotConfigRejection | undefined;
  readonly missing: { readonly since: Date; readonly reason: string } | undefined;
  /** The newest document that the store is known to hold, while another one is applied. */
  readonly behind: Behind | undefined;
  /** When the store last answered with the document that is applied or attempted. */
  readonly confirmedAt: Date | undefined;
  /** Since when the store has confirmed without a gap. */
  readonly liveSince: Date | undefined;
}

export type KeyEvent<T extends object> =
  /** The store holds this document; nobody has tried it yet. */
  | { readonly type: 'reported'; readonly position: Position; readonly at: Date }
  | { readonly type: 'attempted'; readonly attempt: Attempt }
  | { readonly type: 'rejected'; readonly rejection: HotConfigRejection }
  | {
      readonly type: 'swapped';
      readonly evaluated: EvaluatedDocument<T>;
      readonly provenance: Provenance;
    }
  /** The value before the last swap is in force again. */
  | { readonly type: 'rolled-back'; readonly before: KeyState<T> }
  /** The value served from disk was the store's at that time. */
  | { readonly type: 'remembered'; readonly at: Date }
  | { readonly type: 'confirmed'; readonly at: Date }
  | { readonly type: 'missing'; readonly reason: string; readonly at: Date };

export const initialState: KeyState<never> = {
  applied: undefined,
  first: undefined,
  replaced: undefined,
  provenance: undefined,
  pendingRestart: [],
  attempted: undefined,
  rejection: undefined,
  missing: undefined,
  behind: undefined,
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
    case 'reported': {
      const { position, at } = event;
      const newest = { ...positionOf(position), since: state.behind?.since ?? at };
      return { ...state, behind: behindAfter(state.applied, newest) };
    }
    case 'attempted':
      return { ...state, attempted: event.attempt };
    case 'rejected': {
      const { rejection } = event;
      // `behind` is undefined where other content has the applied position: a bucket that was re-created unnoticed.
      const since = rejection.publishedAt ?? rejection.at;
      const behind = state.behind ?? { ...positionOf(rejection), since };
      return { ...state, rejection, behind: state.missing ? undefined : behind };
    }
    case 'swapped':
      return swapped(state, event.evaluated, event.provenance);
    case 'rolled-back':
      return rolledBack(state, event.before);
    case 'remembered':
      return { ...state, confirmedAt: state.confirmedAt ?? event.at };
    case 'confirmed':
      return confirmed(state, event.at, staleAfterMs);
    case 'missing':
      // No value is behind a document that does not exist.
      return {
        ...state,
        missing: { since: state.missing?.since ?? event.at, reason: event.reason },
        behind: undefined,
      };
  }
}

function swapped<T extends object>(
  state: KeyState<T>,
  evaluated: EvaluatedDocument<T>,
  provenance: Provenance,
): KeyState<T> {
  const { snapshot, pendingRestart } = evaluated;
  const isSameValue = state.applied?.value === snapshot.value;
  return {
    ...state,
    ...{ applied: snapshot, provenance, pendingRestart },
    first: state.first ?? evaluated,
    replaced: isSameValue ? state.replaced : state.applied,
    // A fallback is served in place of a rejected document; the rejection stays.
    behind: provenance === 'store' ? undefined : behindAfter(snapshot, state.behind),
    rejection: provenance === 'store' ? undefined : state.rejection,
  };
}

function rolledBack<T extends object>(state: KeyState<T>, before: KeyState<T>): KeyState<T> {
  const { applied, provenance, pendingRestart, behind } = before;
  // A document reported since the swap is the newest, but the store has been ahead since before.
  const newest = behind ? { ...behind, ...state.behind, since: behind.since } : state.behind;
  const restored = { applied, provenance, pendingRestart, replaced: state.applied };
  return { ...state, ...restored, behind: state.missing ? undefined : newest };
}

function confirmed<T extends object>(state: KeyState<T>, at: Date, staleAfterMs: number): KeyState<T> {
  const isUnbroken =
    state.liveSince !== undefined && !state.missing && !isOverdue(state.confirmedAt, at, staleAfterMs);
  return { ...state, confirmedAt: at, liveSince: isUnbroken ? state.liveSince : at, missing: undefined };
}

function behindAfter(applied: Position | undefined, newest: Behind | undefined): Behind | undefined {
  return applied?.revision === newest?.revision && applied?.epoch === newest?.epoch ? undefined : newest;
}

function positionOf({ revision, epoch }: Position): Position {
  return { revision, epoch };
}

/** Where the served value stands at a moment, and since when. */
export function standingOf<T extends object>(
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

/** By the wall clock. A clock that was set back by more than the bound proves nothing: overdue until the next confirmation. */
function isOverdue(confirmedAt: Date | undefined, now: Date, staleAfterMs: number): boolean {
  return confirmedAt === undefined || Math.abs(now.getTime() - confirmedAt.getTime()) > staleAfterMs;
}
