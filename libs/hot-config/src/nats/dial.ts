import { readFileSync } from 'node:fs';
import {
  connect,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
  type Authenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  type Server,
} from '@nats-io/transport-node';
import { parseServers } from './addresses.js';
import { ClientSockets } from './client-sockets.js';
import { faultOf, tlsSilence } from './errors.js';
import type { NatsConnectionOptions } from './options.js';
import { unlessAborted } from '../async/unless-aborted.js';
import { OutagePace } from './pace.js';

export interface Dialled {
  readonly connection: NatsConnection;
  /** Closes the connection and whatever the client would leave open. */
  readonly close: () => Promise<void>;
  /** To be called when the client has reconnected on its own. */
  readonly reconnected: () => void;
}

const DEFAULTS = { connectTimeoutMs: 5_000, pingIntervalMs: 8_000 };

/**
 * Opens a connection, or gives up: after its own deadline, since the client's covers one address only, or at once when
 * the signal is aborted. Once open, the client reconnects on its own and for ever, except when it is refused for its
 * credentials twice in a row: then it closes, and the caller dials again at its own, slower pace. `left`: the server that was
 * given up, as `getServer()` names it; the others are tried first.
 */
export async function dial(
  options: NatsConnectionOptions,
  signal: AbortSignal,
  left?: string,
): Promise<Dialled> {
  const { connectTimeoutMs = DEFAULTS.connectTimeoutMs } = options;
  const pace = new OutagePace(250, 5_000);
  const clientOptions = {
    ...clientOptionsOf(options),
    reconnectDelayHandler: () => pace.next(),
    ...(left === undefined ? {} : { reconnectToServer: (pool: readonly Server[]) => nextOf(pool, left) }),
  };
  const sockets = new ClientSockets();
  const attempt = sockets.during(() => connect(clientOptions));
  try {
    const connection = await within(
      connectTimeoutMs * clientOptions.servers.length + 1_000,
      unlessAborted(attempt, signal),
    );
    pace.over();
    return {
      connection,
      close: async () => {
        // The client stops listening to its socket when it closes. What was sent just before, an unsubscription say, may
        // fail because the server has gone; that error must come while somebody listens, or it ends the process.
        await new Promise((resolve) => setImmediate(resolve));
        await connection.close();
        sockets.destroy();
      },
      reconnected: () => pace.over(),
    };
  } catch (error) {
    attempt.then((connection) => connection.close()).catch(() => undefined);
    sockets.destroy();
    throw clientOptions.tls && faultOf(error) === 'timeout' ? tlsSilence(error) : error;
  }
}

/** Each has its turn: first those that were configured, last the one that was left. */
function nextOf(pool: readonly Server[], left: string): Server | null {
  const rank = ({ lastConnect, listen, gossiped }: Server): number =>
    lastConnect || (listen === left ? 2 : Number(gossiped));
  return [...pool].sort((a, b) => rank(a) - rank(b))[0] ?? null;
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

/** Exported for the test of what they come to. */
export function clientOptionsOf(
  options: NatsConnectionOptions,
): NodeConnectionOptions & { servers: string[] } {
  const addresses = parseServers(options.servers);
  const { name, inboxPrefix, tls } = options;
  const authenticator = authenticatorOf(options, addresses);
  return {
    servers: addresses.urls.map((url) => url.replace('nats://', '')),
    timeout: options.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
    pingInterval: options.pingIntervalMs ?? DEFAULTS.pingIntervalMs,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
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
  if (credsFile !== undefined) {
    // The client takes no file whose last line has no end.
    return credsAuthenticator(() => Buffer.from(`${readFileSync(credsFile, 'utf8')}\n`));
  }
  if (nkeySeed !== undefined) return nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
  const token = options.token ?? addresses.token;
  if (token !== undefined) return tokenAuthenticator(token);
  const user = options.user ?? addresses.user;
  const password = options.password ?? addresses.password;
  return user === undefined ? undefined : usernamePasswordAuthenticator(user, password);
}
