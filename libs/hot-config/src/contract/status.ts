import type { HotConfigError, HotConfigIssue, HotConfigLastKnownGoodError } from './errors.js';

/** Functions, dates and other leaves stay as they are; objects and arrays become read-only all the way down. */
export type DeepReadonly<T> = T extends Unchanging
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<DeepReadonly<K>, DeepReadonly<V>>
    : T extends ReadonlySet<infer V>
      ? ReadonlySet<DeepReadonly<V>>
      : T extends readonly (infer Member)[]
        ? ReadonlyList<T, Member>
        : T extends object
          ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
          : T;

/** A branded text or number is an object too, as far as the compiler knows. */
type Unchanging =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | URL
  | RegExp
  | ((...args: never[]) => unknown);

/** A tuple keeps its positions, and a branded list its brand. */
type ReadonlyList<T, Member> = T extends readonly [...unknown[], unknown]
  ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
  : keyof T extends keyof unknown[]
    ? readonly DeepReadonly<Member>[]
    : { readonly [K in keyof T]: DeepReadonly<T[K]> };

/**
 * One validated, deeply frozen value and where it came from. Plain data: printing it shows sensitive values. Not frozen: instances
 * of classes that are not the config's own, such as a luxon DateTime, RegExps, and the bytes of typed arrays.
 */
export interface HotConfigSnapshot<T> {
  readonly key: string;
  readonly value: DeepReadonly<T>;
  /** 0 for built-in defaults. */
  readonly revision: number;
  /** `''` for built-in defaults. */
  readonly epoch: string;
  /** SHA-256 (hex) of the canonical parsed document: equal for equal content. */
  readonly digest: string;
  readonly origin: string;
  /** When the store accepted the document, by the store's clock. */
  readonly publishedAt: Date | undefined;
  readonly appliedAt: Date;
}

/**
 * Where the served value stands: `live` confirmed by the store within the bound; `stale` not confirmed;
 * `last-known-good` read from disk at start, `defaults` built in, both not yet confirmed by the store.
 */
export type HotConfigState = 'live' | 'stale' | 'last-known-good' | 'defaults';

/** Why one document was not applied. The applied value keeps serving. */
export interface HotConfigRejection {
  readonly key: string;
  readonly revision: number;
  readonly epoch: string;
  readonly origin: string;
  /**
   * `decode`: the bytes are no document, or a variable is missing. `validate`: the schema rejected it. `prepare`: a hook before the
   * change or a hot resource failed, or anything else that nobody has foreseen. `confirm`: the document was applied, and rolled back
   * because a critical hook failed.
   */
  readonly stage: 'decode' | 'validate' | 'prepare' | 'confirm';
  /** When the store accepted the document, by the store's clock. */
  readonly publishedAt: Date | undefined;
  readonly at: Date;
  readonly error: HotConfigError;
  readonly issues: readonly HotConfigIssue[];
}

/** A hook that failed on the newest change it saw. Cleared when it succeeds. In JSON `error` is its name and message. */
export interface HotConfigHookFailure {
  readonly hook: string;
  readonly revision: number;
  readonly at: Date;
  readonly error: Error;
}

export interface HotConfigStatus {
  readonly key: string;
  readonly state: HotConfigState;
  /** Since when `state` holds. */
  readonly since: Date;
  /** The document that is served. */
  readonly applied: {
    readonly revision: number;
    readonly epoch: string;
    readonly digest: string;
    readonly at: Date;
  };
  /** The document that was tried last; undefined before the first. */
  readonly attempted: { readonly revision: number; readonly epoch: string; readonly at: Date } | undefined;
  /** Paths of the applied document whose values wait for a restart; until then the values of the start are served. */
  readonly pendingRestart: readonly string[];
  /** Set while the newest document is rejected. */
  readonly rejection: HotConfigRejection | undefined;
  /** Set while the store is reachable and says that it has no such document. */
  readonly missing: { readonly since: Date; readonly reason: string } | undefined;
  /**
   * Set while the store is known to hold a newer document than the served one: the position of that document, and when the first
   * document that is not served was stored. Documents since `confirmedAt` may be unknown.
   */
  readonly behind: { readonly revision: number; readonly epoch: string; readonly since: Date } | undefined;
  /**
   * When the store last confirmed what is served or attempted. For a value from disk: when it was saved, since it came from the
   * store. Undefined for built-in defaults until the store answers.
   */
  readonly confirmedAt: Date | undefined;
  readonly source: {
    readonly name: string;
    readonly up: boolean;
    readonly since: Date;
    readonly reason: string | undefined;
    /** Limits of a source that works, one sentence each: changes may come late, for instance. */
    readonly notes: readonly string[];
  };
  readonly hookFailures: readonly HotConfigHookFailure[];
  /** Set while what is served cannot be saved as the last known good: a restart without the store would not have it. */
  readonly lastKnownGoodFailure:
    { readonly since: Date; readonly error: HotConfigLastKnownGoodError } | undefined;
}
