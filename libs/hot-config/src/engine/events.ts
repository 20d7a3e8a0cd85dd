import type {
  HotConfigChange,
  HotConfigError,
  HotConfigHookFailure,
  HotConfigRejection,
  HotConfigSnapshot,
  HotConfigSnapshotError,
  LinkState,
} from '../contract/index.js';
import type { Provenance } from './key-state.js';

/** What an operator would want to read in a log; one of each per cause, not per attempt. */
export type EngineEvent =
  | {
      readonly type: 'applied';
      readonly snapshot: HotConfigSnapshot<object>;
      readonly provenance: Provenance;
      /** Undefined for the first value. */
      readonly change: HotConfigChange<object> | undefined;
    }
  /** The store has the very value that was served from disk or from the defaults. */
  | { readonly type: 'confirmed'; readonly snapshot: HotConfigSnapshot<object> }
  | {
      readonly type: 'rejected';
      readonly rejection: HotConfigRejection;
      /** What keeps serving; undefined when there is nothing yet. */
      readonly inForce: HotConfigSnapshot<object> | undefined;
    }
  | { readonly type: 'missing'; readonly key: string; readonly reason: string }
  | { readonly type: 'link'; readonly source: string; readonly link: LinkState }
  | { readonly type: 'read-failed'; readonly key: string; readonly error: HotConfigError }
  | { readonly type: 'hook-failed'; readonly key: string; readonly failure: HotConfigHookFailure }
  | { readonly type: 'listener-failed'; readonly key: string; readonly error: unknown }
  | { readonly type: 'snapshot-failed'; readonly key: string; readonly error: HotConfigSnapshotError };

/** Must not throw. */
export type Report = (event: EngineEvent) => void;
