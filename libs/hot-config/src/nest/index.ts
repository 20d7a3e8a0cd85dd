export {
  HotConfig,
  OnConfigChange,
  type BeforeHotConfigChange,
  type OnConfigChangeOptions,
  type OnHotConfigChange,
} from './decorators.js';
export { HotConfigModule } from './hot-config.module.js';
export { HotConfigCoreModule } from './hot-config-core.module.js';
export { HotConfigRef, type HotConfigSubscription, type OnChangeOptions } from './hot-config.ref.js';
export { HotConfigService } from './hot-config.service.js';
export { HookExplorer } from './hook-explorer.js';
export { LiveHotConfigRef } from './live.ref.js';
export { describeDifferences } from './change-log.js';
export type { HotConfigModuleOptions, HotConfigOptionsFactory } from './options.js';
export { getHotConfigToken, HOT_CONFIG_ENGINE, HOT_CONFIG_SOURCE_OVERRIDE } from './tokens.js';
