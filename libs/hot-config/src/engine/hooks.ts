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
  /** Aborted when the engine stops and its hooks had their grace. */
  readonly stopped: AbortSignal;
}

/** Asks all prepare hooks at once. Throws the first veto, after telling the others to give up. */
export async function prepareAll<T>(
  hooks: Iterable<Hook<T>>,
  applied: HotConfigSnapshot<T> | undefined,
  candidate: HotConfigSnapshot<T>,
  setting: HookSetting,
): Promise<void> {
  // By hand: on Node 20 AbortSignal.any keeps every signal that was ever derived from a long-lived one.
  const over = new AbortController();
  const stop = (): void => over.abort(setting.stopped.reason);
  setting.stopped.addEventListener('abort', stop, { once: true });
  if (setting.stopped.aborted) stop();
  const asked = Array.from(hooks, (hook) =>
    callHook(hook, applied, candidate, { ...setting, stopped: over.signal }).catch((cause: unknown) => {
      if (!over.signal.aborted) over.abort(asVeto(hook, candidate, cause));
    }),
  );
  // All of them must have ended before the verdict is given, or one would still be preparing when the next change comes.
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
        const error = cause instanceof Error ? cause : new Error(String(cause));
        this.failure = { hook: this.hook.name, revision: snapshot.revision, at: new Date(), error };
        this.onFailure(this.failure);
      }
      this.seen = snapshot;
    }
    this.busy = false;
  }
}

async function callHook<T>(
  hook: Hook<T>,
  seen: HotConfigSnapshot<T> | undefined,
  snapshot: HotConfigSnapshot<T>,
  setting: HookSetting,
): Promise<void> {
  const timeoutMs = hook.timeoutMs ?? setting.timeoutMs;
  const work = async (signal: AbortSignal): Promise<void> => {
    const change = changeBetween(seen, snapshot, setting.isSensitive, signal);
    if (change.diff.length === 0 || (hook.path !== undefined && !change.has(hook.path))) return;
    await hook.run(change);
  };
  await bounded(work, timeoutMs, setting.stopped, () => {
    const { key, revision } = snapshot;
    return new HotConfigTimeoutError(
      `The hook ${hook.name} did not end within ${timeoutMs} ms for "${key}" revision ${revision}. ` +
        `Its signal was aborted; let the hook listen to it, or give it a larger timeoutMs.`,
      { key, revision },
    );
  });
}

function asVeto<T>(hook: Hook<T>, candidate: HotConfigSnapshot<T>, cause: unknown): HotConfigVetoError {
  const { key, revision } = candidate;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HotConfigVetoError(
    `${hook.name} refused "${key}" revision ${revision}: ${why} The value applied before stays in force; publish another document.`,
    { key, revision, cause },
  );
}
