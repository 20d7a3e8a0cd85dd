export { createHotConfigRef, type HotConfigRefDouble } from './hot-config-ref.double.js';
export { HotConfigTestingModule, HotConfigTestStore } from './hot-config-testing.module.js';
export { createHotResource } from './hot-resource.double.js';
export { MemorySource } from './memory-source.js';
