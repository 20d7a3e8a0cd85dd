import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { portFrom, runApplication } from 'service-kit';
import { Service2Module } from './service2.module.js';

await runApplication(
  () =>
    NestFactory.create<NestFastifyApplication>(Service2Module, new FastifyAdapter(), { abortOnError: false }),
  (app) => app.listen(portFrom('PORT', 3002), '0.0.0.0'),
);
