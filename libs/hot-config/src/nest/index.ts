export {
  BeforeHotConfigChange,
  HotConfig,
  OnHotConfigChange,
  type BeforeHotConfigChangeOptions,
  type OnHotConfigChangeDecorator,
  type OnHotConfigChangeOptions,
} from './decorators.js';
export { EventFeed } from './event-feed.js';
export type { EngineEvent } from '../engine/index.js';
export { HotConfigModule } from './hot-config.module.js';
export { HotConfigCoreModule } from './hot-config-core.module.js';
export {
  HotConfigRef,
  type CriticalHookOptions,
  type FollowingHookOptions,
  type HotConfigRefSummary,
  type HotConfigSubscription,
  type OnChangeOptions,
} from './hot-config.ref.js';
export { HotConfigInterceptor, type RequestOf } from './hot-config.interceptor.js';
export { HotFeature } from './hot-feature.js';
export {
  HotResource,
  hotResource,
  InjectHotResource,
  type HotResourceLease,
  type HotResourceOfManyOptions,
  type HotResourceOptions,
} from './hot-resource.js';
export { HotConfigService } from './hot-config.service.js';
export { HookExplorer } from './hook-explorer.js';
export { LiveHotConfigRef } from './live.ref.js';
export type { HotConfigModuleOptions, HotConfigOptionsFactory } from './options.js';
export {
  getHotConfigToken,
  HOT_CONFIG_ENGINE,
  HOT_CONFIG_REQUEST_OF,
  HOT_CONFIG_SOURCE_OVERRIDE,
} from './tokens.js';
