import { jetstreamManager, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { connect, headers, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';

/** The bucket as somebody else sees it: through a client of its own, past everything that is under test. */
export class ForeignClient {
  private constructor(
    readonly connection: NatsConnection,
    readonly jsm: JetStreamManager,
  ) {}

  static async connect(servers: string, options: NodeConnectionOptions = {}): Promise<ForeignClient> {
    const connection = await connect({
      servers,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      ...options,
    });
    return new ForeignClient(connection, await jetstreamManager(connection, { checkAPI: false }));
  }

  async makeBucket(
    options: { republish?: boolean; allowDirect?: boolean; bucket?: string } & Partial<
      Omit<StreamConfig, 'republish'>
    > = {},
  ): Promise<void> {
    const { republish = true, allowDirect = true, bucket = 'configs', ...config } = options;
    await this.jsm.streams.add({
      name: `KV_${bucket}`,
      subjects: [`$KV.${bucket}.>`],
      max_msgs_per_subject: 5,
      discard: 'new',
      allow_direct: allowDirect,
      allow_rollup_hdrs: true,
      ...(republish ? { republish: { src: `$KV.${bucket}.>`, dest: `hotconfig.${bucket}.document.>` } } : {}),
      ...config,
    });
  }

  async dropBucket(bucket = 'configs'): Promise<void> {
    await this.jsm.streams.delete(`KV_${bucket}`);
  }

  async kv(bucket = 'configs'): Promise<KV> {
    return new Kvm(this.connection).open(bucket, { allow_direct: true });
  }

  async put(key: string, text: string, bucket = 'configs'): Promise<number> {
    return (await this.kv(bucket)).put(key, text);
  }

  /** A message with such headers as the server would set, sent by anybody. */
  forge(subject: string, headersToSet: Record<string, string>, body = ''): void {
    const forged = headers();
    for (const [name, value] of Object.entries(headersToSet)) forged.set(name, value);
    this.connection.publish(subject, body, { headers: forged });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
