import { HotConfigUnavailableError } from '../contract/index.js';

/** An error of the client, or one of its causes. */
type ErrorInChain = Error & { code?: unknown; status?: unknown; subject?: unknown; operation?: unknown };

/** Where a request went, for its message. */
export interface Target {
  /** Without credentials: `nats://127.0.0.1:4222`. */
  readonly server: string;
  readonly bucket: string;
  readonly key?: string | undefined;
  /** Masked in the text of an error that is not known, which may quote anything. */
  readonly secrets: readonly string[];
}

/** A connect with TLS that timed out. The client does not say so when the server ended it for want of a certificate. */
export function tlsTimeout(cause: unknown): Error {
  return Object.assign(new Error('no answer over TLS', { cause }), { name: 'TlsTimeoutError' });
}

/** A stream of the bucket's name exists, but cannot serve as the bucket. The message is for people, and says what to do. */
export function unusableBucket(message: string): Error {
  return Object.assign(new Error(message), { name: 'UnusableBucketError' });
}

function traitsOf(error: unknown) {
  const chain = chainOf(error);
  return {
    is: (...names: string[]) => chain.some(({ name }) => names.includes(name)),
    says: (pattern: RegExp) => chain.some(({ message }) => pattern.test(message)),
    /** By the code of a system call, or of TLS. */
    coded: (pattern: RegExp) => chain.some(({ code }) => typeof code === 'string' && pattern.test(code)),
    /** By the number that the JetStream API gives an error. */
    numbered: (...numbers: number[]) => chain.some(({ code }) => numbers.includes(code as number)),
  };
}

const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)|EPROTO)/;
const HOST_CODE = /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|ETIMEDOUT)$/;

