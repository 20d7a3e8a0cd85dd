import { type JetStreamManager, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import {
  connect,
  createInbox,
  headers,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { eventually } from '../../harness/eventually.mjs';

export interface StreamBackup {
  readonly config: unknown;
  readonly state: unknown;
  readonly chunks: readonly Uint8Array[];
}

/** Access to the bucket through a separate client, which shares no code with the library. */
export class ForeignClient {
  private constructor(
    readonly connection: NatsConnection,
    readonly jsm: JetStreamManager,
  ) {}

  static async connect(
    servers: string | string[],
    options: NodeConnectionOptions = {},
  ): Promise<ForeignClient> {
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
    await this.connected();
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
    await this.connected();
    await this.jsm.streams.delete(`KV_${bucket}`);
  }

  /** Everything that the stream holds, as `nats stream backup` reads it. */
  async backUp(bucket = 'configs'): Promise<StreamBackup> {
    const chunks: Uint8Array[] = [];
    const deliverSubject = createInbox();
    const subscription = this.connection.subscribe(deliverSubject);
    const { config, state } = await this.api(`STREAM.SNAPSHOT.KV_${bucket}`, {
      deliver_subject: deliverSubject,
      no_consumers: true,
    });
    for await (const message of subscription) {
      // An empty message is the end.
      if (message.data.length === 0) break;
      chunks.push(message.data);
      message.respond();
    }
    return { config, state, chunks };
  }

  /** Puts a stream back, as `nats stream restore` does. It must not exist. */
  async restore({ config, state, chunks }: StreamBackup, bucket = 'configs'): Promise<void> {
    const { deliver_subject: to } = await this.api(`STREAM.RESTORE.KV_${bucket}`, { config, state });
    for (const chunk of chunks) await this.connection.request(String(to), chunk);
    const { error } = (await this.connection.request(String(to))).json<{ error?: { description: string } }>();
    if (error) throw new Error(`The stream could not be restored: ${error.description}`);
  }

  /**
   * The client drops unsent messages each time it dials, so a request during a reconnect would get no answer.
   * A flush is rejected in that case, and resolves once the server has really been reached.
   */
  private async connected(): Promise<void> {
    await eventually(() => this.connection.flush());
  }

  private async api(request: string, body: object): Promise<Record<string, unknown>> {
    await this.connected();
    const answer = await this.connection.request(`$JS.API.${request}`, JSON.stringify(body), {
      timeout: 10_000,
    });
    const { error, ...result } = answer.json<Record<string, unknown> & { error?: { description: string } }>();
    if (error) throw new Error(`${request}: ${error.description}`);
    return result;
  }

  async kv(bucket = 'configs'): Promise<KV> {
    await this.connected();
    return new Kvm(this.connection).open(bucket, { allow_direct: true });
  }

  async put(key: string, text: string, bucket = 'configs'): Promise<number> {
    return (await this.kv(bucket)).put(key, text);
  }

  /** Sends a message with headers that only the server should set. */
  forge(subject: string, headersToSet: Record<string, string>, body = ''): void {
    const forged = headers();
    for (const [name, value] of Object.entries(headersToSet)) forged.set(name, value);
    this.connection.publish(subject, body, { headers: forged });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
