import { setMaxListeners } from 'node:events';

/**
 * Runs work that is not ours, for at most `timeoutMs` milliseconds. The work gets a signal that is aborted when its time
 * is over or when `parent` is aborted; what it does after that is ignored, also if it fails late.
 *
 * @throws what the work throws, `onTimeout()` when its time is over, `parent.reason` when the parent is aborted
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => T | Promise<T>,
  timeoutMs: number,
  parent: AbortSignal,
  onTimeout: () => Error,
): Promise<T> {
  parent.throwIfAborted();
  // One change waits for as many hooks and builds as the application has; Node would take the eleventh for a leak.
  setMaxListeners(0, parent);
  const controller = new AbortController();
  let release = (): void => undefined;
  const cut = new Promise<never>((_, reject) => {
    const end = (reason: unknown): void => {
      controller.abort(reason);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the parent's own reason is passed on
      reject(reason);
    };
    const timer = setTimeout(() => end(onTimeout()), timeoutMs);
    const onAbort = (): void => end(parent.reason);
    parent.addEventListener('abort', onAbort, { once: true });
    release = () => {
      clearTimeout(timer);
      parent.removeEventListener('abort', onAbort);
    };
  });
  // A microtask first, so that work which throws at once is a rejection like any other.
  const done = Promise.resolve().then(() => work(controller.signal));
  try {
    return await Promise.race([done, cut]);
  } finally {
    release();
    done.catch(() => undefined);
  }
}
