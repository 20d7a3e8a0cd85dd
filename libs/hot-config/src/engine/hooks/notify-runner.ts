import { LatestOnly } from '../../async/latest-only.js';
import type { HotConfigHookFailure, HotConfigSnapshot } from '../../contract/index.js';
import { type Hook, type HookCaller, NOT_APPLICABLE, type Seen } from './hook-caller.js';

/**
 * Calls one notification hook, never twice at a time. Swaps during a run are conflated: the next run gets the newest snapshot and
 * the difference from what this hook saw last, so a slow hook delays nobody and misses nothing.
 */
export class NotifyRunner<T extends object> {
  failure: HotConfigHookFailure | undefined;
  private isRemoved = false;
  private readonly hook: Hook<T>;
  private readonly newest = new LatestOnly<HotConfigSnapshot<T>>({ work: (snapshot) => this.run(snapshot) });

  constructor(
    hook: Hook<T>,
    private seen: Seen<T>,
    private readonly caller: HookCaller<T>,
    private readonly stopped: AbortSignal,
    private readonly onFailure: (failure: HotConfigHookFailure) => void,
  ) {
    this.hook = { ...hook, run: (change) => (this.isRemoved ? NOT_APPLICABLE : hook.run(change)) };
  }

  notify(snapshot: HotConfigSnapshot<T>): void {
    this.newest.offer(snapshot);
  }

  /** The hook is not called any more. A call that has begun goes on. */
  remove(): void {
    this.isRemoved = true;
    this.newest.stop();
  }

  /** Resolves when the hook has ended and no newer snapshot waits for it. */
  idle(): Promise<void> {
    return this.newest.idle();
  }

  private async run(snapshot: HotConfigSnapshot<T>): Promise<void> {
    const { hook, seen, caller, stopped } = this;
    if (snapshot === seen || stopped.aborted) return;
    try {
      const isConcerned = await caller.call(hook, seen, snapshot);
      if (isConcerned) this.failure = undefined;
    } catch (thrown) {
      if (stopped.aborted) return;
      this.failure = caller.failureOf(hook, seen, snapshot, thrown);
      this.onFailure(this.failure);
    }
    this.seen = snapshot;
  }
}
