import { NestFactory } from '@nestjs/core';
import { runApplication } from 'service-kit';
import { ConfigModifierModule } from './config-modifier.module.js';

await runApplication(() =>
  NestFactory.createApplicationContext(ConfigModifierModule, { abortOnError: false }),
);
