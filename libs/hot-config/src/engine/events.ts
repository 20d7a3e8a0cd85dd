import type {
  HotConfigChange,
  HotConfigError,
  HotConfigHookFailure,
  HotConfigLastKnownGoodError,
  HotConfigRejection,
  HotConfigSnapshot,
  LinkState,
} from '../contract/index.js';
import type { Provenance } from './key/key-state.js';

/** What an operator reads in a log or counts. One event per cause, not per attempt. */
export type EngineEvent =
  | {
      readonly type: 'applied';
      readonly snapshot: HotConfigSnapshot<object>;
      readonly provenance: Provenance;
      /** Undefined for the first value. */
      readonly change: HotConfigChange<object> | undefined;
      readonly pendingRestart: readonly string[];
    }
  /** The store has the value that is served already: from disk or defaults, or since before another document was rejected. */
  | { readonly type: 'confirmed'; readonly snapshot: HotConfigSnapshot<object> }
  | {
      readonly type: 'rejected';
      readonly rejection: HotConfigRejection;
      /** The snapshot that stays in force; undefined when there is none yet. */
      readonly inForce: HotConfigSnapshot<object> | undefined;
    }
  | { readonly type: 'missing'; readonly key: string; readonly reason: string }
  /** The store has a document again that was missing. */
  | { readonly type: 'found'; readonly key: string; readonly revision: number }
  | { readonly type: 'link'; readonly source: string; readonly link: LinkState }
  /** A limit of a source that works, when it appears; or what a start waits for. */
  | { readonly type: 'note'; readonly source: string; readonly note: string }
  /** By its name no document. Reported when it appears. */
  | { readonly type: 'ignored'; readonly source: string; readonly path: string }
  | { readonly type: 'read-failed'; readonly key: string; readonly error: HotConfigError }
  /** A hook of any kind was called, and has ended, well or not, or run out of time. */
  | { readonly type: 'hook-ended'; readonly key: string; readonly hook: string; readonly ms: number }
  | { readonly type: 'hook-failed'; readonly key: string; readonly failure: HotConfigHookFailure }
  /** An instance of a hot resource could not be disposed of and is abandoned. */
  | { readonly type: 'dispose-failed'; readonly resource: string; readonly reason: string }
  | { readonly type: 'listener-failed'; readonly key: string; readonly error: Error }
  | {
      readonly type: 'last-known-good-failed';
      readonly key: string;
      readonly error: HotConfigLastKnownGoodError;
    };

/** Must not throw. */
export type Report = (event: EngineEvent) => void;
