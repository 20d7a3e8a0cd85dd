import { types } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { HotConfigDefinition, HotResourceDefinition } from '../contract/index.js';
import { type HotConfigEngine, type KeyPipeline, type Pin, sharedController } from '../engine/index.js';
import { DocumentHotConfigRef } from './document.ref.js';
import { EngineHotResource } from './engine.resource.js';
import type { HotConfigRef } from './hot-config.ref.js';
import type { HotResource } from './hot-resource.js';
import { getHotConfigToken, HOT_CONFIG_ENGINE } from './tokens.js';

/** The engine inside an application: its first values, its refs, its pins and its end. Applications use `HotConfigService`. */
@Injectable()
export class HotConfigRuntime {
  /** By pipeline, not by key: after a failed first load the key has another pipeline. */
  private readonly refs = new WeakMap<KeyPipeline, HotConfigRef<object>>();
  private readonly pins = new WeakMap<object, Pin>();
  private readonly closing = sharedController();
  private started = false;

  constructor(
    @Inject(HOT_CONFIG_ENGINE) private readonly engine: HotConfigEngine,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
  ) {}

  /** The application runs from now on: a module that is loaded later and fails does not close what runs. */
  markStarted(): void {
    this.started = true;
  }

  /** Registers a key and waits for its first value. */
  async bringUp<T extends object>(definition: HotConfigDefinition<T>): Promise<HotConfigRef<T>> {
    const { engine } = this;
    try {
      engine.register(definition);
      // A module may be loaded lazily inside a request: its first value is the newest, not the one that the request is pinned to.
      await engine.pins.outside(() => engine.ready(definition.key));
    } catch (error) {
      await this.closeFailedStart();
      throw error;
    }
    return this.ref<T>(definition.key);
  }

  /** Registers a hot resource and waits for its first build. */
  async bringUpResource<T>(definition: HotResourceDefinition): Promise<HotResource<T>> {
    const { pins } = this.engine;
    try {
      const slot = await pins.outside(() => this.engine.resources.bringUp(definition));
      return new EngineHotResource<T>(slot, pins);
    } catch (error) {
      await this.closeFailedStart();
      throw error;
    }
  }

  /** @throws HotConfigNotRegisteredError */
  ref<T extends object>(key: string): HotConfigRef<T> {
    const override = this.overriddenRef(key);
    if (override) return override as HotConfigRef<T>;
    const pipeline = this.engine.pipeline(key);
    const known = this.refs.get(pipeline) ?? this.makeRef(pipeline);
    this.refs.set(pipeline, known);
    return known as unknown as HotConfigRef<T>;
  }

  /** What a test provides in place of the ref of a key. The engine does not know such a key. */
  overriddenRef(key: string): HotConfigRef<object> | undefined {
    if (this.engine.keys().includes(key)) return undefined;
    const token = getHotConfigToken(key);
    const override = this.discovery.getProviders().find((provider) => provider.token === token);
    return override?.instance as HotConfigRef<object> | undefined;
  }

  /** The pin that the running code is held to already; else the pin of the request, made when it is first asked for. */
  pinOf(request: object | undefined): Pin {
    const known = this.engine.pins.current ?? (request && this.pins.get(request));
    if (known?.isIntact) return known;
    const pin = this.engine.pin();
    if (request) this.pins.set(request, pin);
    return pin;
  }

  enter<R>(pin: Pin, work: () => R): { readonly result: R; readonly leave: () => void } {
    return this.engine.pins.enter(pin, work);
  }

  pinned<R>(work: () => R): R {
    const { result, leave } = this.enter(this.pinOf(undefined), work);
    // Not by `instanceof`: there may be several realms, as in Jest. Nor by `then`: calling that starts a lazy query twice.
    if (types.isPromise(result)) result.then(leave, leave);
    else leave();
    return result;
  }

  /** Ends all changes. Values and hot resources can be used as before. */
  async stop(): Promise<void> {
    await this.engine.stop();
    this.closing.abort();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.engine.disposeResources();
  }

  private async closeFailedStart(): Promise<void> {
    if (!this.started) await this.close();
  }

  private makeRef(pipeline: KeyPipeline): HotConfigRef<object> {
    return new DocumentHotConfigRef(pipeline, {
      pins: this.engine.pins,
      pinned: (work) => this.pinned(work),
      status: () => this.engine.status(pipeline.key),
      closed: this.closing.signal,
    });
  }
}
