import { withDeadline } from '../../async/deadline.js';
import {
  type HotConfigChange,
  type HotConfigDefinition,
  type HotConfigSnapshot,
  HotConfigTimeoutError,
} from '../../contract/index.js';
import type { ChangeDescriber } from '../key/change.js';

/** Returned by a hook that the change does not concern: a failure of the change before stays in the status. */
export const NOT_APPLICABLE = Symbol('not applicable');

/** A function of the application that is called around a change. */
export interface Hook<T> {
  /** For messages: `Orders.onHotConfigChange`. */
  readonly name: string;
  /** Milliseconds; the engine's default when undefined. */
  readonly timeoutMs?: number | undefined;
  /** As `formatPath` writes it: the hook is called only when something there differs. */
  readonly path?: string | undefined;
  run(change: HotConfigChange<T>): unknown;
}

/** What a hook saw last; undefined: nothing yet. */
export type Seen<T> = HotConfigSnapshot<T> | undefined;

export interface HookContext<T extends object> {
  readonly definition: HotConfigDefinition<T>;
  readonly changes: ChangeDescriber<T>;
  /** Milliseconds for a hook that sets no time of its own. */
  readonly timeoutMs: number;
  /** Aborted when the engine stops and its hooks had their grace. */
  readonly stopped: AbortSignal;
  /** Called when a hook is called; the function that it returns, when the hook has ended or its time is over. */
  readonly onCalled: () => () => void;
  /** Called when a hook that the change concerned has ended, well or not. Milliseconds. */
  readonly onEnded: (hook: string, ms: number) => void;
}

/**
 * Calls a hook with the change from `seen` to `snapshot`, if the change concerns it.
 *
 * @returns whether the change concerned the hook
 * @throws what the hook throws, or HotConfigTimeoutError
 */
export async function callHook<T extends object>(
  hook: Hook<T>,
  seen: Seen<T>,
  snapshot: HotConfigSnapshot<T>,
  { changes, onCalled, onEnded, stopped, timeoutMs: defaultMs }: HookContext<T>,
): Promise<boolean> {
  const timeoutMs = hook.timeoutMs ?? defaultMs;
  const work = async (signal: AbortSignal): Promise<boolean> => {
    const change = changes.describe(seen, snapshot, signal);
    if (change.diff.length === 0 || (hook.path !== undefined && !change.has(hook.path))) return false;
    const start = performance.now();
    const ended = Promise.resolve(hook.run(change));
    // No timer can end a hook that blocks the event loop, so the time is compared afterwards.
    const blockedMs = Math.round(performance.now() - start);
    if (blockedMs > timeoutMs) {
      ended.catch(() => undefined);
      throw blocked(hook, snapshot, timeoutMs, blockedMs);
    }
    return (await ended) !== NOT_APPLICABLE;
  };
  const called = performance.now();
  const leave = onCalled();
  let isConcerned = true;
  try {
    isConcerned = await withDeadline(work, timeoutMs, stopped, () => late(hook, snapshot, timeoutMs));
    return isConcerned;
  } finally {
    leave();
    if (isConcerned) onEnded(hook.name, performance.now() - called);
  }
}

function late<T>(hook: Hook<T>, snapshot: HotConfigSnapshot<T>, timeoutMs: number): HotConfigTimeoutError {
  const { key, revision } = snapshot;
  // A hook of an interface has no option of its own.
  const option = hook.timeoutMs === undefined ? 'hookTimeoutMs of HotConfigModule.forRoot' : 'its timeoutMs';
  return new HotConfigTimeoutError(
    `The hook ${hook.name} did not end within ${timeoutMs} ms for "${key}" revision ${revision}. ` +
      `Its signal was aborted; honour change.signal in the hook, or raise ${option}.`,
    { key, revision },
  );
}

function blocked<T>(
  hook: Hook<T>,
  snapshot: HotConfigSnapshot<T>,
  timeoutMs: number,
  blockedMs: number,
): HotConfigTimeoutError {
  const { key, revision } = snapshot;
  return new HotConfigTimeoutError(
    `The hook ${hook.name} blocked the event loop for ${blockedMs} ms on "${key}" revision ${revision} (limit ${timeoutMs} ms). ` +
      'Make it asynchronous, or move the work to a worker thread.',
    { key, revision },
  );
}
