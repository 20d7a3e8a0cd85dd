import { Inject, Injectable, Logger } from '@nestjs/common';
import type { HotConfigDefinition, HotConfigStatus } from '../contract/index.js';
import type { HotConfigEngine } from '../engine/index.js';
import { keyOf, redact, type HotConfigTarget } from '../schema/index.js';
import type { HotConfigRef } from './hot-config.ref.js';
import { LiveHotConfigRef } from './live.ref.js';
import { HOT_CONFIG_ENGINE } from './tokens.js';

/** All configs of the application in one place: for health, for an admin page, for code that is not injected into. */
@Injectable()
export class HotConfigService {
  private readonly logger = new Logger('HotConfig');
  private readonly refs = new Map<string, HotConfigRef<object>>();
  private readonly closing = new AbortController();

  constructor(@Inject(HOT_CONFIG_ENGINE) private readonly engine: HotConfigEngine) {}

  /** The registered keys. */
  keys(): readonly string[] {
    return this.engine.keys();
  }

  /** @throws HotConfigNotRegisteredError */
  ref<T extends object>(target: HotConfigTarget<T>): HotConfigRef<T> {
    const key = keyOf(target);
    const known = this.refs.get(key) ?? this.makeRef(key);
    this.refs.set(key, known);
    return known as unknown as HotConfigRef<T>;
  }

  /** Of one key, or of all registered keys. @throws HotConfigNotRegisteredError */
  status(): readonly HotConfigStatus[];
  status(target: HotConfigTarget): HotConfigStatus;
  status(target?: HotConfigTarget): HotConfigStatus | readonly HotConfigStatus[] {
    return target === undefined
      ? this.keys().map((key) => this.engine.status(key))
      : this.engine.status(keyOf(target));
  }

  /** The served value as plain data, with `[redacted]` for what is sensitive. For pages and logs. */
  redactedValue(target: HotConfigTarget): unknown {
    const { definition, snapshot } = this.engine.pipeline(keyOf(target));
    return redact(definition, snapshot.value);
  }

  /** Reads one key, or all, from the store now and tries a refused document again. Resolves when the hooks have ended. */
  refresh(target?: HotConfigTarget): Promise<void> {
    return this.engine.refresh(target === undefined ? undefined : keyOf(target));
  }

  /** Resolves when every key has a value, by the start policy. Rejects with what hinders it. */
  async ready(): Promise<void> {
    await Promise.all(this.keys().map((key) => this.engine.ready(key)));
  }

  /** Resolves when every key serves the store's own value, be it after hours. */
  async synchronized(): Promise<void> {
    await Promise.all(this.keys().map((key) => this.engine.synchronized(key)));
  }

  /** @internal Takes a key on and waits for its first value. A start that fails closes what was opened. */
  async bringUp<T extends object>(definition: HotConfigDefinition<T>): Promise<HotConfigRef<T>> {
    try {
      this.engine.register(definition);
      await this.engine.ready(definition.key);
    } catch (error) {
      await this.close();
      throw error;
    }
    return this.ref<T>(definition);
  }

  /** @internal */
  async close(): Promise<void> {
    await this.engine.stop();
    this.closing.abort();
  }

  private makeRef(key: string): HotConfigRef<object> {
    return new LiveHotConfigRef(this.engine.pipeline(key), {
      status: () => this.engine.status(key),
      reportListenerError: (error) => {
        const stack = error instanceof Error ? error.stack : undefined;
        this.logger.error(`A subscriber of ${key} failed: ${String(error)}`, stack);
      },
      closed: this.closing.signal,
    });
  }
}
