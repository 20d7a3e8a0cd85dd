import type { HotConfigDifference } from './change.js';

/** The second argument of `verify`. */
export interface HotResourceVerifyContext<S> {
  /** Aborted when the build's time is over, another build of the same change failed, or the application stops. */
  readonly signal: AbortSignal;
  /** The selected part that the instance in use was built from; undefined in the first build. */
  readonly previous: S | undefined;
}

/** The second argument of `create`. */
export interface HotResourceContext<S> extends HotResourceVerifyContext<S> {
  /** From `previous` to what is selected now; everything counts as added in the first build. */
  readonly diff: readonly HotConfigDifference[];
  /**
   * The instance of a resource listed in `uses` that will be in use together with this build's.
   *
   * @throws TypeError for a token that `uses` does not list
   */
  readonly resource: <D>(token: unknown) => D;
}

/** Something built from config, and rebuilt when the selected part of it changes. Made by `hotResource`. */
export interface HotResourceDefinition<T = unknown, S = unknown> {
  readonly token: unknown;
  /** For messages: `PG_POOL`. */
  readonly name: string;
  /** The keys of the configs that the resource is built from. */
  readonly keys: readonly string[];
  /** Tokens of the resources that this one is built on: rebuilt after them, disposed of before them. */
  readonly uses: readonly unknown[];
  /** Given the values of `keys`, in that order. */
  select(values: readonly unknown[]): S;
  equals(previous: S, current: S): boolean;
  create(selected: S, context: HotResourceContext<S>): T | Promise<T>;
  /** Throwing rejects the change. */
  verify?(instance: T, context: HotResourceVerifyContext<S>): unknown;
  dispose?(instance: T): unknown;
  /** Milliseconds for `create` and `verify` together; the engine's `hookTimeoutMs` when undefined. */
  readonly timeoutMs: number | undefined;
  /** Milliseconds that leases get to end before a replaced instance is disposed of regardless. */
  readonly drainMs: number;
  /** Milliseconds for `dispose`. A disposal that takes longer is reported and abandoned. */
  readonly disposeTimeoutMs: number;
}

/** The state of a hot resource. */
export interface HotResourceStatus {
  readonly name: string;
  /** Undefined before the first build. */
  readonly builtAt: Date | undefined;
  /** Leases of the instance in use that have not ended. */
  readonly leases: number;
  /** Replaced instances that wait for their leases to end, or are being disposed of. */
  readonly draining: number;
}
