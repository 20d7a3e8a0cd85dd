import { NestFactory } from '@nestjs/core';
import { runHttpApplication } from 'service-kit';
import { ConfigLoaderModule } from './config-loader.module.js';

await runHttpApplication(() => NestFactory.create(ConfigLoaderModule, { abortOnError: false }), {
  defaultPort: 3000,
});
