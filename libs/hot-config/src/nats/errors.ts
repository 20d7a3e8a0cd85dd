import { HotConfigUnavailableError } from '../contract/index.js';

/** The kinds of faults, known by an error's name and code, not its class: two copies of a client library share no classes. */
export type NatsFault =
  | 'connection-refused'
  | 'unresolved'
  | 'unreachable-host'
  | 'authorization'
  | 'expired'
  | 'permission'
  | 'tls'
  | 'tls-timeout'
  | 'file'
  | 'not-nats'
  | 'no-responders'
  | 'jetstream-off'
  | 'bucket-missing'
  | 'bucket-unusable'
  | 'timeout'
  | 'too-large'
  | 'conflict'
  | 'api'
  | 'closed'
  | 'other';

/** An error of the client, or one of its causes. */
type Link = Error & { code?: unknown; status?: unknown; subject?: unknown; operation?: unknown };

/** Error codes of the JetStream API. */
const ApiCode = {
  jetStreamOff: 10039,
  bucketMissing: 10059,
  conflict: 10071,
  conflictUnknown: 10164,
} as const;

const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)|EPROTO)/;
const HOST_CODE = /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|ETIMEDOUT)$/;

const TLS_TIMEOUT = 'TlsTimeoutError';

/** Nobody answered a connect with TLS in time. The client does not say so when the server ended it for want of a certificate. */
export function tlsTimeout(cause: unknown): Error {
  return Object.assign(new Error('no answer over TLS', { cause }), { name: TLS_TIMEOUT });
}

const UNUSABLE = 'UnusableBucketError';

/** A stream of the bucket's name exists, but cannot serve as the bucket. The message is for people, and says what to do. */
export function unusableBucket(message: string): Error {
  return Object.assign(new Error(message), { name: UNUSABLE });
}

