export {
  definitionOf,
  HotConfigSchema,
  keyOf,
  requireDefinition,
  type HotConfigClass,
  type HotConfigDeclaration,
  type HotConfigTarget,
} from './declaration.js';
export { defineHotConfig, type HotConfigOptions } from './standard/define-hot-config.js';
export type { SchemaOptions } from './options.js';
export { isPlainObject } from './plain.js';

export { RestartRequired, Sensitive } from './class-validator/index.js';
