import type { Observable } from 'rxjs';
import type {
  DeepReadonly,
  HotConfigChange,
  HotConfigRejection,
  HotConfigSnapshot,
  HotConfigStatus,
} from '../contract/index.js';

export interface OnChangeOptions {
  /** Call the hook at once with the current value; `previous` is undefined then. */
  readonly immediate?: boolean;
  /** Milliseconds for one call; the module's `hookTimeoutMs` when undefined. */
  readonly timeoutMs?: number;
  /** For messages. */
  readonly name?: string;
}

/** Ends a subscription; works with `using` too. Ending it twice does nothing. */
export interface HotConfigSubscription {
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * A config that changes under the reader. Inject it with `@HotConfig(…)`, keep the ref, and read `value` where you use it:
 * a copy kept in a field is a config that no longer changes.
 */
export abstract class HotConfigRef<T> {
  abstract readonly key: string;
  /** Always valid, deeply frozen: writing to it is a TypeError. */
  abstract readonly value: DeepReadonly<T>;
  /** The value with its revision, epoch, digest, origin and time. */
  abstract readonly snapshot: HotConfigSnapshot<T>;
  /** Where the value stands: live, stale, from disk or built in; what was refused and why. */
  abstract readonly status: HotConfigStatus;
  /** The current value, then each new one. Completes when the application closes. A subscriber that throws is logged. */
  abstract readonly value$: Observable<DeepReadonly<T>>;
  /** Each change from now on. Consecutive revisions may be conflated; the newest always comes. */
  abstract readonly changes$: Observable<HotConfigChange<T>>;
  /** Each document that is refused from now on. */
  abstract readonly rejections$: Observable<HotConfigRejection>;
  /** A ref on a part, which changes only when that part does. `equals` defaults to deep equality. */
  abstract select<R>(
    pick: (value: DeepReadonly<T>) => R,
    equals?: (previous: R, current: R) => boolean,
  ): HotConfigRef<R>;
  /** Calls the hook on each change, never twice at a time, newest value first; failures are logged and in the status. */
  abstract onChange(
    hook: (change: HotConfigChange<T>) => unknown,
    options?: OnChangeOptions,
  ): HotConfigSubscription;
}

/** Makes the function that ends a subscription a `HotConfigSubscription`. */
export function subscriptionOf(end: () => void): HotConfigSubscription {
  return { dispose: end, [Symbol.dispose]: end };
}
