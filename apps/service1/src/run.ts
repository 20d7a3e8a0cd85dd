import { NestFactory } from '@nestjs/core';
import { runHttpApplication } from 'service-kit';
import { Service1Module } from './service1.module.js';

await runHttpApplication(() => NestFactory.create(Service1Module, { abortOnError: false }), {
  defaultPort: 3001,
});
