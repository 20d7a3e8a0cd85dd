import { inspect } from 'node:util';
import type { Observable } from 'rxjs';
import type {
  DeepReadonly,
  HotConfigChange,
  HotConfigRejection,
  HotConfigSnapshot,
  HotConfigState,
  HotConfigStatus,
} from '../contract/index.js';

interface HookOptions {
  /** Milliseconds for one call; the module's `hookTimeoutMs` when undefined. */
  readonly timeoutMs?: number | undefined;
  /** For messages. */
  readonly name?: string | undefined;
}

export interface FollowingHookOptions extends HookOptions {
  readonly critical?: false;
  /** Call the hook at once with the current value; `previous` is undefined then. */
  readonly immediate?: boolean;
}

export interface CriticalHookOptions extends HookOptions {
  /** The next change waits for the hook. When the hook throws, its change is rolled back. */
  readonly critical: true;
  readonly immediate?: never;
}

export type OnChangeOptions = FollowingHookOptions | CriticalHookOptions;

/** Ends a subscription; works with `using` too. Ending it twice does nothing. */
export interface HotConfigSubscription {
  dispose(): void;
  [Symbol.dispose](): void;
}

/** The form of a ref in JSON and in logs. */
export interface HotConfigRefSummary {
  readonly key: string;
  /** Undefined before the first value, like `state`. */
  readonly revision: number | undefined;
  readonly state: HotConfigState | undefined;
  /** Plain data, with `[redacted]` in place of sensitive values; undefined for a ref that does not know which are sensitive. */
  readonly value: unknown;
}

/**
 * A config that changes under the reader. Inject it with `@HotConfig(…)`, keep the ref, and read `value` where you use it:
 * a value copied into a field stops updating.
 */
export abstract class HotConfigRef<T> {
  abstract readonly key: string;
  /**
   * Always valid, deeply frozen: writing to it is a TypeError.
   *
   * @throws HotConfigUnavailableError before the first value; an injected ref has one
   */
  abstract readonly value: DeepReadonly<T>;
  /** The value with its revision, epoch, digest, origin and time. Plain data: nothing is redacted when you log it. */
  abstract readonly snapshot: HotConfigSnapshot<T>;
  /** Where the value stands: live, stale, from disk or built in; what was rejected and why. */
  abstract readonly status: HotConfigStatus;
  /** The current value, then each new one. Completes when the application closes. A subscriber that throws is logged. */
  abstract readonly value$: Observable<DeepReadonly<T>>;
  /** Each change from now on. Consecutive revisions may be conflated; the newest always comes. */
  abstract readonly changes$: Observable<HotConfigChange<T>>;
  /** Each document that is rejected from now on. */
  abstract readonly rejections$: Observable<HotConfigRejection>;
  /**
   * Runs work, and all that it awaits, on the values in force now: this and every other config that it reads stays at one
   * revision. For jobs; requests have the option `pinRequests`.
   */
  abstract pinned<R>(work: () => R): R;
  /**
   * A ref on a part, which changes only when that part does. `equals` defaults to deep equality.
   *
   * When `pick` throws on a value, `value` and `snapshot` throw the same error. Observables skip the value, and the error is logged.
   * Hooks count as failed, and a critical hook rejects the change. The next value is delivered as usual, with `previous` undefined.
   */
  abstract select<R>(
    pick: (value: DeepReadonly<T>) => R,
    equals?: (previous: R, current: R) => boolean,
  ): HotConfigRef<R>;
  /**
   * Calls the hook on each change, one call at a time: changes that come while it runs are conflated into one call with the
   * newest value. After `timeoutMs` a call is abandoned. Failures are logged and in the status.
   *
   * @throws HotConfigSetupError for an unknown option, or a `timeoutMs` that no timer can wait
   */
  abstract onChange(
    hook: (change: HotConfigChange<T>) => unknown,
    options?: OnChangeOptions,
  ): HotConfigSubscription;

  /** For a ref that is logged, or returned from a route instead of its value. Never throws. */
  toJSON(): HotConfigRefSummary {
    return summaryOf(this, () => undefined);
  }

  [inspect.custom](): HotConfigRefSummary {
    return this.toJSON();
  }
}

/** Never throws: there may be no value yet, and a selection may throw, but printing a ref must not fail. */
export function summaryOf(
  ref: Pick<HotConfigRef<unknown>, 'key' | 'snapshot' | 'status'>,
  redacted: () => unknown,
): HotConfigRefSummary {
  return {
    key: ref.key,
    revision: attempted(() => ref.snapshot.revision),
    state: attempted(() => ref.status.state),
    value: attempted(redacted),
  };
}

function attempted<R>(read: () => R): R | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Hides fields from printers and from class-transformer, which calls functions that it finds in fields. */
export function hideFields(ref: object): void {
  for (const name of Object.keys(ref)) Object.defineProperty(ref, name, { enumerable: false });
}

/** Makes the function that ends a subscription a `HotConfigSubscription`. */
export function subscriptionOf(end: () => void): HotConfigSubscription {
  return { dispose: end, [Symbol.dispose]: end };
}
