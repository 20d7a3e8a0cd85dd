import { setTimeout as sleep } from 'node:timers/promises';

/** Ends early, without an error, when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Pauses that double up to a ceiling, with full jitter so that a fleet does not return in step. */
export class BackOff {
  private count = 0;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {}

  reset(): void {
    this.count = 0;
  }

  async pause(signal: AbortSignal): Promise<void> {
    const ceiling = Math.min(this.longestMs, this.firstMs * 2 ** Math.min(this.count++, 20));
    // A tenth at least: a run of small random numbers must not make a hot loop.
    await pause(ceiling * (0.1 + 0.9 * Math.random()), signal);
  }
}

/** Settles with the promise, or rejects with the signal's reason as soon as it is aborted. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
