import { connect, type NatsConnection } from '@nats-io/transport-node';

export interface PublishedText {
  readonly key: string;
  readonly text: string;
}

/** Everything that gets into a bucket from now on, in its order, as the server republishes it. */
export class BucketWatch {
  readonly published: PublishedText[] = [];
  private readonly checks = new Set<() => void>();

  private constructor(private readonly connection: NatsConnection) {}

  static async over(servers: string, bucket = 'configs'): Promise<BucketWatch> {
    const watch = new BucketWatch(
      await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 }),
    );
    const prefix = `hotconfig.${bucket}.document.`;
    watch.connection.subscribe(`${prefix}>`, {
      callback: (_error, message) => {
        watch.published.push({ key: message.subject.slice(prefix.length), text: message.string() });
        for (const check of watch.checks) check();
      },
    });
    await watch.connection.flush();
    return watch;
  }

  texts(key: string): string[] {
    return this.published.filter((document) => document.key === key).map(({ text }) => text);
  }

  /** Resolves when the newest of this key is this. */
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
    let check = (): void => undefined;
    let late: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const fail = (): void =>
        reject(new Error(`never came to pass: ${what}; last: ${JSON.stringify(this.published.slice(-3))}`));
      late = setTimeout(fail, 60_000);
      check = () => void (holds() && resolve());
      this.checks.add(check);
      check();
    }).finally(() => {
      clearTimeout(late);
      this.checks.delete(check);
    });
  }
}