export function faultOf(error: unknown): NatsFault {
  const chain = chainOf(error);
  const is = (...names: string[]): boolean => chain.some(({ name }) => names.includes(name));
  const codes = chain.map(({ code }) => code);
  const coded = (pattern: RegExp): boolean =>
    codes.some((code) => typeof code === 'string' && pattern.test(code));

  if (is(TLS_TIMEOUT)) return 'tls-timeout';
  if (is(UNUSABLE)) return 'bucket-unusable';
  if (is('PermissionViolationError')) return 'permission';
  if (is('UserAuthenticationExpiredError')) return 'expired';
  if (is('AuthorizationError'))
    return chain.some(({ message }) => /expired/i.test(message)) ? 'expired' : 'authorization';
  if (codes.includes(ApiCode.bucketMissing)) return 'bucket-missing';
  if (codes.includes(ApiCode.conflict) || codes.includes(ApiCode.conflictUnknown)) return 'conflict';
  if (codes.includes(ApiCode.jetStreamOff)) return 'jetstream-off';
  if (is('NoResponders', 'NoRespondersError') || (is('JetStreamStatusError') && codes.includes(503)))
    return 'no-responders';
  if (is('JetStreamNotEnabled')) return 'jetstream-off';
  if (is('JetStreamApiError', 'JetStreamStatusError')) return 'api';
  if (
    coded(/^(ENOENT|EACCES|EISDIR|EPERM)$/) ||
    chain.some(({ message }) => /doesn't exist$|^unable to parse credentials$/.test(message))
  )
    return 'file';
  if (coded(TLS_CODE) || chain.some(({ message }) => /\btls\b|certificate/i.test(message))) return 'tls';
  if (is('InvalidArgumentError') && chain.some(({ message }) => message.includes('max_payload')))
    return 'too-large';
  if (coded(/^ECONNREFUSED$/) || chain.some(({ message }) => message === 'connection refused'))
    return 'connection-refused';
  if (coded(/^(ENOTFOUND|EAI_AGAIN)$/)) return 'unresolved';
  if (coded(HOST_CODE)) return 'unreachable-host';
  if (chain.some(({ message }) => /undefined error|unexpected response/.test(message))) return 'not-nats';
  if (is('TimeoutError')) return 'timeout';
  if (is('ClosedConnectionError', 'DrainingConnectionError') || coded(/^(ECONNRESET|EPIPE)$/))
    return 'closed';
  if (chain.some(({ message }) => /connection (closed|disconnected)/.test(message))) return 'closed';
  return 'other';
}

/** The error of the JetStream API: its number, and its words. Undefined for any other error. */
export function apiError(error: unknown): { code: number; status: number; description: string } | undefined {
  for (const { name, code, status, message } of chainOf(error)) {
    if (typeof code === 'number' && /^(JetStream|Stream|Consumer)/.test(name)) {
      return { code, status: typeof status === 'number' ? status : code, description: message };
    }
  }
  return undefined;
}

/** Where a request went, for its message. */
export interface Target {
  /** Without credentials: `nats://127.0.0.1:4222`. */
  readonly server: string;
  readonly bucket: string;
  readonly key?: string;
  /** Masked in the text of an error that is not known, which may quote anything. */
  readonly secrets: readonly string[];
}

const STAYS = 'The applied value stays in force; retrying until it succeeds.';

/** One message per cause: what was tried, on what, what stays in force, what to do. Never holds a credential. */
export function unavailable(error: unknown, target: Target): HotConfigUnavailableError {
  if (error instanceof HotConfigUnavailableError) return error;
  const { key } = target;
  const reason = explain(error, target);
  return new HotConfigUnavailableError(
    `${reason} ${STAYS}`,
    key === undefined ? { cause: error, reason } : { key, cause: error, reason },
  );
}

export function explain(error: unknown, { server, bucket, secrets }: Target): string {
  switch (faultOf(error)) {
    case 'connection-refused':
      return `NATS at ${server} refused the connection: no server listens there. Start it, or correct the address.`;
    case 'unresolved':
      return `The host name of NATS at ${server} cannot be resolved. Correct the address, or DNS.`;
    case 'unreachable-host':
      return `There is no network route to NATS at ${server}. Check the address, routes and firewalls.`;
    case 'authorization':
      return `NATS at ${server} rejected the credentials. Correct the user and password, token, nkey or credentials file, or renew what has expired.`;
    case 'expired':
      return `The credentials for NATS at ${server} have expired. Renew them; a credentials file is read again automatically.`;
    case 'permission':
      return explainPermission(error, server);
    case 'tls':
      return `TLS with NATS at ${server} failed (${codeOrMessageOf(error)}). Check tls.caFile, the server's certificate and its host names.`;
    case 'file':
      return `A file that is needed to connect to NATS at ${server} cannot be read (${codeOrMessageOf(error)}). Check credsFile and tls; it is read again automatically.`;
    case 'not-nats':
      return `What listens at ${server} hung up or does not speak NATS. Check the address and the port.`;
    case 'no-responders':
      // With JetStream on, some server answers its API. Only the bucket's own replicas answer the subjects of the bucket.
      return chainOf(error).some(({ subject }) => subject !== undefined && !String(subject).includes('.STREAM.'))
        ? `Nobody at ${server} answers for the bucket "${bucket}": it has no leader now, was deleted, or listens to other subjects. A leader is elected automatically; if this lasts, check the NATS cluster and the bucket's stream.`
        : noJetStream(server);
    case 'jetstream-off':
      return noJetStream(server);
    case 'bucket-missing':
      return missingBucket(bucket);
    case 'bucket-unusable':
      return chainOf(error).find(({ name }) => name === UNUSABLE)?.message ?? '';
    case 'timeout':
      return `NATS at ${server} did not answer in time. It hangs, is overloaded, or the bucket "${bucket}" has no leader now.`;
    case 'tls-timeout':
      return `NATS at ${server} did not answer in time. It hangs, is overloaded, or demands a client certificate that it trusts: check tls.certFile and tls.keyFile.`;
    case 'closed':
      return `The connection to NATS at ${server} was lost.`;
    case 'api': {
      const api = apiError(error);
      return `NATS at ${server} rejected a request for the bucket "${bucket}": ${api?.description} (${api?.code}).`;
    }
    case 'too-large':
    case 'conflict':
    case 'other':
      return `The bucket "${bucket}" at ${server} cannot be used: ${textOf(error, secrets)}.`;
  }
}

function noJetStream(server: string): string {
  return `NATS at ${server} has no JetStream for this account. Enable JetStream, or correct the account, domain or apiPrefix.`;
}

/** The reason of a `missing` outcome: the store answered. */
export function missingBucket(bucket: string): string {
  return `the bucket "${bucket}" does not exist`;
}

/** The subject that the server's permissions forbid. */
export function forbiddenSubject(error: unknown): { operation: string; subject: string } | undefined {
  const violation = chainOf(error).find(({ name }) => name === 'PermissionViolationError');
  if (!violation) return undefined;
  const { operation = 'publish', subject = '(unknown)' } = violation;
  return { operation: String(operation), subject: String(subject) };
}

function explainPermission(error: unknown, server: string): string {
  const { operation, subject } = forbiddenSubject(error) ?? { operation: 'publish', subject: '(unknown)' };
  const verb = operation === 'subscription' ? 'subscribe to' : 'publish to';
  const advice = subject.startsWith('_INBOX')
    ? 'Set inboxPrefix to what the user may subscribe to, or grant this permission.'
    : 'Grant this permission to the user.';
  return `NATS at ${server} does not let this user ${verb} "${subject}". ${advice}`;
}

function codeOrMessageOf(error: unknown): string {
  const coded = chainOf(error).find(({ code }) => typeof code === 'string');
  return coded ? String(coded.code) : (chainOf(error)[0]?.message ?? 'no reason given');
}

/** `TypeError: x is not y, caused by Error: z`. */
function textOf(error: unknown, secrets: readonly string[]): string {
  const links = chainOf(error).map(({ name, message }) => (message ? `${name}: ${message}` : name));
  const text = links.length > 0 ? links.join(', caused by ') : String(error);
  // The longest first: one secret may be part of another.
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((shown, secret) => shown.replaceAll(secret, '***'), text).replace(/\.$/, '');
}

/** The error and its causes, the error first. */
function chainOf(error: unknown): Link[] {
  const chain: Link[] = [];
  let link = error;
  while (chain.length < 8 && typeof link === 'object' && link !== null && 'message' in link) {
    chain.push(link as Link);
    link = (link as Link).cause;
  }
  return chain;
}
