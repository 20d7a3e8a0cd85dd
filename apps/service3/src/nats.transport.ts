import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type INestApplication,
  type INestMicroservice,
} from '@nestjs/common';
import { Transport, type NatsOptions } from '@nestjs/microservices';
import { natsClientOptions } from 'service-kit';
import { RequestDeserializer } from './request.deserializer.js';

/** Between two attempts after a refusal. */
const RETRY_MS = 5_000;

/**
 * The message handlers over NATS: a side of the service, not its base. The client waits for a server by itself, but gives up when
 * it is refused twice in a row; so what it gives up is begun again until the application ends.
 */
@Injectable()
export class NatsTransport implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Transport');
  private readonly ending = new AbortController();
  /** The same reason is told once. */
  private told: string | undefined;

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
      const why = await this.serve(microservice);
      if (signal.aborted) return;
      if (why !== this.told)
        this.logger.error(`The NATS transport is not connected: ${why}; it is tried every ${RETRY_MS} ms`);
      this.told = why;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves with the reason why it has ended, or has not begun. */
  private async serve(microservice: INestMicroservice): Promise<string> {
    try {
      await microservice.listen();
      this.logger.log('The NATS transport is connected');
      this.told = undefined;
      return String((await microservice.unwrap<NatsConnection>().closed()) ?? 'the connection was closed');
    } catch (error) {
      return String(error);
    }
  }
}
