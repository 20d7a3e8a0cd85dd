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

/**
 * The pauses between the attempts of one outage: short at first, then up to half as long as it has lasted, with jitter so that
 * a fleet does not return in step.
 */
export class OutagePace {
  private since: number | undefined;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {}

  next(): number {
    const now = performance.now();
    this.since ??= now;
    const ceiling = Math.min(this.longestMs, Math.max(this.firstMs, (now - this.since) / 2));
    return ceiling * (0.5 + Math.random() / 2);
  }

  /** The outage is over; the next one begins with short pauses again. */
  over(): void {
    this.since = undefined;
  }
}

/**
 * How long a server that is connected, but gives no answers, is borne with before another is tried. Doubles from one to the
 * next, since it can be that none has an answer; any answer restarts it.
 */
export class Patience {
  private since: number | undefined;
  private times = 0;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {}

  answered(): void {
    this.since = undefined;
    this.times = 0;
  }

  /** Another connection: what went unanswered before is not held against it. */
  restart(): void {
    this.since = undefined;
  }

  /** The milliseconds that it has lasted when it is at an end, which begins it again; else undefined. */
  unanswered(): number | undefined {
    const now = performance.now();
    this.since ??= now;
    const lasted = now - this.since;
    if (lasted < Math.min(this.longestMs, this.firstMs * 2 ** Math.min(this.times, 20))) return undefined;
    this.since = undefined;
    this.times++;
    return lasted;
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
