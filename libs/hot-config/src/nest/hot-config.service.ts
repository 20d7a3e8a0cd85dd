import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { types } from 'node:util';
import type {
  HotConfigDefinition,
  HotConfigStatus,
  HotResourceDefinition,
  HotResourceStatus,
} from '../contract/index.js';
import { sharedController, type HotConfigEngine, type KeyPipeline, type Pin } from '../engine/index.js';
import { redact } from '../redaction/index.js';
import { keyOf, type HotConfigTarget } from '../schema/index.js';
import type { HotConfigRef } from './hot-config.ref.js';
import type { HotResource } from './hot-resource.js';
import { LiveHotConfigRef } from './live.ref.js';
import { LiveHotResource } from './live.resource.js';
import { getHotConfigToken, HOT_CONFIG_ENGINE } from './tokens.js';

/** All configs of the application in one place: for health, for an admin page, for code that is not injected into. */
@Injectable()
export class HotConfigService {
  /** By pipeline, not by key: one whose first load failed is let go, and the next load of the key has another. */
  private readonly refs = new WeakMap<KeyPipeline, HotConfigRef<object>>();
  private readonly pins = new WeakMap<object, Pin>();
  private readonly closing = sharedController();
  private started = false;

  constructor(
    @Inject(HOT_CONFIG_ENGINE) private readonly engine: HotConfigEngine,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
  ) {}

  /** The registered keys. */
  keys(): readonly string[] {
    return this.engine.keys();
  }

  /** @throws HotConfigNotRegisteredError */
  ref<T extends object>(target: HotConfigTarget<T>): HotConfigRef<T> {
    const key = keyOf(target);
    const override = this.overriddenRef(key);
    if (override) return override as HotConfigRef<T>;
    const pipeline = this.engine.pipeline(key);
    const known = this.refs.get(pipeline) ?? this.makeRef(pipeline);
    this.refs.set(pipeline, known);
    return known as unknown as HotConfigRef<T>;
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
   * What `ref.value` reads, as plain data, with `[redacted]` for what is sensitive. For pages and logs.
   *
   * @throws HotConfigNotRegisteredError
   */
  redactedValue(target: HotConfigTarget): unknown {
    const { definition } = this.engine.pipeline(keyOf(target));
    return redact(definition, this.ref(target).value);
  }

  /** The hot resources: since when each is in use, and by how many. */
  resources(): readonly HotResourceStatus[] {
    return this.engine.resourceSlots().map((slot) => slot.status());
  }

  /**
   * Runs work, and all that it awaits, on what is in force now: every config that it reads stays at one revision, every hot
   * resource at the instance that belongs to it. For jobs; requests have the option `pinRequests`.
   */
  pinned<R>(work: () => R): R {
    const { result, leave } = this.enter(this.pinOf(undefined), work);
    // Not by `instanceof`: there may be several realms, as in Jest. Nor by `then`: calling that starts a lazy query twice.
    if (types.isPromise(result)) result.then(leave, leave);
    else leave();
    return result;
  }

  /**
   * Reads one key, or all, from the store now and retries a rejected document. Resolves when the hooks have ended.
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

  /** @internal What a test provides in place of the ref of a key, which then nothing brings up. */
  overriddenRef(key: string): HotConfigRef<object> | undefined {
    if (this.engine.keys().includes(key)) return undefined;
    const token = getHotConfigToken(key);
    const override = this.discovery.getProviders().find((provider) => provider.token === token);
    return override?.instance as HotConfigRef<object> | undefined;
  }

  /** @internal From now on the application runs, whatever becomes of what is loaded later. */
  markStarted(): void {
    this.started = true;
  }

  /** @internal Takes a key on and waits for its first value. */
  async bringUp<T extends object>(definition: HotConfigDefinition<T>): Promise<HotConfigRef<T>> {
    const { engine } = this;
    try {
      engine.register(definition);
      // A module may be loaded lazily in a request; what it starts is not held to what that request is.
      await engine.pins.outside(() => engine.ready(definition.key));
    } catch (error) {
      await this.giveUp();
      throw error;
    }
    return this.ref<T>(definition);
  }

  /** @internal Takes a hot resource on and waits for its first build. */
  async bringUpResource<T>(definition: HotResourceDefinition): Promise<HotResource<T>> {
    const { pins } = this.engine;
    try {
      const slot = await pins.outside(() => this.engine.bringUpResource(definition));
      return new LiveHotResource<T>(slot, pins);
    } catch (error) {
      await this.giveUp();
      throw error;
    }
  }

  /** @internal The pin that already holds, or that of the request, the same one each time it is asked for; else a new one. */
  pinOf(request: object | undefined): Pin {
    const known = this.engine.pins.current ?? (request && this.pins.get(request));
    if (known?.isIntact) return known;
    const pin = this.engine.pin();
    if (request) this.pins.set(request, pin);
    return pin;
  }

  /** @internal */
  enter<R>(pin: Pin, work: () => R): { readonly result: R; readonly leave: () => void } {
    return this.engine.pins.enter(pin, work);
  }

  /** @internal No change comes any more. Values and hot resources can be used as before. */
  async stop(): Promise<void> {
    await this.engine.stop();
    this.closing.abort();
  }

  /** @internal */
  async close(): Promise<void> {
    await this.stop();
    await this.engine.disposeResources();
  }

  /** A start that fails closes what was opened; a module that is loaded later and fails harms nothing that runs. */
  private async giveUp(): Promise<void> {
    if (!this.started) await this.close();
  }

  private makeRef(pipeline: KeyPipeline): HotConfigRef<object> {
    return new LiveHotConfigRef(pipeline, {
      pins: this.engine.pins,
      pinned: (work) => this.pinned(work),
      status: () => this.engine.status(pipeline.key),
      closed: this.closing.signal,
    });
  }
}
