import { readFileSync } from 'node:fs';
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  type NodeConnectionOptions,
  type Server,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import { BackOff } from '../async/back-off.js';
import { withDeadline } from '../async/deadline.js';
import { parseServers } from './addresses.js';
import { DialSockets } from './dial-sockets.js';
import { faultOf, tlsTimeout } from './errors.js';
import type { NatsConnectionOptions } from './options.js';

export interface OpenConnection {
  readonly connection: NatsConnection;
  /** Closes the connection, and the sockets that the client would leave open. */
  readonly close: () => Promise<void>;
  /** To be called when the client has reconnected on its own. */
  readonly reconnected: () => void;
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_PING_INTERVAL_MS = 8_000;

/**
 * Opens a connection. Gives up after its own deadline, since the client's deadline covers one address only, and at once
 * when the signal is aborted. Once open, the client reconnects on its own and for ever, unless the server rejects its
 * credentials twice in a row: then the client closes, and the caller dials again with its own, longer pauses.
 *
 * @param timeoutMs milliseconds that one server gets to accept the connection
 * @param abandoned the server that was left, as `getServer()` names it: the others are tried first
 */
export async function dial(
  options: NatsConnectionOptions,
  timeoutMs: number,
  signal: AbortSignal,
  abandoned?: string,
): Promise<OpenConnection> {
  const backOff = new BackOff(250, 5_000, 1_000);
  const sockets = new DialSockets();
  /** Undefined until an outage begins: the connection may have lasted for days before. */
  let pauseMs: number | undefined;
  const clientOptions = {
    ...clientOptionsOf(options, timeoutMs),
    // The client calls this before the first attempt too, and several times before each of the others.
    reconnectDelayHandler: () => {
      sockets.begin();
      return (pauseMs ??= backOff.next());
    },
    // The client calls this once for each attempt. With null the client chooses the server.
    reconnectToServer: (pool: readonly Server[]) => {
      pauseMs = backOff.next();
      return abandoned === undefined ? null : nextServer(pool, abandoned);
    },
  };
  const connected = (): void => {
    sockets.end();
    backOff.reset();
    pauseMs = undefined;
  };
  // In a microtask of its own, so that the caller's work does not count as the client's.
  const attempt = Promise.resolve().then(() => connect(clientOptions));
  try {
    const deadline = timeoutMs * clientOptions.servers.length + 1_000;
    const connection = await withDeadline(() => attempt, deadline, signal, timeoutError);
    connected();
    return { connection, close: () => close(connection, sockets), reconnected: connected };
  } catch (error) {
    sockets.abandon();
    void attempt
      .then((connection) => connection.close())
      .catch(() => undefined)
      .finally(() => sockets.end());
    throw clientOptions.tls && faultOf(error) === 'timeout' ? tlsTimeout(error) : error;
  }
}

async function close(connection: NatsConnection, sockets: DialSockets): Promise<void> {
  // The client stops listening to its socket when it closes. The last message before, for instance an unsubscription, may
  // fail because the server has gone; that error must come while the client listens, or it ends the process.
  await new Promise((resolve) => setImmediate(resolve));
  await connection.close();
  sockets.abandon();
  sockets.end();
}

/** The servers in turn: first the configured ones, then those that the cluster announced, last the abandoned one. */
function nextServer(pool: readonly Server[], abandoned: string): Server | null {
  const rank = ({ lastConnect, listen, gossiped }: Server): number =>
    lastConnect || (listen === abandoned ? 2 : Number(gossiped));
  return [...pool].sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

function timeoutError(): Error {
  return Object.assign(new Error('timeout'), { name: 'TimeoutError' });
}

/** Exported for its test. */
export function clientOptionsOf(
  options: NatsConnectionOptions,
  timeoutMs: number,
): NodeConnectionOptions & { servers: string[] } {
  const addresses = parseServers(options.servers);
  const { name, inboxPrefix, tls } = options;
  const authenticator = authenticatorOf(options, addresses);
  return {
    servers: addresses.urls.map((url) => url.replace('nats://', '')),
    timeout: timeoutMs,
    pingInterval: options.pingIntervalMs ?? DEFAULT_PING_INTERVAL_MS,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    noAsyncTraces: true,
    ...(name === undefined ? {} : { name }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    ...(authenticator ? { authenticator } : {}),
    ...(tls || addresses.tls ? { tls: { ...tls } } : {}),
  };
}

/** The client calls the authenticator at every attempt, so a renewed credentials file is used. */
function authenticatorOf(
  options: NatsConnectionOptions,
  addresses: ReturnType<typeof parseServers>,
): Authenticator | undefined {
  const { credsFile, nkeySeed } = options;
  if (credsFile !== undefined) {
    // The client rejects a file whose last line has no line break.
    return credsAuthenticator(() => Buffer.from(`${readFileSync(credsFile, 'utf8')}\n`));
  }
  if (nkeySeed !== undefined) return nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
  const token = options.token ?? addresses.token;
  if (token !== undefined) return tokenAuthenticator(token);
  const user = options.user ?? addresses.user;
  const password = options.password ?? addresses.password;
  return user === undefined ? undefined : usernamePasswordAuthenticator(user, password);
}
