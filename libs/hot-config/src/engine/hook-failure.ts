import { HotConfigError, type HotConfigHookFailure } from '../contract/index.js';

/** With an error that may be shown. */
export class HookFailure implements HotConfigHookFailure {
  readonly at = new Date();

  constructor(
    readonly hook: string,
    readonly revision: number,
    readonly error: Error,
  ) {}

  /** An error has no JSON of its own, or one with more in it than anybody looked at: a client's shows the headers it sent. */
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
