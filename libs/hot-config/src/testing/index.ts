export { createHotConfigRef, type HotConfigRefDouble } from './hot-config-ref.double.js';
export { createHotResource } from './hot-resource.double.js';
export { HotConfigTestStore, HotConfigTestingModule } from './hot-config-testing.module.js';
export { MemorySource } from './memory-source.js';
