import type { DeepReadonly } from './status.js';

/** The dotted paths inside a config: `logging.level`, `servers.2`. Six names deep; below that any path is accepted. */
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

/** What a path does not lead into. */
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
  /** Dotted path: `logging.level`, `servers.2`. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Must never be shown: `previous` and `current` hold the real values nevertheless. */
  readonly sensitive: boolean;
  readonly previous: unknown;
  readonly current: unknown;
}

/** What a hook is told. `previous` is what this very hook saw last, so that nothing is missed when revisions are skipped. */
export interface HotConfigChange<T> {
  readonly key: string;
  /** Undefined when the hook has seen nothing yet, or what `select` could not pick from. */
  readonly previous: DeepReadonly<T> | undefined;
  readonly current: DeepReadonly<T>;
  readonly revision: number;
  readonly epoch: string;
  readonly digest: string;
  readonly origin: string;
  readonly publishedAt: Date | undefined;
  readonly diff: readonly HotConfigDifference[];
  /** Whether the property at this dotted path, or anything below or above it, differs. */
  has(path: string): boolean;
  /** Aborted when the hook's time is over or the application stops. */
  readonly signal: AbortSignal;
}
