import {
  HotConfigError,
  type HotConfigDefinition,
  type HotConfigHookFailure,
  type HotConfigSnapshot,
} from '../contract/index.js';
import { askAll, callHook, failureOf, NotifyRunner, type Hook, type HookSetting } from './hooks.js';
import { Refusal } from './verdict.js';

export interface KeyHooksOptions {
  readonly timeoutMs: number;
  readonly stopped: AbortSignal;
  readonly onFailure: (failure: HotConfigHookFailure) => void;
}

/** The hooks of one key, and what each of them has seen. */
export class KeyHooks<T extends object> {
  private readonly preparing = new Set<Hook<T>>();
  private readonly critical = new Set<Hook<T>>();
  private readonly runners = new Set<NotifyRunner<T>>();
  private readonly setting: HookSetting;

  constructor(
    definition: HotConfigDefinition<T>,
    private readonly options: KeyHooksOptions,
  ) {
    this.setting = {
      timeoutMs: options.timeoutMs,
      isSensitive: (value, path) => definition.isSensitive(value, path),
      conceal: (text, ...values) =>
        values.reduce<string>((shown, value) => definition.conceal(shown, value), text),
      stopped: options.stopped,
    };
  }

  /** Of the newest change that each hook saw. */
  get failures(): readonly HotConfigHookFailure[] {
    return Array.from(this.runners, ({ failure }) => failure).filter((failure) => failure !== undefined);
  }

  addPrepare(hook: Hook<T>): () => void {
    this.preparing.add(hook);
    return () => void this.preparing.delete(hook);
  }

  addCritical(hook: Hook<T>): () => void {
    this.critical.add(hook);
    return () => void this.critical.delete(hook);
  }

  /** `seen` is what the hook is taken to have seen; it is called at once when `applied` is something else. */
  addNotify(
    hook: Hook<T>,
    seen: HotConfigSnapshot<T> | undefined,
    applied: HotConfigSnapshot<T> | undefined,
  ): () => void {
    const runner = new NotifyRunner(hook, seen, this.setting, this.options.onFailure);
    this.runners.add(runner);
    if (applied) runner.notify(applied);
    return () => void this.runners.delete(runner);
  }

  /** Before the swap. Throws `Refusal` when a hook refuses the candidate. */
  async prepare(applied: HotConfigSnapshot<T> | undefined, candidate: HotConfigSnapshot<T>): Promise<void> {
    await askAll(this.preparing, applied, candidate, this.setting).catch(refuse('prepare'));
  }

  /** After the swap. Throws `Refusal` when a critical hook fails; `agreed` then has those that have to be told. */
  async confirm(
    before: HotConfigSnapshot<T>,
    swapped: HotConfigSnapshot<T>,
    agreed: Set<Hook<T>>,
  ): Promise<void> {
    const agree = (hook: Hook<T>): void => void agreed.add(hook);
    await askAll(this.critical, before, swapped, this.setting, agree).catch(refuse('confirm'));
  }

  /** Tells those that had agreed to a change that it is taken back. Resolves when they have ended. */
  async takeBack(
    agreed: ReadonlySet<Hook<T>>,
    swapped: HotConfigSnapshot<T>,
    restored: HotConfigSnapshot<T>,
  ): Promise<void> {
    const told = Array.from(agreed, (hook) =>
      callHook(hook, swapped, restored, this.setting).catch((cause: unknown) => {
        if (this.options.stopped.aborted) return;
        this.options.onFailure(failureOf(hook, swapped, restored, cause, this.setting));
      }),
    );
    await Promise.all(told);
  }

  /** Of what is served now. Waits for nobody. */
  notify(snapshot: HotConfigSnapshot<T>): void {
    for (const runner of this.runners) runner.notify(snapshot);
  }

  /** Resolves when every notified hook has ended. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.runners, (runner) => runner.idle()));
  }
}

function refuse(stage: 'prepare' | 'confirm'): (cause: unknown) => never {
  return (cause) => {
    throw cause instanceof HotConfigError ? new Refusal(stage, cause) : cause;
  };
}
