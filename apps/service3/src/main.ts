import { Logger, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport, type NatsOptions } from '@nestjs/microservices';
import { env, runHttpApplication } from 'service-kit';
import { Service3Module } from './service3.module.js';

/** The transport is a side of the service, not its base: it waits for NATS in the background, for ever. */
function startTransport(app: INestApplication): void {
  const servers = env('NATS_URL')?.split(',');
  if (!servers) return;
  const options = { servers, name: 'service3', waitOnFirstConnect: true, maxReconnectAttempts: -1 };
  app.connectMicroservice<NatsOptions>({ transport: Transport.NATS, options });
  app.startAllMicroservices().catch((error: unknown) => {
    new Logger('Transport').error(`The NATS transport did not start: ${String(error)}`);
  });
}

await runHttpApplication(() => NestFactory.create(Service3Module, { abortOnError: false }), {
  defaultPort: 3003,
  beforeListen: startTransport,
});
