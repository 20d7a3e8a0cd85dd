export { ConfigController, type ConfigView } from './config.controller.js';
export { env, hotConfigOptions, wholeNumber } from './environment.js';
export { runApplication, runHttpApplication, type HttpOptions } from './run-application.js';
export { ServiceKitModule } from './service-kit.module.js';
export { ServiceLogger, type LoggingSettings } from './service-logger.js';
