import { NestFactory } from '@nestjs/core';
import { portFrom, runApplication } from 'service-kit';
import { ConfigLoaderModule } from './config-loader.module.js';

await runApplication(
  () => NestFactory.create(ConfigLoaderModule, { abortOnError: false }),
  (app) => app.listen(portFrom('PORT', 3000), '0.0.0.0'),
);
