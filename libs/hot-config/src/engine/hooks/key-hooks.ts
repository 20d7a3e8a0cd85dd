import { childController } from '../../async/shared-controller.js';
import type { HotConfigHookFailure, HotConfigSnapshot, HotConfigVetoError } from '../../contract/index.js';
import type { ServedValue } from '../key/served-value.js';
import { type Hook, HookCaller, type HookCallerOptions, type Seen } from './hook-caller.js';
import { NotifyRunner } from './notify-runner.js';

/**
 * What a hook counts as having seen when it is added: the current value; nothing, so that it is called at once; or the value that
 * the application started with, for hooks that are found after constructors have read it.
 */
export type HookSince = 'now' | 'nothing' | 'start';

export interface KeyHooksOptions<T extends object> extends HookCallerOptions<T> {
  readonly served: Pick<ServedValue<T>, 'state'>;
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
  private readonly caller: HookCaller<T>;

  constructor(private readonly options: KeyHooksOptions<T>) {
    this.caller = new HookCaller(options);
  }

  /** Whether a hook of the key is running, of whichever kind: then the hook may be the caller. */
  get isRunning(): boolean {
    return this.caller.isRunning;
  }

  /** Of the newest change that each hook saw. */
  get failures(): readonly HotConfigHookFailure[] {
    return this.runners().flatMap(({ failure }) => failure ?? []);
  }

  addPrepare(hook: Hook<T>): () => void {
    this.preparing.add(hook);
    return () => void this.preparing.delete(hook);
  }

  /**
   * The hook is called after the swap and waited for; throwing rolls the change back. It is called with the changes that it missed as
   * by `addNotify`: those cannot be rolled back any more.
   */
  addCritical(hook: Hook<T>, since: HookSince = 'now'): () => void {
    this.critical.add(hook);
    const removeLate = this.applied && this.addRunner(this.lateNotifiers, hook, since);
    return () => {
      this.critical.delete(hook);
      removeLate?.();
    };
  }

  /** The hook is called at once if what it counts as having seen is not the applied value. */
  addNotify(hook: Hook<T>, since: HookSince = 'now'): () => void {
    return this.addRunner(this.notifiers, hook, since);
  }

  /**
   * Asks the hooks before the swap, all at once. Throws the first HotConfigVetoError; the signals of the other hooks are aborted then.
   */
  async prepare(applied: Seen<T>, next: HotConfigSnapshot<T>): Promise<void> {
    if (this.preparing.size === 0) return;
    const { controller, detach } = childController(this.options.stopped);
    const { signal } = controller;
    const asked = Array.from(this.preparing, (hook) =>
      this.caller.call(hook, applied, next, signal).catch((thrown: unknown) => {
        if (!signal.aborted) controller.abort(this.caller.vetoOf(hook, applied, next, thrown));
      }),
    );
    // Waits for all of them: a hook must not be at work still when the next change comes.
    await Promise.all(asked);
    detach();
    signal.throwIfAborted();
  }

  /** The hooks to ask about the next swap. A hook that is added later is notified of the swapped value, and not asked. */
  hooksAtSwap(): HooksAtSwap<T> {
    return { critical: [...this.critical], lateNotifiers: [...this.lateNotifiers] };
  }

  /**
   * Asks the critical hooks after the swap, all at once, and waits for each: a hook that is cut short may have accepted the change all
   * the same, and would not be called when the change is rolled back. Throws the first HotConfigVetoError.
   *
   * @param accepted gets each hook that has accepted the change
   */
  async confirm(
    { critical, lateNotifiers }: HooksAtSwap<T>,
    before: HotConfigSnapshot<T>,
    swapped: HotConfigSnapshot<T>,
    accepted: Set<Hook<T>>,
  ): Promise<void> {
    if (critical.length === 0) return;
    // A hook hears first of what it missed, then of this change.
    await allIdle(lateNotifiers);
    let veto: HotConfigVetoError | undefined;
    const ask = (hook: Hook<T>): Promise<void> =>
      this.caller.call(hook, before, swapped).then(
        () => void accepted.add(hook),
        (thrown: unknown) => void (veto ??= this.caller.vetoOf(hook, before, swapped, thrown)),
      );
    await Promise.all(critical.filter((hook) => this.critical.has(hook)).map(ask));
    this.options.stopped.throwIfAborted();
    if (veto) throw veto;
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
      this.caller.call(hook, swapped, restored).catch((thrown: unknown) => {
        if (this.options.stopped.aborted) return;
        this.reportFailure(this.caller.failureOf(hook, swapped, restored, thrown));
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
    const seen = { now: applied, nothing: undefined, start: this.options.served.state.first?.snapshot }[
      since
    ];
    const { stopped } = this.options;
    const runner = new NotifyRunner(hook, seen, this.caller, stopped, (failure) =>
      this.reportFailure(failure),
    );
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
