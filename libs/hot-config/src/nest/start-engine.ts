import type { DiscoveryService } from '@nestjs/core';
import {
  checkMilliseconds,
  type DocumentSource,
  HotConfigSetupError,
  type HotResourceDefinition,
} from '../contract/index.js';
import {
  defaultStartPolicy,
  HotConfigEngine,
  type StartFallback,
  type StartPolicy,
} from '../engine/index.js';
import { checkModuleOptions, storeOf } from './checked-options.js';
import { defaultSource } from './default-source.js';
import type { EventFeed } from './event-feed.js';
import { HOT_RESOURCE } from './hot-resource.js';
import type { HotConfigModuleOptions } from './options.js';
import { HOT_CONFIG_OPTIONS } from './tokens.js';

const FALLBACKS: ReadonlySet<StartFallback> = new Set(['last-known-good', 'defaults']);

/** Starts the engine of an application. `override` is the source of a test. @throws HotConfigSetupError */
export async function startEngine(
  discovery: DiscoveryService,
  feed: EventFeed,
  options: HotConfigModuleOptions | undefined,
  override: DocumentSource | undefined,
): Promise<HotConfigEngine> {
  requireOneRoot(discovery);
  if (!options && !override) {
    throw new HotConfigSetupError(
      'HotConfigModule.forFeature is used, but HotConfigModule.forRoot is not, or its factory gave nothing. Import HotConfigModule.forRoot() once, in the root module.',
    );
  }
  if (options) checkModuleOptions(options);
  const {
    source,
    lastKnownGood,
    startup,
    variables,
    hookTimeoutMs = 10_000,
    shutdownGraceMs = 3_000,
  } = options ?? {};
  checkMilliseconds('hookTimeoutMs', hookTimeoutMs);
  checkMilliseconds('shutdownGraceMs', shutdownGraceMs, 0);
  const engine = new HotConfigEngine({
    source: override ?? source ?? (await defaultSource()),
    // A test must neither read nor write the last known good of the machine that it runs on.
    lastKnownGoodStore: override ? undefined : storeOf(lastKnownGood),
    startup: startPolicyOf(startup),
    variables,
    hookTimeoutMs,
    graceMs: shutdownGraceMs,
    report: (event) => feed.emit(event),
  });
  for (const definition of declaredResources(discovery)) engine.resources.add(definition);
  await engine.start();
  return engine;
}

/** An undefined option counts as not given. */
function startPolicyOf({ timeoutMs, fallback }: HotConfigModuleOptions['startup'] = {}): StartPolicy {
  checkMilliseconds('startup.timeoutMs', timeoutMs, 0);
  const unknown = fallback?.find((name) => !FALLBACKS.has(name));
  if (unknown !== undefined) {
    throw new HotConfigSetupError(
      `startup.fallback lists ${JSON.stringify(unknown)}. It may list ${[...FALLBACKS].join(' and ')}.`,
    );
  }
  return {
    timeoutMs: timeoutMs ?? defaultStartPolicy.timeoutMs,
    fallback: fallback ?? defaultStartPolicy.fallback,
  };
}

/** With two, nothing could say whose options count. @throws HotConfigSetupError */
export function requireOneRoot(discovery: DiscoveryService): void {
  const roots = discovery.getProviders().filter(({ token }) => token === HOT_CONFIG_OPTIONS);
  if (roots.length <= 1) return;
  throw new HotConfigSetupError(
    'HotConfigModule.forRoot is imported twice. Import it once, in the root module.',
  );
}

/** Declared before the first config has a value, so that a first build is part of the first change and of its start policy. */
function declaredResources(discovery: DiscoveryService): HotResourceDefinition[] {
  const factories = discovery
    .getProviders()
    .map(({ metatype }) => metatype as { [HOT_RESOURCE]?: HotResourceDefinition } | null);
  return factories.flatMap((factory) => factory?.[HOT_RESOURCE] ?? []);
}
