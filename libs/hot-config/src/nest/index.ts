export type { EngineEvent } from '../engine/index.js';
export {
  BeforeHotConfigChange,
  type BeforeHotConfigChangeOptions,
  HotConfig,
  OnHotConfigChange,
  type OnHotConfigChangeDecorator,
  type OnHotConfigChangeOptions,
} from './decorators.js';
export { DocumentHotConfigRef } from './document.ref.js';
export { EventFeed } from './event-feed.js';
export { HookExplorer } from './hook-explorer.js';
export { HotConfigInterceptor, type RequestOf } from './hot-config.interceptor.js';
export { HotConfigModule } from './hot-config.module.js';
export {
  type CriticalHookOptions,
  type FollowingHookOptions,
  HotConfigRef,
  type HotConfigRefSummary,
  type HotConfigSubscription,
  type OnChangeOptions,
} from './hot-config.ref.js';
export { HotConfigService } from './hot-config.service.js';
export { HotConfigCoreModule } from './hot-config-core.module.js';
export { HotFeature } from './hot-feature.js';
export {
  HotResource,
  hotResource,
  type HotResourceLease,
  type HotResourceOfManyOptions,
  type HotResourceOptions,
  InjectHotResource,
} from './hot-resource.js';
export type { HotConfigModuleOptions, HotConfigOptionsFactory } from './options.js';
export {
  getHotConfigToken,
  HOT_CONFIG_ENGINE,
  HOT_CONFIG_REQUEST_OF,
  HOT_CONFIG_SOURCE_OVERRIDE,
} from './tokens.js';
