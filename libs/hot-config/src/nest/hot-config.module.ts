import {
  type ConfigurableModuleAsyncOptions,
  ConfigurableModuleBuilder,
  type DynamicModule,
  Module,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { HotConfigDuplicateKeyError, HotConfigSetupError } from '../contract/index.js';
import { type HotConfigDeclaration, requireDefinition } from '../schema/index.js';
import type { HotConfigRuntime } from './hot-config.runtime.js';
import { HotConfigCoreModule } from './hot-config-core.module.js';
import type { HotConfigModuleOptions } from './options.js';
import { requireOneRoot } from './start-engine.js';
import { getHotConfigToken, HOT_CONFIG_OPTIONS, HOT_CONFIG_RUNTIME } from './tokens.js';

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<HotConfigModuleOptions>({
  optionsInjectionToken: HOT_CONFIG_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createHotConfigOptions')
  .build();

/** Configuration that changes under a running application. `forRoot` once, `forFeature` wherever a config is used. */
@Module({})
export class HotConfigModule extends ConfigurableModuleClass {
  /**
   * Without a source: NATS if `NATS_URL` is set, else the files of `./configs`.
   *
   * @throws HotConfigSetupError at startup: an option is invalid, or it is imported twice
   */
  static override forRoot(options: HotConfigModuleOptions = {}): DynamicModule {
    return asRoot(super.forRoot(options));
  }

  /** `imports`, `inject` and one of `useFactory`, `useClass`, `useExisting` (a `HotConfigOptionsFactory`). */
  static override forRootAsync(
    options: ConfigurableModuleAsyncOptions<HotConfigModuleOptions, 'createHotConfigOptions'>,
  ): DynamicModule {
    return asRoot(super.forRootAsync(options));
  }

  /**
   * Declares configs: `@HotConfigSchema` classes or definitions of `defineHotConfig`. First values are loaded before any
   * provider that injects them is constructed.
   *
   * @throws HotConfigSetupError for a class that is not declared; at startup, when `forRoot` is missing
   * @throws HotConfigDuplicateKeyError for two definitions of one key: at once within one list, otherwise at startup
   */
  static forFeature(declarations: readonly HotConfigDeclaration[]): DynamicModule {
    if (!Array.isArray(declarations))
      throw new HotConfigSetupError('forFeature takes a list: HotConfigModule.forFeature([ShopConfig]).');
    // A set: declaring the same config twice in one list is harmless.
    const definitions = [...new Set(declarations.map(requireDefinition))];
    assertDistinct(definitions.map(({ key }) => key));
    const providers = definitions.map((definition) => ({
      provide: getHotConfigToken(definition),
      useFactory: (runtime: HotConfigRuntime) => runtime.bringUp(definition),
      inject: [HOT_CONFIG_RUNTIME],
    }));
    return {
      module: HotConfigModule,
      imports: [HotConfigCoreModule],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}

const ONE_ROOT = Symbol('ONE_ROOT');

function asRoot(module: DynamicModule): DynamicModule {
  return {
    ...module,
    global: true,
    imports: [...(module.imports ?? []), HotConfigCoreModule, DiscoveryModule],
    // The engine checks this when it starts. This provider checks it also for a module that is loaded lazily.
    providers: [
      ...(module.providers ?? []),
      { provide: ONE_ROOT, useFactory: requireOneRoot, inject: [DiscoveryService] },
    ],
    exports: [...(module.exports ?? []), HOT_CONFIG_OPTIONS],
  };
}

/** Within one list Nest would let the last of two definitions win, silently. */
function assertDistinct(keys: readonly string[]): void {
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice === undefined) return;
  throw new HotConfigDuplicateKeyError(
    `Two different definitions for "${twice}" in one forFeature. Declare the key once and import that declaration everywhere.`,
  );
}
