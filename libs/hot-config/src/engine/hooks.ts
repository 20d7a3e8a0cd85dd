import {
  HotConfigTimeoutError,
  HotConfigVetoError,
  type HotConfigChange,
  type HotConfigHookFailure,
  type HotConfigSnapshot,
} from '../contract/index.js';
import { withDeadline } from '../async/deadline.js';
import { changeBetween } from './change.js';
import type { IsSensitive } from './diff.js';
import { HookFailure } from './hook-failure.js';
import { maskedError } from '../redaction/index.js';

/** Returned by a hook that had nothing to do with the change: what it said of the one before still holds. */
export const UNCONCERNED = Symbol('unconcerned');

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
  readonly mask: (text: string, ...values: readonly unknown[]) => string;
  /** Aborted when the engine stops and its hooks had their grace. */
  readonly stopped: AbortSignal;
  /** Called when a hook that the change concerned has ended, well or not. Milliseconds. */
  readonly onEnded: (hook: string, ms: number) => void;
}

/** Asks hooks that may refuse a change, all at once. Throws the first veto, after telling the others to give up. */
export async function askAll<T>(
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
      if (!over.signal.aborted) over.abort(vetoOf(hook, applied, candidate, cause, setting));
    }),
  );
  // All of them must have ended before the verdict is given, or one would still be at work when the next change comes.
  await Promise.all(asked);
  setting.stopped.removeEventListener('abort', stop);
  over.signal.throwIfAborted();
}

/**
 * Asks hooks whether a change may stay, all at once and each to its own end: one that was cut short might have taken the change
 * all the same, and nobody would tell it that it is rolled back. Throws the first veto.
 *
 * @param onAgreed called with each hook that has taken the change
 */
export async function confirmAll<T>(
  hooks: Iterable<Hook<T>>,
  before: HotConfigSnapshot<T>,
  swapped: HotConfigSnapshot<T>,
  setting: HookSetting,
  onAgreed: (hook: Hook<T>) => void,
): Promise<void> {
  let veto: HotConfigVetoError | undefined;
  const asked = Array.from(hooks, (hook) =>
    callHook(hook, before, swapped, setting).then(
      () => onAgreed(hook),
      (cause: unknown) => (veto ??= vetoOf(hook, before, swapped, cause, setting)),
    ),
  );
  await Promise.all(asked);
  setting.stopped.throwIfAborted();
  if (veto) throw veto;
}

/**
 * Calls one notification hook, never twice at a time. What is swapped in while it runs is conflated: its next run gets
 * the newest snapshot and the difference to what it saw last, so a slow hook delays nobody and misses nothing.
 */
export class NotifyRunner<T> {
  failure: HotConfigHookFailure | undefined;
  private newest: HotConfigSnapshot<T> | undefined;
  private busy = false;
  private over = false;
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

  /** The hook is not called any more. A call that has begun goes on. */
  end(): void {
    this.over = true;
  }

  /** Resolves when the hook has ended and nothing newer waits for it. */
  async idle(): Promise<void> {
    while (this.busy) await this.ended;
  }

  private async run(): Promise<void> {
    const hook: Hook<T> = {
      ...this.hook,
      run: (change) => (this.over ? UNCONCERNED : this.hook.run(change)),
    };
    while (this.newest && this.newest !== this.seen && !this.over && !this.setting.stopped.aborted) {
      const snapshot = this.newest;
      try {
        const isConcerned = await callHook(hook, this.seen, snapshot, this.setting);
        if (isConcerned) this.failure = undefined;
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

/** Whether the change was one for this hook. */
export async function callHook<T>(
  hook: Hook<T>,
  seen: HotConfigSnapshot<T> | undefined,
  snapshot: HotConfigSnapshot<T>,
  setting: HookSetting,
): Promise<boolean> {
  const timeoutMs = hook.timeoutMs ?? setting.timeoutMs;
  const work = async (signal: AbortSignal): Promise<boolean> => {
    const change = changeBetween(seen, snapshot, setting.isSensitive, signal);
    if (change.diff.length === 0 || (hook.path !== undefined && !change.has(hook.path))) return false;
    const start = performance.now();
    const ended = Promise.resolve(hook.run(change));
    // No timer can end what blocks the event loop, so it is told afterwards.
    const blockedMs = Math.round(performance.now() - start);
    if (blockedMs > timeoutMs) {
      ended.catch(() => undefined);
      throw blocked(hook, snapshot, timeoutMs, blockedMs);
    }
    return (await ended) !== UNCONCERNED;
  };
  const called = performance.now();
  let isConcerned = true;
  try {
    isConcerned = await withDeadline(work, timeoutMs, setting.stopped, () => late(hook, snapshot, timeoutMs));
    return isConcerned;
  } finally {
    if (isConcerned) setting.onEnded(hook.name, performance.now() - called);
  }
}

function late<T>(hook: Hook<T>, snapshot: HotConfigSnapshot<T>, timeoutMs: number): HotConfigTimeoutError {
  const { key, revision } = snapshot;
  return new HotConfigTimeoutError(
    `The hook ${hook.name} did not end within ${timeoutMs} ms for "${key}" revision ${revision}. ` +
      `Its signal was aborted; honour change.signal in the hook, or raise ${limitOf(hook)}.`,
    { key, revision },
  );
}

/** Where the time of this hook is set: a hook of an interface has no option of its own. */
function limitOf<T>({ timeoutMs }: Hook<T>): string {
  return timeoutMs === undefined ? 'hookTimeoutMs of HotConfigModule.forRoot' : 'its timeoutMs';
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
  { mask }: HookSetting,
): HotConfigHookFailure {
  const error = maskedError(cause, (text) => mask(text, snapshot.value, seen?.value));
  return new HookFailure(hook.name, snapshot.revision, error);
}

function vetoOf<T>(
  hook: Hook<T>,
  applied: HotConfigSnapshot<T> | undefined,
  candidate: HotConfigSnapshot<T>,
  thrown: unknown,
  setting: HookSetting,
): HotConfigVetoError {
  const { key, revision } = candidate;
  const cause = maskedError(thrown, (text) => setting.mask(text, candidate.value, applied?.value));
  return new HotConfigVetoError(
    `${hook.name} rejected "${key}" revision ${revision}: ${cause.message.replace(/\.$/, '')}. The value applied before stays in force; publish another document, or let the hook accept this one.`,
    { key, revision, cause },
  );
}
