import { type NatsConnection, nkeys } from '@nats-io/transport-node';
import { checkMilliseconds, HotConfigSetupError } from '../contract/index.js';
import { checkOptionNames, type OptionNames } from '../document/index.js';
import { parseServers, type ServerAddresses } from './addresses.js';

export interface NatsTlsOptions {
  /** Path of the PEM file with the authority that signed the server's certificate. */
  readonly caFile?: string | undefined;
  /** Paths of the client's own certificate and key, for servers that ask for one. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** The server speaks TLS from the first byte (`handshake_first` in its configuration). */
  readonly handshakeFirst?: boolean | undefined;
}

/** How to reach NATS. Files are read at every attempt, so credentials and certificates may be renewed while it runs. */
export interface NatsConnectionOptions {
  /**
   * `nats://host:4222`, `tls://…`, or several: a server that is connected but answers nothing for 10 s is left for the next
   * one. An address may contain `user:password@` or `token@`, the same in all that have one. Default: `nats://127.0.0.1:4222`
   */
  readonly servers?: string | readonly string[] | undefined;
  /** What the server's monitoring calls this client. */
  readonly name?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** Path of a `.creds` file with a JWT and its seed. */
  readonly credsFile?: string | undefined;
  readonly nkeySeed?: string | undefined;
  readonly tls?: NatsTlsOptions | undefined;
  /**
   * A connection that the application already has, instead of the options that open one. It is used as it is and never closed.
   * Make it with `maxReconnectAttempts: -1`: a connection that its client has given up is not opened again.
   */
  readonly connection?: NatsConnection | undefined;
  /** JetStream domain, for a leaf node. Excludes `apiPrefix`. */
  readonly domain?: string | undefined;
  /** Prefix of the JetStream API when an account imports it. Default: `$JS.API` */
  readonly apiPrefix?: string | undefined;
  /** Must match what the user may subscribe to. Default: `_INBOX` */
  readonly inboxPrefix?: string | undefined;
  /** Milliseconds between pings; a link that answers none is given up after three. Default: 8,000, so within 25 s. */
  readonly pingIntervalMs?: number | undefined;
  /** Milliseconds that one server gets to accept a connection; after a timeout, up to three times as long. Default: 5,000 */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds that one request may take; after a timeout, up to five times as long, until an answer comes in time. Default: 2,000 */
  readonly requestTimeoutMs?: number | undefined;
}

export interface NatsBucketOptions extends NatsConnectionOptions {
  /** The publisher creates it when it is missing. Default: `configs` */
  readonly bucket?: string | undefined;
  /** Put before the document's key in the bucket: with `team.`, `service1` is the key `team.service1`. */
  readonly keyPrefix?: string | undefined;
}

export interface NatsSourceOptions extends NatsBucketOptions {
  /** Milliseconds between two reads of a key without any hint. Default: 30,000 */
  readonly reconcileMs?: number | undefined;
  /**
   * Milliseconds without a confirming read after which a value counts as stale; not less than `reconcileMs`. Default:
   * 2.5 × `reconcileMs`
   */
  readonly staleAfterMs?: number | undefined;
}

export const DEFAULT_BUCKET = 'configs';
export const DEFAULT_REQUEST_TIMEOUT_MS = 2_000;

const TLS_OPTIONS: OptionNames<NatsTlsOptions> = {
  caFile: true,
  certFile: true,
  keyFile: true,
  handshakeFirst: true,
};
export const BUCKET_OPTIONS: OptionNames<NatsBucketOptions> = {
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
  bucket: true,
  keyPrefix: true,
};

/** Checked when a source or publisher is created, so that a mistake shows at once and not as a fault of the network. */
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

/** The options that also apply to a connection of the application. */
const FOR_ANY_CONNECTION = ['connection', 'domain', 'apiPrefix', 'requestTimeoutMs', 'bucket', 'keyPrefix'];
const FOR_OWN_CONNECTION = (Object.keys(BUCKET_OPTIONS) as (keyof NatsConnectionOptions)[]).filter(
  (name) => !FOR_ANY_CONNECTION.includes(name),
);

/** One of two contradicting options would win silently, and perhaps not the intended one. */
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
  // Without the seed, and without the error as a cause: they may contain a mistyped secret, and be printed.
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
