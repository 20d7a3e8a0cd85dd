import type { DeepReadonly } from './status.js';

export interface HotConfigDifference {
  /** Dotted path: `logging.level`, `servers.2`. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** Never to be shown. `previous` and `current` hold the real values all the same. */
  readonly sensitive: boolean;
  readonly previous: unknown;
  readonly current: unknown;
}

/** What a hook is told. `previous` is what this very hook saw last, so that nothing is missed when revisions are skipped. */
export interface HotConfigChange<T> {
  readonly key: string;
  /** Undefined when the hook has seen nothing yet. */
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
