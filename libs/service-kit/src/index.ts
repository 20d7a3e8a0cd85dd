export { ConfigController, type ConfigView } from './config.controller.js';
export { askDatabase, checkDatabase, openPool, type DatabaseAnswer } from './database.js';
export {
  configFiles,
  env,
  hotConfigOptions,
  natsClientOptions,
  replicas,
  wholeNumber,
  type NatsClientOptions,
} from './environment.js';
export { LivenessController } from './liveness.controller.js';
export { runApplication, runHttpApplication, type HttpOptions } from './run-application.js';
export { ServiceKitModule } from './service-kit.module.js';
export { ServiceLogger, type LoggingSettings } from './service-logger.js';
