import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport, type NatsOptions } from '@nestjs/microservices';
import { env, portFrom, runApplication } from 'service-kit';
import { Service3Module } from './service3.module.js';

/** The transport is a side of the service, not its base: it waits for NATS in the background, for ever. */
function natsTransport(servers: string): NatsOptions {
  return {
    transport: Transport.NATS,
    options: { servers: servers.split(','), name: 'service3', waitOnFirstConnect: true, maxReconnectAttempts: -1 },
  };
}

await runApplication(
  () => NestFactory.create(Service3Module, { abortOnError: false }),
  async (app) => {
    const servers = env('NATS_URL');
    if (servers) {
      app.connectMicroservice<NatsOptions>(natsTransport(servers));
      app.startAllMicroservices().catch((error: unknown) => {
        new Logger('Transport').error(`The NATS transport did not start: ${String(error)}`);
      });
    }
    await app.listen(portFrom('PORT', 3003), '0.0.0.0');
  },
);
