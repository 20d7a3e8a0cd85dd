import type { DeepReadonly } from './status.js';

/**
 * The paths inside a config: `logging.level`, `servers.2`. Six names deep; below that any path is accepted. A dot inside a key is
 * written `\\.`: `db\\.password`.
 */
export type HotConfigPath<T, Depth extends readonly unknown[] = []> = Depth['length'] extends 6
  ? string
  : // Before the leaves: to the compiler a Map is a Set too.
    T extends ReadonlyMap<string, infer Member>
    ? Step<string, Member, Depth>
    : T extends Leaf
      ? never
      : T extends readonly (infer Member)[]
        ? Step<`${number}`, Member, Depth>
        : { [Name in keyof T & string]: Step<Name, T[Name], Depth> }[keyof T & string];

type Step<Name extends string, Part, Depth extends readonly unknown[]> =
  Name | `${Name}.${unknown extends Part ? string : HotConfigPath<NonNullable<Part>, [...Depth, unknown]>}`;

/** No path leads into these. */
type Leaf =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | symbol
  | Date
  | URL
  | RegExp
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ((...args: never[]) => unknown);

export interface HotConfigDifference {
  /** Steps joined by dots: `logging.level`, `servers.2`. A dot inside a key is written `\\.`: `db\\.password`. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** True: `previous` and `current`, which hold the real values, must never be shown. */
  readonly sensitive: boolean;
  readonly previous: unknown;
  readonly current: unknown;
}

/** What a hook is called with. `previous` is the value that this very hook saw last: a hook misses nothing when revisions are skipped. */
export interface HotConfigChange<T> {
  readonly key: string;
  /** Undefined when the hook has seen nothing yet, or when `select` threw on the value before. */
  readonly previous: DeepReadonly<T> | undefined;
  readonly current: DeepReadonly<T>;
  readonly revision: number;
  readonly epoch: string;
  readonly digest: string;
  readonly origin: string;
  readonly publishedAt: Date | undefined;
  readonly diff: readonly HotConfigDifference[];
  /** Whether the property at this path, or anything below or above it, differs. Paths as in `diff`. */
  has(path: string): boolean;
  /** Aborted when the hook's time is over or the application stops. */
  readonly signal: AbortSignal;
}
