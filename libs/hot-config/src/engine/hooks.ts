import {
  HotConfigTimeoutError,
  HotConfigVetoError,
  type HotConfigChange,
  type HotConfigHookFailure,
  type HotConfigSnapshot,
} from '../contract/index.js';
import { bounded } from './bounded.js';
import { changeBetween } from './change.js';
import type { IsSensitive } from './diff.js';
import { reasonOf, shownError } from './reason.js';

/** A function of the application's that is called around a change. */
export interface Hook<T> {
  /** For messages: `Orders.onHotConfigChange`. */
  readonly name: string;
  /** Milliseconds; the engine's default when undefined. */
  readonly timeoutMs?: number | undefined;
  /** Dotted path: the hook is called only when something there differs. */
  readonly path?: string | undefined;
  run(change: HotConfigChange<T>): unknown;
}

export interface HookSetting {
  readonly timeoutMs: number;
  readonly isSensitive: IsSensitive;
  /** Takes what is sensitive in these values out of a text. */
  readonly conceal: (text: string, ...values: readonly unknown[]) => string;
  /** Aborted when the engine stops and its hooks had their grace. */
  readonly stopped: AbortSignal;
}

/**
 * Asks hooks that may refuse a change, all at once. Throws the first veto, after telling the others to give up.
 *
 * @param onAgreed called with each hook that has not refused, also when another has
 */
export async function askAll<T>(
  hooks: Iterable<Hook<T>>,
  applied: HotConfigSnapshot<T> | undefined,
  candidate: HotConfigSnapshot<T>,
  setting: HookSetting,
  onAgreed: (hook: Hook<T>) => void = () => undefined,
): Promise<void> {
  // By hand: on Node 20 AbortSignal.any keeps every signal that was ever derived from a long-lived one.
  const over = new AbortController();
  const stop = (): void => over.abort(setting.stopped.reason);
  setting.stopped.addEventListener('abort', stop, { once: true });
  if (setting.stopped.aborted) stop();
  const asked = Array.from(hooks, (hook) =>
    callHook(hook, applied, candidate, { ...setting, stopped: over.signal }).then(
      () => onAgreed(hook),
      (cause: unknown) => {
        if (over.signal.aborted) return;
        const why = setting.conceal(reasonOf(cause), candidate.value, applied?.value);
        over.abort(vetoOf(hook, candidate, why, cause));
      },
    ),
  );
  // All of them must have ended before the verdict is given, or one would still be at work when the next change comes.
  await Promise.all(asked);
  setting.stopped.removeEventListener('abort', stop);
  over.signal.throwIfAborted();
}

/**
 * Calls one notification hook, never twice at a time. What is swapped in while it runs is conflated: its next run gets
 * the newest snapshot and the difference to what it saw last, so a slow hook delays nobody and misses nothing.
 */
export class NotifyRunner<T> {
  failure: HotConfigHookFailure | undefined;
  private newest: HotConfigSnapshot<T> | undefined;
  private busy = false;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly hook: Hook<T>,
    private seen: HotConfigSnapshot<T> | undefined,
    private readonly setting: HookSetting,
    private readonly onFailure: (failure: HotConfigHookFailure) => void,
  ) {}

  notify(snapshot: HotConfigSnapshot<T>): void {
    this.newest = snapshot;
    if (this.busy) return;
    this.busy = true;
    this.ended = this.run();
  }

  /** Resolves when the hook has ended and nothing newer waits for it. */
  async idle(): Promise<void> {
    while (this.busy) await this.ended;
  }

  private async run(): Promise<void> {
    while (this.newest && this.newest !== this.seen && !this.setting.stopped.aborted) {
      const snapshot = this.newest;
      try {
        await callHook(this.hook, this.seen, snapshot, this.setting);
        this.failure = undefined;
      } catch (cause) {
        if (this.setting.stopped.aborted) break;
        this.failure = failureOf(this.hook, this.seen, snapshot, cause, this.setting);
        this.onFailure(this.failure);
      }
      this.seen = snapshot;
    }
    this.busy = false;
  }
}

export async function callHook<T>(
  hook: Hook<T>,
  seen: HotConfigSnapshot<T> | undefined,
  snapshot: HotConfigSnapshot<T>,
  setting: HookSetting,
): Promise<void> {
  const timeoutMs = hook.timeoutMs ?? setting.timeoutMs;
  const work = async (signal: AbortSignal): Promise<void> => {
    const change = changeBetween(seen, snapshot, setting.isSensitive, signal);
    if (change.diff.length === 0 || (hook.path !== undefined && !change.has(hook.path))) return;
    const start = performance.now();
    const ended = Promise.resolve(hook.run(change));
    // No timer can end what blocks the event loop, so it is told afterwards.
    const blockedMs = Math.round(performance.now() - start);
    if (blockedMs > timeoutMs) {
      ended.catch(() => undefined);
      throw blocked(hook, snapshot, timeoutMs, blockedMs);
    }
    await ended;
  };
  await bounded(work, timeoutMs, setting.stopped, () => late(hook, snapshot, timeoutMs));
}

function late<T>(hook: Hook<T>, snapshot: HotConfigSnapshot<T>, timeoutMs: number): HotConfigTimeoutError {
  const { key, revision } = snapshot;
  return new HotConfigTimeoutError(
    `The hook ${hook.name} did not end within ${timeoutMs} ms for "${key}" revision ${revision}. ` +
      `Its signal was aborted; honour change.signal in the hook, or raise timeoutMs.`,
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

export function failureOf<T>(
  hook: Hook<T>,
  seen: HotConfigSnapshot<T> | undefined,
  snapshot: HotConfigSnapshot<T>,
  cause: unknown,
  { conceal }: HookSetting,
): HotConfigHookFailure {
  const error = shownError(cause, (text) => conceal(text, snapshot.value, seen?.value));
  return { hook: hook.name, revision: snapshot.revision, at: new Date(), error };
}

function vetoOf<T>(
  hook: Hook<T>,
  candidate: HotConfigSnapshot<T>,
  why: string,
  cause: unknown,
): HotConfigVetoError {
  const { key, revision } = candidate;
  return new HotConfigVetoError(
    `${hook.name} rejected "${key}" revision ${revision}: ${why.replace(/\.$/, '')}. The value applied before stays in force; publish another document, or let the hook accept this one.`,
    { key, revision, cause },
  );
}
