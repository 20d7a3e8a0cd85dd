export { ConfigController, type ConfigView } from './config.controller.js';
export { askDatabase, checkDatabase, type DatabaseAnswer, openPool } from './database.js';
export {
  configFiles,
  env,
  hotConfigOptions,
  type NatsClientOptions,
  natsClientOptions,
  replicas,
  wholeNumber,
} from './environment.js';
export { LivenessController } from './liveness.controller.js';
export { type HttpOptions, runApplication, runHttpApplication } from './run-application.js';
export { ServiceKitModule } from './service-kit.module.js';
export { type LoggingSettings, ServiceLogger } from './service-logger.js';
