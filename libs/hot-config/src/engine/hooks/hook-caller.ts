import { withDeadline } from '../../async/deadline.js';
import {
  type HotConfigChange,
  type HotConfigDefinition,
  HotConfigError,
  type HotConfigHookFailure,
  type HotConfigSnapshot,
  HotConfigTimeoutError,
  HotConfigVetoError,
} from '../../contract/index.js';
import { maskedError, maskOf } from '../../redaction/index.js';
import type { Report } from '../events.js';
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

export interface HookCallerOptions<T extends object> {
  readonly definition: HotConfigDefinition<T>;
  readonly changes: ChangeDescriber<T>;
  /** Milliseconds for a hook that sets no time of its own. */
  readonly timeoutMs: number;
  /** Aborted when the engine stops and its hooks had their grace. */
  readonly stopped: AbortSignal;
  readonly report: Report;
}

/** Calls the hooks of one key, each with the change from what it saw last to a snapshot. */
export class HookCaller<T extends object> {
  private running = 0;

  constructor(private readonly options: HookCallerOptions<T>) {}

  /** Whether a hook is running. */
  get isRunning(): boolean {
    return this.running > 0;
  }

  /**
   * Calls a hook, if the change concerns it.
   *
   * @returns whether the change concerned the hook
   * @throws what the hook throws, or HotConfigTimeoutError
   */
  async call(
    hook: Hook<T>,
    seen: Seen<T>,
    snapshot: HotConfigSnapshot<T>,
    stopped = this.options.stopped,
  ): Promise<boolean> {
    const { changes, timeoutMs, report } = this.options;
    const limitMs = hook.timeoutMs ?? timeoutMs;
    const work = (signal: AbortSignal): Promise<boolean> =>
      run(hook, changes.describe(seen, snapshot, signal), limitMs);
    const called = performance.now();
    this.running += 1;
    let isConcerned = true;
    try {
      isConcerned = await withDeadline(work, limitMs, stopped, () => late(hook, snapshot, limitMs));
      return isConcerned;
    } finally {
      this.running -= 1;
      const ms = performance.now() - called;
      if (isConcerned) report({ type: 'hook-ended', key: snapshot.key, hook: hook.name, ms });
    }
  }

  failureOf(
    hook: Hook<T>,
    seen: Seen<T>,
    { revision, value }: HotConfigSnapshot<T>,
    thrown: unknown,
  ): HookFailure {
    const mask = maskOf(this.options.definition, value, seen?.value);
    return new HookFailure(hook.name, revision, maskedError(thrown, mask));
  }

  vetoOf(hook: Hook<T>, seen: Seen<T>, snapshot: HotConfigSnapshot<T>, thrown: unknown): HotConfigVetoError {
    const { error: cause } = this.failureOf(hook, seen, snapshot, thrown);
    const { key, revision } = snapshot;
    return new HotConfigVetoError(
      `${hook.name} rejected "${key}" revision ${revision}: ${cause.message.replace(/\.$/, '')}. The value applied before stays in force; publish another document, or let the hook accept this one.`,
      { key, revision, cause },
    );
  }
}

/** Its error is masked. */
class HookFailure implements HotConfigHookFailure {
  readonly at = new Date();

  constructor(
    readonly hook: string,
    readonly revision: number,
    readonly error: Error,
  ) {}

  /** By hand: an error has no JSON of its own, or one that may hold a secret, such as the headers that a client sent. */
  toJSON(): object {
    const { name, message } = this.error;
    return { ...this, error: this.error instanceof HotConfigError ? this.error.toJSON() : { name, message } };
  }
}

async function run<T>(hook: Hook<T>, change: HotConfigChange<T>, limitMs: number): Promise<boolean> {
  if (change.diff.length === 0 || (hook.path !== undefined && !change.has(hook.path))) return false;
  const start = performance.now();
  const ended = Promise.resolve(hook.run(change));
  // No timer can end a hook that blocks the event loop, so the time is compared afterwards.
  const blockedMs = Math.round(performance.now() - start);
  if (blockedMs <= limitMs) return (await ended) !== NOT_APPLICABLE;
  ended.catch(() => undefined);
  const { key, revision } = change;
  throw new HotConfigTimeoutError(
    `The hook ${hook.name} blocked the event loop for ${blockedMs} ms on "${key}" revision ${revision} (limit ${limitMs} ms). ` +
      'Make it asynchronous, or move the work to a worker thread.',
    { key, revision },
  );
}

function late<T>(
  hook: Hook<T>,
  { key, revision }: HotConfigSnapshot<T>,
  limitMs: number,
): HotConfigTimeoutError {
  // A hook of an interface has no option of its own.
  const option = hook.timeoutMs === undefined ? 'hookTimeoutMs of HotConfigModule.forRoot' : 'its timeoutMs';
  return new HotConfigTimeoutError(
    `The hook ${hook.name} did not end within ${limitMs} ms for "${key}" revision ${revision}. ` +
      `Its signal was aborted; honour change.signal in the hook, or raise ${option}.`,
    { key, revision },
  );
}
