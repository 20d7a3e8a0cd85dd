export { sharedController } from '../async/shared-controller.js';
export type { EngineEvent, Report } from './events.js';
export { type Hook, NOT_APPLICABLE } from './hooks/call-hook.js';
export { type EngineOptions, HotConfigEngine } from './hot-config-engine.js';
export { differsAt, diffValues, hasMembers } from './key/diff.js';
export {
  type EvaluatedDocument,
  evaluateDocument,
  type EvaluationContext,
} from './key/document-evaluation.js';
export { KeyPipeline } from './key/key-pipeline.js';
export type { Provenance } from './key/key-state.js';
export type { Pin, Pins } from './pins/pins.js';
export { RejectionError } from './rejection-error.js';
export { nameOfToken } from './resources/name-of-token.js';
export type { Lease } from './resources/resource-instance.js';
export { noResources } from './resources/resource-set.js';
export type { ResourceSlot } from './resources/resource-slot.js';
export { defaultStartPolicy, type StartFallback, type StartPolicy } from './startup.js';
