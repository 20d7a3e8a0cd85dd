import type { HotConfigDefinition, HotConfigHookFailure, HotConfigSnapshot } from '../../contract/index.js';
import type { Report } from '../events.js';
import type { ChangeDescriber } from '../key/change.js';
import type { ServedValue } from '../key/served-value.js';
import { askCriticalHooks, askPrepareHooks } from './ask-hooks.js';
import { callHook, type Hook, type HookContext, type Seen } from './call-hook.js';
import { failureOf } from './hook-failure.js';
import { NotifyRunner } from './notify-runner.js';

/**
 * What a hook counts as having seen when it is added: the current value; nothing, so that it is called at once; or the value that
 * the application started with, for hooks that are found after constructors have read it.
 */
export type HookSince = 'now' | 'nothing' | 'start';

export interface KeyHooksOptions<T extends object> {
  readonly definition: HotConfigDefinition<T>;
  readonly served: Pick<ServedValue<T>, 'state' | 'first'>;
  readonly changes: ChangeDescriber<T>;
  readonly timeoutMs: number;
  readonly stopped: AbortSignal;
  readonly report: Report;
}

/** The critical hooks that exist before a swap, and the runners that still call some of them with changes they missed. */
export interface HooksAtSwap<T extends object> {
  readonly critical: readonly Hook<T>[];
  readonly lateNotifiers: readonly NotifyRunner<T>[];
}

/** The hooks of one key, and what each of them has seen. */
export class KeyHooks<T extends object> {
  private readonly preparing = new Set<Hook<T>>();
  private readonly critical = new Set<Hook<T>>();
  private readonly notifiers = new Set<NotifyRunner<T>>();
  /** Call critical hooks with the changes before they were added. */
  private readonly lateNotifiers = new Set<NotifyRunner<T>>();
  private readonly context: HookContext<T>;
  private running = 0;

  constructor(private readonly options: KeyHooksOptions<T>) {
    const { report, definition } = options;
    const onEnded = (hook: string, ms: number): void =>
      report({ type: 'hook-ended', key: definition.key, hook, ms });
    const onCalled = (): (() => void) => {
      this.running += 1;
      return () => (this.running -= 1);
    };
    this.context = { ...options, onCalled, onEnded };
  }

  /** Whether a hook of the key is running, of whichever kind. */
  get isRunning(): boolean {
    return this.running > 0;
  }

  /** Of the newest change that each hook saw. */
  get failures(): readonly HotConfigHookFailure[] {
    return this.runners().flatMap(({ failure }) => failure ?? []);
  }

  addPrepare(hook: Hook<T>): () => void {
    this.preparing.add(hook);
    return () => void this.preparing.delete(hook);
  }

  /** The hook is called with the changes that it missed as by `addNotify`: those cannot be rolled back any more. */
  addCritical(hook: Hook<T>, since: HookSince): () => void {
    this.critical.add(hook);
    const removeLate = this.applied && this.addRunner(this.lateNotifiers, hook, since);
    return () => {
      this.critical.delete(hook);
      removeLate?.();
    };
  }

  /** The hook is called at once if what it counts as having seen is not the applied value. */
  addNotify(hook: Hook<T>, since: HookSince): () => void {
    return this.addRunner(this.notifiers, hook, since);
  }

  /** Before the swap. Throws HotConfigVetoError. */
  async prepare(applied: Seen<T>, next: HotConfigSnapshot<T>): Promise<void> {
    if (this.preparing.size === 0) return;
    await askPrepareHooks(this.preparing, applied, next, this.context);
  }

  /** The hooks to ask about the next swap. A hook that is added later is notified of the swapped value, and not asked. */
  hooksAtSwap(): HooksAtSwap<T> {
    return { critical: [...this.critical], lateNotifiers: [...this.lateNotifiers] };
  }

  /** After the swap. Throws HotConfigVetoError when a critical hook fails; `accepted` then has the hooks to roll back. */
  async confirm(
    { critical, lateNotifiers }: HooksAtSwap<T>,
    before: HotConfigSnapshot<T>,
    swapped: HotConfigSnapshot<T>,
    accepted: Set<Hook<T>>,
  ): Promise<void> {
    if (critical.length === 0) return;
    // A hook hears first of what it missed, then of this change.
    await allIdle(lateNotifiers);
    const asked = critical.filter((hook) => this.critical.has(hook));
    await askCriticalHooks(asked, before, swapped, this.context, accepted);
    for (const runner of lateNotifiers) this.lateNotifiers.delete(runner);
  }

  /**
   * Calls the hooks that had accepted a change once more, with the change back, and notifies those that were added while it was
   * tried. Resolves when the hooks that had accepted have ended.
   */
  async rollBack(
    accepted: ReadonlySet<Hook<T>>,
    swapped: HotConfigSnapshot<T>,
    restored: HotConfigSnapshot<T>,
  ): Promise<void> {
    const called = Array.from(accepted, (hook) =>
      callHook(hook, swapped, restored, this.context).catch((thrown: unknown) => {
        if (this.options.stopped.aborted) return;
        this.reportFailure(failureOf({ hook, seen: swapped, snapshot: restored }, thrown, this.context));
      }),
    );
    await Promise.all(called);
    for (const runner of this.runners()) runner.notify(restored);
  }

  /** Calls the notification hooks with a swapped value. Waits for none. */
  notify(snapshot: HotConfigSnapshot<T>): void {
    for (const runner of this.notifiers) runner.notify(snapshot);
  }

  /** Resolves when every notified hook has ended. */
  async idle(): Promise<void> {
    await allIdle(this.runners());
  }

  private runners(): readonly NotifyRunner<T>[] {
    return [...this.notifiers, ...this.lateNotifiers];
  }

  private get applied(): Seen<T> {
    return this.options.served.state.applied;
  }

  private addRunner(runners: Set<NotifyRunner<T>>, hook: Hook<T>, since: HookSince): () => void {
    const { applied } = this;
    const seen = { now: applied, nothing: undefined, start: this.options.served.first?.snapshot }[since];
    const runner = new NotifyRunner(hook, seen, this.context, (failure) => this.reportFailure(failure));
    runners.add(runner);
    if (applied) runner.notify(applied);
    return () => {
      runners.delete(runner);
      runner.remove();
    };
  }

  private reportFailure(failure: HotConfigHookFailure): void {
    const { report, definition } = this.options;
    report({ type: 'hook-failed', key: definition.key, failure });
  }
}

async function allIdle<T extends object>(runners: readonly NotifyRunner<T>[]): Promise<void> {
  await Promise.all(runners.map((runner) => runner.idle()));
}
