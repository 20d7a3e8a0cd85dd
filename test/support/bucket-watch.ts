import { connect, type NatsConnection } from '@nats-io/transport-node';
import { EventWaiter } from '../../harness/event-waiter.mjs';

export interface PublishedText {
  readonly key: string;
  readonly text: string;
}

/** Every document that is put into a bucket from now on, in order, as the server republishes it. */
export class BucketWatch {
  readonly published: PublishedText[] = [];
  private readonly events = new EventWaiter();

  private constructor(private readonly connection: NatsConnection) {}

  static async over(servers: string, bucket = 'configs'): Promise<BucketWatch> {
    const watch = new BucketWatch(
      await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 }),
    );
    const prefix = `hotconfig.${bucket}.document.`;
    watch.connection.subscribe(`${prefix}>`, {
      callback: (_error, message) => {
        watch.published.push({ key: message.subject.slice(prefix.length), text: message.string() });
        watch.events.notify();
      },
    });
    await watch.connection.flush();
    return watch;
  }

  texts(key: string): string[] {
    return this.published.filter((document) => document.key === key).map(({ text }) => text);
  }

  /** Resolves when the newest document of this key has this text. */
  untilText(key: string, text: string): Promise<void> {
    return this.until(
      () => this.texts(key).at(-1) === text,
      `${key} is published as ${JSON.stringify(text)}`,
    );
  }

  /** Resolves when this many keys were published. */
  untilKeys(count: number): Promise<void> {
    return this.until(() => new Set(this.published.map(({ key }) => key)).size >= count, `${count} keys`);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async until(holds: () => boolean, what: string): Promise<void> {
    const missing = (): string => `not so: ${what}; last: ${JSON.stringify(this.published.slice(-3))}`;
    await this.events.until(() => holds() || undefined, missing);
  }
}
