import {
  HotConfigError,
  type HotConfigHookFailure,
  type HotConfigSnapshot,
  HotConfigVetoError,
} from '../../contract/index.js';
import { maskedError, maskOf } from '../../redaction/index.js';
import type { Hook, HookContext, Seen } from './call-hook.js';

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
    const { hook, revision, at, error } = this;
    const { name, message } = error;
    return {
      hook,
      revision,
      at,
      error: error instanceof HotConfigError ? error.toJSON() : { name, message },
    };
  }
}

/** A call of a hook that failed: with the change from what the hook saw last to the snapshot. */
interface FailedCall<T extends object> {
  readonly hook: Hook<T>;
  readonly seen: Seen<T>;
  readonly snapshot: HotConfigSnapshot<T>;
}

export function failureOf<T extends object>(
  { hook, seen, snapshot }: FailedCall<T>,
  thrown: unknown,
  { definition }: HookContext<T>,
): HotConfigHookFailure {
  const error = maskedError(thrown, maskOf(definition, snapshot.value, seen?.value));
  return new HookFailure(hook.name, snapshot.revision, error);
}

export function vetoOf<T extends object>(
  { hook, seen, snapshot }: FailedCall<T>,
  thrown: unknown,
  { definition }: HookContext<T>,
): HotConfigVetoError {
  const { key, revision } = snapshot;
  const cause = maskedError(thrown, maskOf(definition, snapshot.value, seen?.value));
  return new HotConfigVetoError(
    `${hook.name} rejected "${key}" revision ${revision}: ${cause.message.replace(/\.$/, '')}. The value applied before stays in force; publish another document, or let the hook accept this one.`,
    { key, revision, cause },
  );
}
