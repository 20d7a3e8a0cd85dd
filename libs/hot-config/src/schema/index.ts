export { RestartRequired, Sensitive } from './class-validator/index.js';
export {
  definitionOf,
  type HotConfigClass,
  type HotConfigDeclaration,
  HotConfigSchema,
  type HotConfigTarget,
  keyOf,
  requireDefinition,
} from './declaration.js';
export type { SchemaOptions } from './options.js';
export { isPlainObject } from './plain.js';
export { defineHotConfig, type HotConfigOptions } from './standard/define-hot-config.js';
