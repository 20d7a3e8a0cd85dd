import { nkeys, type NatsConnection } from '@nats-io/transport-node';
import { checkMilliseconds, HotConfigSetupError } from '../../contract/index.js';
import { checkOptionNames, type OptionNames } from '../../document/index.js';

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
  /**
   * `nats://host:4222`, `tls://…`, or several: one that is connected but does not answer for 10 s is left for the next. May
   * contain `user:password@` or `token@`. Default: `nats://127.0.0.1:4222`
   */
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
  /**
   * A connection that the application already has, instead of what opens one. It is used as it is and never closed. Make it with
   * `maxReconnectAttempts: -1`: one that its client has given up is not opened again.
   */
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
  /** Put before the document's key in the bucket: with `team.`, `service1` is read from `team.service1`. */
  readonly keyPrefix?: string;
  /** Milliseconds between two reads of a key without any hint. Default: 30,000 */
  readonly reconcileMs?: number;
  /** Milliseconds without a confirming read after which a value counts as stale. Default: two reads and a half, 2.5 × `reconcileMs`. */
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

/** @throws HotConfigSetupError for an invalid address, without repeating it: it may hold a password */
export function parseServers(servers: string | readonly string[] | undefined): ServerAddresses {
  const given = typeof servers === 'string' ? servers.split(',') : (servers ?? ['nats://127.0.0.1:4222']);
  const texts = given.map((text) => text.trim()).filter((text) => text !== '');
  // A list that came out empty was meant to name a server, and hardly one on this machine.
  if (texts.length === 0)
    throw new HotConfigSetupError('servers names no NATS server. Write nats://host:port, or leave it out.');
  const parsed = texts.map((text, index) => parseServer(text, index + 1));
  const named = parsed.find(({ user }) => user !== '');
  const [user, password] = [named?.user, named?.password].map((text) =>
    text ? decodeURIComponent(text) : undefined,
  );
  return {
    urls: [...new Set(parsed.map(({ host }) => `nats://${host}`))],
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
      `NATS server address ${position} is invalid. Write it as nats://host:port or tls://host:port, with special characters of a password percent-encoded.`,
    );
  }
}

const TLS_OPTIONS: OptionNames<NatsTlsOptions> = {
  caFile: true,
  certFile: true,
  keyFile: true,
  handshakeFirst: true,
};
/** Of whatever connects. */
export const CONNECTION_OPTIONS: OptionNames<NatsConnectionOptions> = {
  servers: true,
  name: true,
  user: true,
  password: true,
  token: true,
  credsFile: true,
  nkeySeed: true,
  tls: true,
  connection: true,
  domain: true,
  apiPrefix: true,
  inboxPrefix: true,
  pingIntervalMs: true,
  connectTimeoutMs: true,
  requestTimeoutMs: true,
};
const SOURCE_OPTIONS: OptionNames<NatsSourceOptions> = {
  ...CONNECTION_OPTIONS,
  bucket: true,
  keyPrefix: true,
  reconcileMs: true,
  staleAfterMs: true,
};

/** @throws HotConfigSetupError for an option that there is not */
export function checkSourceOptionNames(options: NatsSourceOptions): void {
  checkOptionNames('natsSource', options, SOURCE_OPTIONS);
}

/** For messages: the addresses, or where a connection that was passed in leads. Without credentials. */
export function serverOf({ connection, servers }: NatsConnectionOptions): string {
  return connection ? connection.getServer() : parseServers(servers).urls.join(',');
}

/** Checked when a source is made, so that a slip shows at once and not as a fault of the network. */
export function checkConnectionOptions(options: NatsConnectionOptions): void {
  if (options.tls !== undefined) checkOptionNames('tls', options.tls, TLS_OPTIONS);
  if (options.domain !== undefined && options.apiPrefix !== undefined) {
    throw new HotConfigSetupError(
      'Give either a JetStream domain or an apiPrefix, not both: a domain is a prefix.',
    );
  }
  if (options.password !== undefined && options.user === undefined) {
    throw new HotConfigSetupError('A NATS password was given without a user. Give both, or a token.');
  }
  for (const option of ['pingIntervalMs', 'connectTimeoutMs', 'requestTimeoutMs'] as const) {
    checkMilliseconds(option, options[option]);
  }
  checkContradictions(options, parseServers(options.servers));
  checkInboxPrefix(options);
  checkNkeySeed(options);
  checkCertificate(options);
}

/** What only a connection of the library's own is opened with. */
const FOR_OWN_CONNECTION = [
  'servers',
  'name',
  'user',
  'password',
  'token',
  'credsFile',
  'nkeySeed',
  'tls',
  'inboxPrefix',
  'pingIntervalMs',
  'connectTimeoutMs',
] as const;

/** One of the two would win silently, and not always the one that was meant. */
function checkContradictions(options: NatsConnectionOptions, addresses: ServerAddresses): void {
  const unused = FOR_OWN_CONNECTION.find((name) => options[name] !== undefined);
  if (options.connection !== undefined && unused !== undefined) {
    throw new HotConfigSetupError(
      `Give either connection or ${unused}, not both: a connection that you supply is used as it is.`,
    );
  }
  const named = (['credsFile', 'nkeySeed', 'token', 'user'] as const).filter(
    (name) => options[name] !== undefined,
  );
  const inAddress = addresses.user !== undefined || addresses.token !== undefined;
  const [one, other] = [...named, ...(inAddress ? ['the credentials in servers'] : [])];
  if (other !== undefined) {
    throw new HotConfigSetupError(`Give either ${one} or ${other}, not both: NATS accepts one login.`);
  }
}

function checkInboxPrefix({ inboxPrefix }: NatsConnectionOptions): void {
  if (inboxPrefix === undefined || /^[^\s.*>]+(\.[^\s.*>]+)*$/.test(inboxPrefix)) return;
  throw new HotConfigSetupError(
    `The inboxPrefix ${JSON.stringify(inboxPrefix)} is not a valid subject: use parts with single dots between, without spaces, "*" or ">".`,
  );
}

function checkNkeySeed({ nkeySeed }: NatsConnectionOptions): void {
  if (nkeySeed === undefined || isSeedOfUser(nkeySeed)) return;
  // Neither the seed nor the error as a cause: whoever prints it may be looking at a mistyped secret.
  throw new HotConfigSetupError(
    'The nkeySeed is not the seed of a NATS user, which has 58 characters and begins with SU.',
  );
}

function isSeedOfUser(seed: string): boolean {
  try {
    return nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey().startsWith('U');
  } catch {
    return false;
  }
}

function checkCertificate({ tls }: NatsConnectionOptions): void {
  if ((tls?.certFile === undefined) === (tls?.keyFile === undefined)) return;
  throw new HotConfigSetupError('tls.certFile and tls.keyFile go together: give both, or neither.');
}

/** What no message may show, whoever wrote it. */
export function secretsOf(options: NatsConnectionOptions): readonly string[] {
  const { password, token } = parseServers(options.servers);
  const secrets = [options.password, options.token, options.nkeySeed, password, token];
  return secrets.filter((secret) => secret !== undefined && secret !== '') as string[];
}
