import { Inject, Injectable } from '@nestjs/common';
import type { HotConfigStatus, HotResourceStatus } from '../contract/index.js';
import type { HotConfigEngine } from '../engine/index.js';
import { redact } from '../redaction/index.js';
import { type HotConfigTarget, keyOf } from '../schema/index.js';
import type { HotConfigRef } from './hot-config.ref.js';
import type { HotConfigRuntime } from './hot-config.runtime.js';
import { HOT_CONFIG_ENGINE, HOT_CONFIG_RUNTIME } from './tokens.js';

/** All configs of the application in one place: for health, for an admin page, for code that is not injected into. */
@Injectable()
export class HotConfigService {
  /** @internal Nest calls it. */
  constructor(
    @Inject(HOT_CONFIG_ENGINE) private readonly engine: HotConfigEngine,
    @Inject(HOT_CONFIG_RUNTIME) private readonly runtime: HotConfigRuntime,
  ) {}

  /** The registered keys. */
  keys(): readonly string[] {
    return this.engine.keys();
  }

  /** @throws HotConfigNotRegisteredError */
  ref<T extends object>(target: HotConfigTarget<T>): HotConfigRef<T> {
    return this.runtime.ref<T>(keyOf(target));
  }

  /**
   * Of one key, or of all registered keys that have a value: those of a module that is being loaded lazily have none yet.
   *
   * @throws HotConfigNotRegisteredError, or HotConfigUnavailableError for a key without a value
   */
  status(): readonly HotConfigStatus[];
  status(target: HotConfigTarget): HotConfigStatus;
  status(target?: HotConfigTarget): HotConfigStatus | readonly HotConfigStatus[] {
    if (target !== undefined) return this.engine.status(keyOf(target));
    const served = this.keys().filter((key) => this.engine.pipeline(key).current.applied);
    return served.map((key) => this.engine.status(key));
  }

  /**
   * The value that `ref.value` reads, as plain data with `[redacted]` in place of each sensitive part. For pages and logs.
   *
   * @throws HotConfigNotRegisteredError
   */
  redactedValue(target: HotConfigTarget): unknown {
    const { definition } = this.engine.pipeline(keyOf(target));
    return redact(definition, this.ref(target).value);
  }

  /** The hot resources: since when each is in use, and by how many. */
  resources(): readonly HotResourceStatus[] {
    return this.engine.resources.all().map((slot) => slot.status());
  }

  /**
   * Runs work, and all that it awaits, on the values in force now: every config that it reads stays at one revision, every hot
   * resource at the instance that belongs to it. For jobs; requests have the option `pinRequests`.
   */
  pinned<R>(work: () => R): R {
    return this.runtime.pinned(work);
  }

  /**
   * Reads one key, or all, from the store now and retries a rejected document. Resolves when the hooks have ended; for a key of which
   * a hook is running at the call, when the read has ended, because the caller may be that hook.
   *
   * @throws HotConfigNotRegisteredError
   */
  refresh(target?: HotConfigTarget): Promise<void> {
    return this.engine.refresh(target === undefined ? undefined : keyOf(target));
  }

  /**
   * Resolves when every key has a value, by the start policy.
   *
   * @throws HotConfigError that says why a key has none
   */
  async ready(): Promise<void> {
    await Promise.all(this.keys().map((key) => this.engine.ready(key)));
  }

  /**
   * Resolves when every key serves the store's own value, however long that takes.
   *
   * @throws HotConfigUnavailableError when the application stops first
   */
  async synchronized(): Promise<void> {
    await Promise.all(this.keys().map((key) => this.engine.synchronized(key)));
  }
}
