import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type BeforeApplicationShutdown,
  type INestApplication,
  type INestMicroservice,
  Injectable,
  Logger,
} from '@nestjs/common';
import { type NatsOptions, Transport } from '@nestjs/microservices';
import { natsClientOptions } from 'service-kit';
import { RequestDeserializer } from './request.deserializer.js';

/** Milliseconds between two attempts, after the client has given up. */
const RETRY_MS = 5_000;

/**
 * The message handlers over NATS. The service works without them too. The client waits for a server by itself, but gives up after
 * two authorization errors in a row. So this class starts the client again, until the application ends.
 */
@Injectable()
export class NatsTransport implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Transport');
  private readonly ending = new AbortController();
  /** The reason that was logged last, so that it is logged once. */
  private logged: string | undefined;

  /** Does nothing without NATS_URL. Returns at once. */
  start(app: INestApplication): void {
    const login = natsClientOptions();
    if (!login) return;
    const client = { ...login, name: 'service3', waitOnFirstConnect: true, maxReconnectAttempts: -1 };
    const options = { ...client, deserializer: new RequestDeserializer() };
    const microservice = app.connectMicroservice<NatsOptions>({ transport: Transport.NATS, options });
    void this.keep(microservice);
  }

  beforeApplicationShutdown(): void {
    this.ending.abort();
  }

  private async keep(microservice: INestMicroservice): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      const reason = await this.serve(microservice);
      if (signal.aborted) return;
      if (reason !== this.logged)
        this.logger.error(`The NATS transport is not connected: ${reason}; it is tried every ${RETRY_MS} ms`);
      this.logged = reason;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves with the reason why it has ended, or has not begun. */
  private async serve(microservice: INestMicroservice): Promise<string> {
    try {
      await microservice.listen();
      this.logger.log('The NATS transport is connected');
      this.logged = undefined;
      return String((await microservice.unwrap<NatsConnection>().closed()) ?? 'the connection was closed');
    } catch (error) {
      return String(error);
    }
  }
}
