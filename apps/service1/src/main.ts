import { NestFactory } from '@nestjs/core';
import { portFrom, runApplication } from 'service-kit';
import { Service1Module } from './service1.module.js';

await runApplication(
  () => NestFactory.create(Service1Module, { abortOnError: false }),
  (app) => app.listen(portFrom('PORT', 3001), '0.0.0.0'),
);
