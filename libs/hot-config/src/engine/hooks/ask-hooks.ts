import { childController } from '../../async/shared-controller.js';
import type { HotConfigSnapshot, HotConfigVetoError } from '../../contract/index.js';
import { callHook, type Hook, type HookContext, type Seen } from './call-hook.js';
import { vetoOf } from './hook-failure.js';

/** Asks hooks before a swap, all at once. Throws the first veto; the signals of the other hooks are aborted then. */
export async function askPrepareHooks<T extends object>(
  hooks: Iterable<Hook<T>>,
  seen: Seen<T>,
  snapshot: HotConfigSnapshot<T>,
  context: HookContext<T>,
): Promise<void> {
  const { controller, detach } = childController(context.stopped);
  const { signal } = controller;
  const asked = Array.from(hooks, (hook) =>
    callHook(hook, seen, snapshot, { ...context, stopped: signal }).catch((thrown: unknown) => {
      if (!signal.aborted) controller.abort(vetoOf({ hook, seen, snapshot }, thrown, context));
    }),
  );
  // Waits for all of them: a hook must not be at work still when the next change comes.
  await Promise.all(asked);
  detach();
  signal.throwIfAborted();
}

/**
 * Asks hooks after a swap, all at once, and waits for each: a hook that is cut short may have accepted the change all the same,
 * and would not be called when the change is rolled back. Throws the first veto.
 *
 * @param accepted gets each hook that has accepted the change
 */
export async function askCriticalHooks<T extends object>(
  hooks: Iterable<Hook<T>>,
  seen: HotConfigSnapshot<T>,
  snapshot: HotConfigSnapshot<T>,
  context: HookContext<T>,
  accepted: Set<Hook<T>>,
): Promise<void> {
  let veto: HotConfigVetoError | undefined;
  const asked = Array.from(hooks, (hook) =>
    callHook(hook, seen, snapshot, context).then(
      () => void accepted.add(hook),
      (thrown: unknown) => void (veto ??= vetoOf({ hook, seen, snapshot }, thrown, context)),
    ),
  );
  await Promise.all(asked);
  context.stopped.throwIfAborted();
  if (veto) throw veto;
}
