import { NestFactory } from '@nestjs/core';
import { runHttpApplication } from 'service-kit';
import { NatsTransport } from './nats.transport.js';
import { Service3Module } from './service3.module.js';

await runHttpApplication(() => NestFactory.create(Service3Module, { abortOnError: false }), {
  defaultPort: 3003,
  beforeListen: (app) => app.get(NatsTransport).start(app),
});
