import type {
  DeepReadonly,
  HotConfigChange,
  HotConfigDefinition,
  HotConfigDifference,
  HotConfigSnapshot,
} from '../../contract/index.js';
import { diffValues, differsAt, type IsSensitive } from './diff.js';

/** Describes the change from one snapshot to another. `previous` undefined: everything counts as added. */
export function changeBetween<T>(
  previous: HotConfigSnapshot<T> | undefined,
  current: HotConfigSnapshot<T>,
  isSensitive: IsSensitive,
  signal: AbortSignal,
): HotConfigChange<T> {
  return changeOf(previous, current, differencesBetween(previous?.value, current.value, isSensitive), signal);
}

/** Describes the changes of one key. All hooks that saw the same value before share one comparison. */
export class ChangeDescriber<T extends object> {
  private last:
    | { readonly before: unknown; readonly after: unknown; readonly diff: readonly HotConfigDifference[] }
    | undefined;

  constructor(private readonly definition: HotConfigDefinition<T>) {}

  describe(
    previous: HotConfigSnapshot<T> | undefined,
    current: HotConfigSnapshot<T>,
    signal: AbortSignal,
  ): HotConfigChange<T> {
    const [before, after] = [previous?.value, current.value];
    if (this.last?.before !== before || this.last?.after !== after) {
      const isSensitive: IsSensitive = (value, path) => this.definition.isSensitive(value, path);
      this.last = { before, after, diff: differencesBetween(before, after, isSensitive) };
    }
    return changeOf(previous, current, this.last.diff, signal);
  }
}

function differencesBetween(
  before: unknown,
  after: unknown,
  isSensitive: IsSensitive,
): readonly HotConfigDifference[] {
  const nothing = typeof after === 'object' ? {} : undefined;
  return diffValues(before ?? nothing, after, isSensitive);
}

function changeOf<T>(
  previous: HotConfigSnapshot<T> | undefined,
  { key, value, revision, epoch, digest, origin, publishedAt }: HotConfigSnapshot<T>,
  diff: readonly HotConfigDifference[],
  signal: AbortSignal,
): HotConfigChange<T> {
  const before: DeepReadonly<T> | undefined = previous?.value;
  const has = (path: string): boolean => differsAt(diff, path);
  return {
    key,
    previous: before,
    current: value,
    revision,
    epoch,
    digest,
    origin,
    publishedAt,
    diff,
    has,
    signal,
  };
}
