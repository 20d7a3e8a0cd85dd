import type { DeepReadonly, HotConfigChange, HotConfigSnapshot } from '../contract/index.js';
import { diffValues, differsAt, type IsSensitive } from './diff.js';

/** Describes the step from what somebody saw last to a snapshot. Everything counts as added for who saw nothing. */
export function changeBetween<T>(
  previous: HotConfigSnapshot<T> | undefined,
  current: HotConfigSnapshot<T>,
  isSensitive: IsSensitive,
  signal: AbortSignal,
): HotConfigChange<T> {
  const before: DeepReadonly<T> | undefined = previous?.value;
  const nothing = typeof current.value === 'object' ? {} : undefined;
  const diff = diffValues(before ?? nothing, current.value, isSensitive);
  return {
    key: current.key,
    previous: before,
    current: current.value,
    revision: current.revision,
    epoch: current.epoch,
    digest: current.digest,
    origin: current.origin,
    publishedAt: current.publishedAt,
    diff,
    has: (path) => differsAt(diff, path),
    signal,
  };
}
