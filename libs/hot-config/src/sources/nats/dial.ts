import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import {
  connect,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
  type Authenticator,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { parseServers, type NatsConnectionOptions } from './options.js';
import { unlessAborted } from './pause.js';

export interface Dialled {
  readonly connection: NatsConnection;
  /** Closes the connection and whatever the client would leave open. */
  readonly close: () => Promise<void>;
}

const DEFAULTS = { connectTimeoutMs: 5_000, pingIntervalMs: 8_000 };

/**
 * Opens a connection, or gives up: after its own deadline, since the client's covers one address only, or at once when
 * the signal is aborted. Once open, the client reconnects by itself and for ever, except when it is refused for its
 * credentials twice in a row: then it closes, and the caller dials again at its own, slower pace.
 */
export async function dial(options: NatsConnectionOptions, signal: AbortSignal): Promise<Dialled> {
  const { connectTimeoutMs = DEFAULTS.connectTimeoutMs } = options;
  const clientOptions = clientOptionsOf(options);
  const sockets = new SocketLog();
  const attempt = sockets.during(() => connect(clientOptions));
  try {
    const connection = await within(
      connectTimeoutMs * clientOptions.servers.length + 1_000,
      unlessAborted(attempt, signal),
    );
    return {
      connection,
      close: async () => {
        await connection.close();
        sockets.destroy();
      },
    };
  } catch (error) {
    attempt.then((connection) => connection.close()).catch(() => undefined);
    sockets.destroy();
    throw error;
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('timeout'), { name: 'TimeoutError' })), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The sockets of one client. The client forgets the socket of an attempt that a hanging server never answered, so it
 * would stay open for as long as that server hangs, and keep the process alive.
 */
class SocketLog {
  private static readonly current = new AsyncLocalStorage<SocketLog>();
  private readonly open = new Set<Socket>();
  private over = false;

  async during<T>(work: () => Promise<T>): Promise<T> {
    subscribe('net.client.socket', SocketLog.note);
    return SocketLog.current.run(this, work);
  }

  destroy(): void {
    if (this.over) return;
    this.over = true;
    unsubscribe('net.client.socket', SocketLog.note);
    for (const socket of this.open) socket.destroy();
  }

  private static readonly note = (message: unknown): void => {
    const log = SocketLog.current.getStore();
    const { socket } = message as { socket?: Socket };
    if (!log || !socket) return;
    // Not by a listener: the client removes all listeners of its sockets.
    for (const known of log.open) if (known.destroyed) log.open.delete(known);
    log.open.add(socket);
  };
}

function clientOptionsOf(options: NatsConnectionOptions): NodeConnectionOptions & { servers: string[] } {
  const addresses = parseServers(options.servers);
  const { connectTimeoutMs, pingIntervalMs, name, inboxPrefix, tls } = { ...DEFAULTS, ...options };
  const authenticator = authenticatorOf(options, addresses);
  return {
    servers: addresses.urls.map((url) => url.replace('nats://', '')),
    timeout: connectTimeoutMs,
    pingInterval: pingIntervalMs,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 150,
    reconnectJitter: 100,
    reconnectJitterTLS: 100,
    noAsyncTraces: true,
    ...(name === undefined ? {} : { name }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    ...(authenticator ? { authenticator } : {}),
    ...(tls || addresses.tls ? { tls: { ...tls } } : {}),
  };
}

/** Functions, not values: they are asked again at every attempt, so what was renewed is used. */
function authenticatorOf(
  options: NatsConnectionOptions,
  addresses: ReturnType<typeof parseServers>,
): Authenticator | undefined {
  const { credsFile, nkeySeed } = options;
  if (credsFile !== undefined) return credsAuthenticator(() => readFileSync(credsFile));
  if (nkeySeed !== undefined) return nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
  const token = options.token ?? addresses.token;
  if (token !== undefined) return tokenAuthenticator(token);
  const user = options.user ?? addresses.user;
  const password = options.password ?? addresses.password;
  return user === undefined ? undefined : usernamePasswordAuthenticator(user, password);
}
