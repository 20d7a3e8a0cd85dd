import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { type HotConfigChange, HotConfigNotRegisteredError, HotConfigSetupError } from '../contract/index.js';
import { type Hook, type HotConfigEngine, type KeyPipeline, NOT_APPLICABLE } from '../engine/index.js';
import { ON_HOT_CONFIG_CHANGE, type OnHotConfigChangeMetadata } from './decorators.js';
import type { HotConfigRuntime } from './hot-config.runtime.js';
import { HOT_CONFIG_ENGINE, HOT_CONFIG_RUNTIME } from './tokens.js';

type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Method = (change: HotConfigChange<unknown>) => unknown;

/** Finds the hooks of all providers and controllers when the application has started, and adds them to the engine. */
@Injectable()
export class HookExplorer implements OnApplicationBootstrap {
  private attached = false;

  constructor(
    @Inject(HOT_CONFIG_ENGINE) private readonly engine: HotConfigEngine,
    @Inject(HOT_CONFIG_RUNTIME) private readonly runtime: HotConfigRuntime,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
  ) {}

  onApplicationBootstrap(): void {
    this.attach();
  }

  /** Idempotent, because tests call it without an initialized application. */
  attach(): void {
    if (this.attached) return;
    this.attached = true;
    // An alias (useExisting) is the same instance under another token: its hooks must not run twice.
    const seen = new Set<unknown>();
    for (const wrapper of this.wrappers()) {
      const target = hookHolder(wrapper);
      if (!target || seen.has(target)) continue;
      seen.add(target);
      this.attachHolder(wrapper, target);
    }
  }

  /** Providers, controllers, and the guards, pipes, filters and interceptors that are named on a route only. */
  private wrappers(): InstanceWrapper[] {
    const enhancers = [...this.modules.values()].flatMap(({ injectables }) => [...injectables.values()]);
    return [...this.discovery.getProviders(), ...this.discovery.getControllers(), ...enhancers];
  }

  private attachHolder(wrapper: InstanceWrapper, holder: object): void {
    const className = wrapper.metatype?.name ?? String(wrapper.name);
    const methods = this.methodsOf(holder);
    const decorated = methods.flatMap((name) =>
      metadataOf(holder, name).map((metadata) => ({ name, metadata })),
    );
    const prepares = methods.includes('beforeHotConfigChange');
    const notified = methods.includes('onHotConfigChange');
    if (decorated.length === 0 && !prepares && !notified) return;
    if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) throw notASingleton(className, wrapper);
    const hook = (name: string): Hook<object> => ({
      name: `${className}.${name}`,
      run: (change) => (wrapper.instance as Record<string, Method>)[name]?.(change),
    });
    // Also to the keys that a lazily loaded module adds later.
    this.engine.forEachUp((pipeline) => {
      if (prepares) pipeline.hooks.addPrepare(hook('beforeHotConfigChange'));
      if (notified) pipeline.hooks.addNotify(hook('onHotConfigChange'), 'start');
    });
    for (const { name, metadata } of decorated) this.attachDecorated(hook(name), metadata);
  }

  private attachDecorated(hook: Hook<object>, metadata: OnHotConfigChangeMetadata): void {
    const { key, path, timeoutMs, critical, before } = metadata;
    const override = this.runtime.overriddenRef(key);
    // A test that provides the ref changes its value itself: there is nothing to veto.
    if (override && before) return;
    if (override) {
      if (typeof override.onChange !== 'function') throw noRef(key, hook.name);
      const run = (change: HotConfigChange<object>): unknown =>
        path !== undefined && !change.has(path) ? NOT_APPLICABLE : hook.run(change);
      override.onChange(run, { name: hook.name, timeoutMs, critical });
      return;
    }
    const pipeline = this.pipelineFor(key, hook.name);
    const added = { ...hook, path, timeoutMs };
    if (before) pipeline.hooks.addPrepare(added);
    else if (critical) pipeline.hooks.addCritical(added, 'start');
    else pipeline.hooks.addNotify(added, 'start');
  }

  private pipelineFor(key: string, hook: string): KeyPipeline {
    if (this.engine.keys().includes(key)) return this.engine.pipeline(key);
    throw new HotConfigNotRegisteredError(
      `${hook} listens for changes of "${key}", which is not registered. Correct the key, or declare it with ` +
        `HotConfigModule.forFeature; registered keys: ${this.engine.keys().join(', ') || 'none'}.`,
      { key },
    );
  }

  private methodsOf(holder: object): string[] {
    const prototype = Object.getPrototypeOf(holder) as object | null;
    const inherited = prototype ? this.scanner.getAllMethodNames(prototype) : [];
    // A useValue or useFactory object may carry its hooks itself.
    return [...new Set([...inherited, ...this.scanner.getAllMethodNames(holder)])];
  }
}

/** The object whose methods may be hooks: the instance; for a class with an instance per request, its prototype. */
function hookHolder(wrapper: InstanceWrapper): object | undefined {
  const perUse = wrapper.isTransient || !wrapper.isDependencyTreeStatic();
  const prototype = wrapper.metatype?.prototype as object | undefined;
  if (perUse && prototype && !wrapper.inject) return Object.create(prototype) as object;
  const instance: unknown = wrapper.instance;
  return typeof instance === 'object' && instance !== null ? instance : undefined;
}

function metadataOf(holder: object, name: string): OnHotConfigChangeMetadata[] {
  const method = (holder as Record<string, unknown>)[name];
  if (typeof method !== 'function') return [];
  return (Reflect.getMetadata(ON_HOT_CONFIG_CHANGE, method) ?? []) as OnHotConfigChangeMetadata[];
}

function noRef(key: string, hook: string): HotConfigSetupError {
  return new HotConfigSetupError(
    `${hook} listens for changes of "${key}", but what was provided in place of its HotConfigRef has no onChange. Provide createHotConfigRef({ … }).`,
  );
}

function notASingleton(className: string, wrapper: InstanceWrapper): HotConfigSetupError {
  const scope = wrapper.isTransient ? 'transient' : 'request-scoped, itself or through what it injects';
  return new HotConfigSetupError(
    `${className} has config change hooks but is ${scope}, so there is no single instance to call. ` +
      'Move the hooks to a singleton provider; injecting a HotConfigRef works in every scope.',
  );
}