type Traits = ReturnType<typeof traitsOf>;
/** The first that matches counts. By name and code, not by class: two copies of a client library share no classes. */
const FAULTS: readonly (readonly [NatsFault, (traits: Traits) => boolean])[] = [
  ['tls-timeout', ({ is }) => is('TlsTimeoutError')],
  ['bucket-unusable', ({ is }) => is('UnusableBucketError')],
  ['permission', ({ is }) => is('PermissionViolationError')],
  ['expired', ({ is }) => is('UserAuthenticationExpiredError')],
  ['expired', ({ is, says }) => is('AuthorizationError') && says(/expired/i)],
  ['authorization', ({ is }) => is('AuthorizationError')],
  ['bucket-missing', ({ numbered }) => numbered(10059)],
  ['conflict', ({ numbered }) => numbered(10071, 10164)],
  ['jetstream-off', ({ numbered }) => numbered(10039)],
  ['no-responders', ({ is }) => is('NoResponders', 'NoRespondersError')],
  ['no-responders', ({ is, numbered }) => is('JetStreamStatusError') && numbered(503)],
  ['jetstream-off', ({ is }) => is('JetStreamNotEnabled')],
  ['api', ({ is }) => is('JetStreamApiError', 'JetStreamStatusError')],
  ['file', ({ coded }) => coded(/^(ENOENT|EACCES|EISDIR|EPERM)$/)],
  ['file', ({ says }) => says(/doesn't exist$|^unable to parse credentials$/)],
  ['tls', ({ coded, says }) => coded(TLS_CODE) || says(/\btls\b|certificate/i)],
  ['too-large', ({ is, says }) => is('InvalidArgumentError') && says(/max_payload/)],
  ['connection-refused', ({ coded, says }) => coded(/^ECONNREFUSED$/) || says(/^connection refused$/)],
  ['unresolved', ({ coded }) => coded(/^(ENOTFOUND|EAI_AGAIN)$/)],
  ['unreachable-host', ({ coded }) => coded(HOST_CODE)],
  ['not-nats', ({ says }) => says(/undefined error|unexpected response/)],
  ['timeout', ({ is }) => is('TimeoutError')],
  ['closed', ({ is }) => is('ClosedConnectionError', 'DrainingConnectionError')],
  ['closed', ({ coded, says }) => coded(/^(ECONNRESET|EPIPE)$/) || says(/connection (closed|disconnected)/)],
];

export function faultOf(error: unknown): NatsFault {
  const traits = traitsOf(error);
  return FAULTS.find(([, matches]) => matches(traits))?.[0] ?? 'other';
}

const noJetStream = ({ server }: Target): string =>
  `NATS at ${server} has no JetStream for this account. Enable JetStream, or correct the account, domain or apiPrefix.`;
const unusable = ({ bucket, server, secrets }: Target, error: unknown): string =>
  `The bucket "${bucket}" at ${server} cannot be used: ${textOf(error, secrets)}.`;

/** What is wrong, and what to do. */
const MESSAGES = {
  'connection-refused': ({ server }) =>
    `NATS at ${server} refused the connection: no server listens there. Start it, or correct the address.`,
  unresolved: ({ server }) =>
    `The host name of NATS at ${server} cannot be resolved. Correct the address, or DNS.`,
  'unreachable-host': ({ server }) =>
    `There is no network route to NATS at ${server}. Check the address, routes and firewalls.`,
  authorization: ({ server }) =>
    `NATS at ${server} rejected the credentials. Correct the user and password, token, nkey or credentials file, or renew what has expired.`,
  expired: ({ server }) =>
    `The credentials for NATS at ${server} have expired. Renew them; a credentials file is read again automatically.`,
  permission: ({ server }, error) => explainPermission(error, server),
  tls: ({ server }, error) =>
    `TLS with NATS at ${server} failed (${codeOrMessageOf(error)}). Check tls.caFile, the server's certificate and its host names.`,
  'tls-timeout': ({ server }) =>
    `NATS at ${server} did not answer in time. It hangs, is overloaded, or demands a client certificate that it trusts: check tls.certFile and tls.keyFile.`,
  file: ({ server }, error) =>
    `A file that is needed to connect to NATS at ${server} cannot be read (${codeOrMessageOf(error)}). Check credsFile and tls; it is read again automatically.`,
  'not-nats': ({ server }) =>
    `What listens at ${server} hung up or does not speak NATS. Check the address and the port.`,
  'no-responders': (target, error) => {
    const subjects = chainOf(error).flatMap(({ subject }) => (typeof subject === 'string' ? [subject] : []));
    // With JetStream on, some server answers its API. Only the bucket's own replicas answer the subjects of the bucket.
    if (!subjects.some((subject) => !subject.includes('.STREAM.'))) return noJetStream(target);
    const imports = subjects.some((subject) => !subject.startsWith('$'))
      ? ', the apiPrefix with its imports'
      : '';
    return `Nobody at ${target.server} answers for the bucket "${target.bucket}": it has no leader now, was deleted, or listens to other subjects. A leader is elected automatically; if this lasts, check the NATS cluster${imports} and the bucket's stream.`;
  },
  'jetstream-off': noJetStream,
  'bucket-missing': ({ bucket }) => missingBucket(bucket),
  'bucket-unusable': (_, error) =>
    chainOf(error).find(({ name }) => name === 'UnusableBucketError')?.message ?? '',
  timeout: ({ server, bucket }) =>
    `NATS at ${server} did not answer in time. It hangs, is overloaded, or the bucket "${bucket}" has no leader now.`,
  closed: ({ server }) => `The connection to NATS at ${server} was lost.`,
  api: ({ server, bucket }, error) =>
    `NATS at ${server} rejected a request for the bucket "${bucket}": ${apiError(error)?.description} (${apiError(error)?.code}).`,
  'too-large': unusable,
  conflict: unusable,
  other: unusable,
} satisfies Record<string, (target: Target, error: unknown) => string>;

export type NatsFault = keyof typeof MESSAGES;

export function explain(error: unknown, target: Target): string {
  return MESSAGES[faultOf(error)](target, error);
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

const STAYS = 'The applied value stays in force; retrying until it succeeds.';

/** One message per cause: what was tried, on what, what stays in force, what to do. Never holds a credential. */
export function unavailable(error: unknown, target: Target): HotConfigUnavailableError {
  if (error instanceof HotConfigUnavailableError) return error;
  const reason = explain(error, target);
  return new HotConfigUnavailableError(`${reason} ${STAYS}`, { key: target.key, cause: error, reason });
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
  const parts = chainOf(error).map(({ name, message }) => (message ? `${name}: ${message}` : name));
  const text = parts.length > 0 ? parts.join(', caused by ') : String(error);
  // The longest first: one secret may be part of another.
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((shown, secret) => shown.replaceAll(secret, '***'), text).replace(/\.$/, '');
}

/** The error and its causes, the error first. */
function chainOf(error: unknown): ErrorInChain[] {
  const chain: ErrorInChain[] = [];
  let next = error;
  while (chain.length < 8 && typeof next === 'object' && next !== null && 'message' in next) {
    chain.push(next as ErrorInChain);
    next = (next as ErrorInChain).cause;
  }
  return chain;
}
