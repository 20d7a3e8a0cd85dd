import {
  HotConfigError,
  type HotConfigDefinition,
  type HotConfigHookFailure,
  type HotConfigSnapshot,
} from '../contract/index.js';
import {
  askAll,
  callHook,
  confirmAll,
  failureOf,
  NotifyRunner,
  type Hook,
  type HookSetting,
} from './hooks.js';
import { maskOf } from '../redaction/index.js';
import { RejectionError } from './verdict.js';

export interface KeyHooksOptions {
  readonly timeoutMs: number;
  readonly stopped: AbortSignal;
  readonly onFailure: (failure: HotConfigHookFailure) => void;
  /** Of every call of a hook that the change concerned. */
  readonly onEnded: (hook: string, ms: number) => void;
}

/** The critical hooks that are there before a swap, and what tells them of what they missed. */
interface Jury<T> {
  readonly critical: readonly Hook<T>[];
  readonly catchUps: readonly NotifyRunner<T>[];
}

/** The hooks of one key, and what each of them has seen. */
export class KeyHooks<T extends object> {
  private readonly preparing = new Set<Hook<T>>();
  private readonly critical = new Set<Hook<T>>();
  private readonly runners = new Set<NotifyRunner<T>>();
  /** Tell critical hooks what they missed before they were added. */
  private readonly catchUps = new Set<NotifyRunner<T>>();
  private readonly setting: HookSetting;

  constructor(
    definition: HotConfigDefinition<T>,
    private readonly options: KeyHooksOptions,
  ) {
    this.setting = {
      timeoutMs: options.timeoutMs,
      isSensitive: (value, path) => definition.isSensitive(value, path),
      mask: (text, ...values) => maskOf(definition, ...values)(text),
      stopped: options.stopped,
      onEnded: options.onEnded,
    };
  }

  /** Of the newest change that each hook saw. */
  get failures(): readonly HotConfigHookFailure[] {
    const runners = [...this.runners, ...this.catchUps];
    return runners.map(({ failure }) => failure).filter((failure) => failure !== undefined);
  }

  addPrepare(hook: Hook<T>): () => void {
    this.preparing.add(hook);
    return () => void this.preparing.delete(hook);
  }

  /** What was missed is told as by `addNotify`: that cannot be rolled back any more. */
  addCritical(
    hook: Hook<T>,
    seen: HotConfigSnapshot<T> | undefined,
    applied: HotConfigSnapshot<T> | undefined,
  ): () => void {
    this.critical.add(hook);
    const endCatchUp = applied && this.runner(this.catchUps, hook, seen, applied);
    return () => {
      this.critical.delete(hook);
      endCatchUp?.();
    };
  }

  /** `seen` is what the hook is taken to have seen; it is called at once when `applied` is something else. */
  addNotify(
    hook: Hook<T>,
    seen: HotConfigSnapshot<T> | undefined,
    applied: HotConfigSnapshot<T> | undefined,
  ): () => void {
    return this.runner(this.runners, hook, seen, applied);
  }

  private runner(
    runners: Set<NotifyRunner<T>>,
    hook: Hook<T>,
    seen: HotConfigSnapshot<T> | undefined,
    applied: HotConfigSnapshot<T> | undefined,
  ): () => void {
    const runner = new NotifyRunner(hook, seen, this.setting, this.options.onFailure);
    runners.add(runner);
    if (applied) runner.notify(applied);
    return () => {
      runners.delete(runner);
      runner.end();
    };
  }

  /** Before the swap. Throws `RejectionError` when a hook refuses the candidate. */
  async prepare(applied: HotConfigSnapshot<T> | undefined, candidate: HotConfigSnapshot<T>): Promise<void> {
    await askAll(this.preparing, applied, candidate, this.setting).catch(refuse('prepare'));
  }

  /** Those to ask of the next swap, before it: who comes later is told of what is swapped, and need not be asked. */
  jury(): Jury<T> {
    return { critical: [...this.critical], catchUps: [...this.catchUps] };
  }

  /** After the swap. Throws `RejectionError` when a critical hook fails; `agreed` then has those that have to be told. */
  async confirm(
    { critical, catchUps }: Jury<T>,
    before: HotConfigSnapshot<T>,
    swapped: HotConfigSnapshot<T>,
    agreed: Set<Hook<T>>,
  ): Promise<void> {
    await allIdle(catchUps);
    const asked = critical.filter((hook) => this.critical.has(hook));
    const agree = (hook: Hook<T>): void => void agreed.add(hook);
    await confirmAll(asked, before, swapped, this.setting, agree).catch(refuse('confirm'));
    for (const runner of catchUps) this.catchUps.delete(runner);
  }

  /**
   * Tells those that had agreed to a change, or came while it was tried, that it is rolled back. Resolves when those that had
   * agreed have ended.
   */
  async rollBack(
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
    for (const runner of [...this.runners, ...this.catchUps]) runner.notify(restored);
  }

  /** Of what is served now. Waits for nobody. */
  notify(snapshot: HotConfigSnapshot<T>): void {
    for (const runner of this.runners) runner.notify(snapshot);
  }

  /** Resolves when every notified hook has ended. */
  async idle(): Promise<void> {
    await allIdle([...this.runners, ...this.catchUps]);
  }
}

async function allIdle<T>(runners: Iterable<NotifyRunner<T>>): Promise<void> {
  await Promise.all(Array.from(runners, (runner) => runner.idle()));
}

function refuse(stage: 'prepare' | 'confirm'): (cause: unknown) => never {
  return (cause) => {
    throw cause instanceof HotConfigError ? new RejectionError(stage, cause) : cause;
  };
}
