import type { NatsConnection } from '@nats-io/transport-node';
import { HotConfigSetupError } from '../../contract/index.js';

export interface NatsTlsOptions {
  /** Path of the PEM file with the authority that signed the server's certificate. */
  readonly caFile?: string;
  /** Paths of the client's own certificate and key, for servers that ask for one. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The server speaks TLS from the first byte (`handshake_first` in its configuration). */
  readonly handshakeFirst?: boolean;
}

/** How to reach NATS. Files are read at every attempt, so credentials and certificates may be renewed while it runs. */
export interface NatsConnectionOptions {
  /** `nats://host:4222`, `tls://…`, or several. May hold `user:password@` or `token@`. Default: `nats://127.0.0.1:4222` */
  readonly servers?: string | readonly string[];
  /** What the server's monitoring calls this client. */
  readonly name?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Path of a `.creds` file with a JWT and its seed. */
  readonly credsFile?: string;
  readonly nkeySeed?: string;
  readonly tls?: NatsTlsOptions;
  /** A connection that the application already has. It is used as it is and never closed. */
  readonly connection?: NatsConnection;
  /** JetStream domain, for a leaf node. Excludes `apiPrefix`. */
  readonly domain?: string;
  /** Prefix of the JetStream API when an account imports it. Default: `$JS.API` */
  readonly apiPrefix?: string;
  /** Must match what the user may subscribe to. Default: `_INBOX` */
  readonly inboxPrefix?: string;
  /** Milliseconds between pings; a link that answers none is given up after three. Default: 8,000, so within 25 s. */
  readonly pingIntervalMs?: number;
  /** Milliseconds that one server gets to accept a connection. Default: 5,000 */
  readonly connectTimeoutMs?: number;
  /** Milliseconds that one request may take. Default: 2,000 */
  readonly requestTimeoutMs?: number;
}

export interface NatsSourceOptions extends NatsConnectionOptions {
  /** Default: `configs` */
  readonly bucket?: string;
  /** The key in the bucket is this and the document's key: `team.` makes `service1` be read from `team.service1`. */
  readonly keyPrefix?: string;
  /** Milliseconds between two reads of a key that no hint asked for. Default: 30,000 */
  readonly reconcileMs?: number;
  /** Milliseconds without a confirming read after which a value counts as stale. Default: 75,000, two reads and a half. */
  readonly staleAfterMs?: number;
}

export const DEFAULT_BUCKET = 'configs';
export const DEFAULT_REQUEST_TIMEOUT_MS = 2_000;

/** Server addresses apart from the credentials in them, so that no message can show any. */
export interface ServerAddresses {
  readonly urls: readonly string[];
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** Throws `HotConfigSetupError` for an address that cannot be read, without repeating it: it may hold a password. */
export function parseServers(servers: string | readonly string[] | undefined): ServerAddresses {
  const given = typeof servers === 'string' ? servers.split(',') : (servers ?? []);
  const texts = given.map((text) => text.trim()).filter((text) => text !== '');
  const parsed = (texts.length > 0 ? texts : ['nats://127.0.0.1:4222']).map((text, index) =>
    parseServer(text, index + 1),
  );
  const named = parsed.find(({ user }) => user !== '');
  const [user, password] = [named?.user, named?.password].map((text) =>
    text ? decodeURIComponent(text) : undefined,
  );
  return {
    urls: parsed.map(({ host }) => `nats://${host}`),
    tls: parsed.some(({ protocol }) => protocol === 'tls:'),
    user: password === undefined ? undefined : user,
    password,
    // A lone name before the @ is a token: so the address is read by every other NATS client.
    token: password === undefined ? user : undefined,
  };
}

function parseServer(
  text: string,
  position: number,
): { protocol: string; host: string; user: string; password: string } {
  try {
    const { protocol, host, username, password } = new URL(
      /^[a-z]+:\/\//i.test(text) ? text : `nats://${text}`,
    );
    if (host === '' || !['nats:', 'tls:'].includes(protocol)) throw new TypeError('unsupported address');
    decodeURIComponent(username + password);
    return { protocol, host: /:\d+$/.test(host) ? host : `${host}:4222`, user: username, password };
  } catch {
    throw new HotConfigSetupError(
      `The NATS server address number ${position} cannot be read. Write it as nats://host:port or tls://host:port, special characters of a password percent-encoded.`,
    );
  }
}

/** Checked when a source is made, so that a slip shows at once and not as a fault of the network. */
export function checkConnectionOptions(options: NatsConnectionOptions): void {
  if (options.domain !== undefined && options.apiPrefix !== undefined) {
    throw new HotConfigSetupError(
      'Give either a JetStream domain or an apiPrefix, not both: a domain is a prefix.',
    );
  }
  if (options.password !== undefined && options.user === undefined) {
    throw new HotConfigSetupError('A NATS password was given without a user. Give both, or a token.');
  }
  for (const name of ['pingIntervalMs', 'connectTimeoutMs', 'requestTimeoutMs'] as const) {
    const ms = options[name];
    if (ms !== undefined && !(ms > 0 && Number.isFinite(ms))) {
      throw new HotConfigSetupError(`${name} must be a number of milliseconds above 0.`);
    }
  }
  parseServers(options.servers);
}
