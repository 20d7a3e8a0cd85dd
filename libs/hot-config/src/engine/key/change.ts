import type {
  HotConfigChange,
  HotConfigDefinition,
  HotConfigDifference,
  HotConfigSnapshot,
} from '../../contract/index.js';
import { differsAt, diffValues, type IsSensitive } from './diff.js';

/** Describes the changes of one key. All hooks that saw the same value before share one comparison. */
export class ChangeDescriber<T extends object> {
  private last: { before: unknown; after: unknown; diff: readonly HotConfigDifference[] } | undefined;

  constructor(private readonly definition: HotConfigDefinition<T>) {}

  /** From one snapshot to another. `previous` undefined: everything counts as added. */
  describe(
    previous: HotConfigSnapshot<T> | undefined,
    current: HotConfigSnapshot<T>,
    signal: AbortSignal,
  ): HotConfigChange<T> {
    const { key, revision, epoch, digest, origin, publishedAt } = current;
    const diff = this.diffOf(previous?.value, current.value);
    return {
      ...{ key, revision, epoch, digest, origin, publishedAt },
      previous: previous?.value,
      current: current.value,
      diff,
      has: (path) => differsAt(diff, path),
      signal,
    };
  }

  private diffOf(before: unknown, after: unknown): readonly HotConfigDifference[] {
    const { last } = this;
    if (last && last.before === before && last.after === after) return last.diff;
    const isSensitive: IsSensitive = (value, path) => this.definition.isSensitive(value, path);
    const nothing = typeof after === 'object' ? {} : undefined;
    const diff = diffValues(before ?? nothing, after, isSensitive);
    this.last = { before, after, diff };
    return diff;
  }
}
