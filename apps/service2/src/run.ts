import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { runHttpApplication } from 'service-kit';
import { Service2Module } from './service2.module.js';

await runHttpApplication(
  () =>
    NestFactory.create<NestFastifyApplication>(Service2Module, new FastifyAdapter(), { abortOnError: false }),
  { defaultPort: 3002 },
);
