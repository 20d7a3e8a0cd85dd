export type { EngineEvent, Report } from './events.js';
export type { Hook } from './hooks.js';
export { changeBetween } from './change.js';
export { diffValues, differsAt } from './diff.js';
export { HotConfigEngine, type EngineOptions } from './hot-config-engine.js';
export { KeyPipeline, type PipelineOptions } from './key-pipeline.js';
export type { Provenance } from './key-state.js';
export { defaultStartPolicy, type StartFallback, type StartPolicy } from './startup.js';
