import { HotConfigUnavailableError } from '../contract/index.js';

/** What went wrong, whatever the class of the error: copies of a client library in one process share no classes. */
export type NatsFault =
  | 'refused'
  | 'unresolved'
  | 'unreachable-host'
  | 'authorization'
  | 'expired'
  | 'permission'
  | 'tls'
  | 'tls-silence'
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

interface Traits {
  readonly name: string;
  readonly code: unknown;
  readonly message: string;
  readonly subject: string | undefined;
  readonly operation: string | undefined;
}

/** Error codes of the JetStream API that are told apart. */
export const ApiCode = {
  jetStreamOff: 10039,
  bucketMissing: 10059,
  conflict: 10071,
  conflictUnknown: 10164,
} as const;

const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)|EPROTO)/;
const HOST_CODE = /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|ETIMEDOUT)$/;

const SILENCE = 'TlsSilenceError';

/** A connect with TLS that nobody answered in time. The client keeps to itself when the server ends it for want of a certificate. */
export function tlsSilence(cause: unknown): Error {
  return Object.assign(new Error('no answer over TLS', { cause }), { name: SILENCE });
}

const UNUSABLE = 'UnusableBucketError';

/** There is a stream of the bucket's name, and it is no bucket. The message is for people, and says what to do. */
export function unusableBucket(message: string): Error {
  return Object.assign(new Error(message), { name: UNUSABLE });
}

export function faultOf(error: unknown): NatsFault {
  const chain = chainOf(error);
  const is = (...names: string[]): boolean => chain.some(({ name }) => names.includes(name));
  const codes = chain.map(({ code }) => code);
  const coded = (pattern: RegExp): boolean =>
    codes.some((code) => typeof code === 'string' && pattern.test(code));

  if (is(SILENCE)) return 'tls-silence';
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
    return 'refused';
  if (coded(/^(ENOTFOUND|EAI_AGAIN)$/)) return 'unresolved';
  if (coded(HOST_CODE)) return 'unreachable-host';
  if (chain.some(({ message }) => /undefined error|unexpected response/.test(message))) return 'not-nats';
  if (is('TimeoutError')) return 'timeout';
  if (is('ClosedConnectionError', 'DrainingConnectionError') || coded(/^(ECONNRESET|EPIPE)$/))
    return 'closed';
  if (chain.some(({ message }) => /connection (closed|disconnected)/.test(message))) return 'closed';
  return 'other';
}

/** The number that the JetStream API gave an error, and what it said. Undefined for any other error. */
export function apiError(error: unknown): { code: number; status: number; description: string } | undefined {
  for (const link of linksOf(error)) {
    const { name, code, status, message } = link as Error & { code?: unknown; status?: unknown };
    if (typeof code === 'number' && /^(JetStream|Stream|Consumer)/.test(name)) {
      return { code, status: typeof status === 'number' ? status : code, description: message };
    }
  }
  return undefined;
}

export interface Attempt {
  /** Without credentials: `nats://127.0.0.1:4222`. */
  readonly server: string;
  readonly bucket: string;
  readonly key?: string;
  /** Taken out of what others say: an error that is not known may quote anything. */
  readonly secrets: readonly string[];
}

const STAYS = 'The applied value stays in force; retrying until it succeeds.';

/** One message per cause: what was tried, on what, what stays in force, what to do. Never holds a credential. */
export function unavailable(error: unknown, attempt: Attempt): HotConfigUnavailableError {
  if (error instanceof HotConfigUnavailableError) return error;
  const { key } = attempt;
  const reason = explain(error, attempt);
  return new HotConfigUnavailableError(
    `${reason} ${STAYS}`,
    key === undefined ? { cause: error, reason } : { key, cause: error, reason },
  );
}

export function explain(error: unknown, { server, bucket, secrets }: Attempt): string {
  switch (faultOf(error)) {
    case 'refused':
      return `NATS at ${server} refused the connection: no server listens there. Start it, or correct the address.`;
    case 'unresolved':
      return `The host name of NATS at ${server} cannot be resolved. Correct the address, or DNS.`;
    case 'unreachable-host':
      return `There is no network route to NATS at ${server}. Check the address, routes and firewalls.`;
    case 'authorization':
      return `NATS at ${server} refused the credentials. Correct the user and password, token, nkey or credentials file, or renew what has expired.`;
    case 'expired':
      return `The credentials for NATS at ${server} have expired. Renew them; a credentials file is read again automatically.`;
    case 'permission':
      return explainPermission(error, server);
    case 'tls':
      return `TLS with NATS at ${server} failed (${reasonOf(error)}). Check tls.caFile, the server's certificate and its host names.`;
    case 'file':
      return `A file that is needed to connect to NATS at ${server} cannot be read (${reasonOf(error)}). Check credsFile and tls; it is read again automatically.`;
    case 'not-nats':
      return `What listens at ${server} hung up or does not speak NATS. Check the address and the port.`;
    case 'no-responders':
      // Where JetStream is on, somebody answers its API; what belongs to one bucket only the bucket's own replicas answer.
      return chainOf(error).some(({ subject }) => subject?.includes('.STREAM.') === false)
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
    case 'tls-silence':
      return `NATS at ${server} did not answer in time. It hangs, is overloaded, or demands a client certificate that it trusts: check tls.certFile and tls.keyFile.`;
    case 'closed':
      return `The connection to NATS at ${server} was lost.`;
    case 'api': {
      const api = apiError(error);
      return `NATS at ${server} refused a request for the bucket "${bucket}": ${api?.description} (${api?.code}).`;
    }
    case 'too-large':
    case 'conflict':
    case 'other':
      return `The bucket "${bucket}" at ${server} cannot be used: ${saidBy(error, secrets)}.`;
  }
}

function noJetStream(server: string): string {
  return `NATS at ${server} has no JetStream for this account. Enable JetStream, or correct the account, domain or apiPrefix.`;
}

/** A reason, not an error: the store answered. */
export function missingBucket(bucket: string): string {
  return `the bucket "${bucket}" does not exist`;
}

/** The subject that the server's permissions forbid. */
export function forbiddenSubject(error: unknown): { operation: string; subject: string } | undefined {
  const refused = chainOf(error).find(({ name }) => name === 'PermissionViolationError');
  return refused && { operation: refused.operation ?? 'publish', subject: refused.subject ?? '(unknown)' };
}

function explainPermission(error: unknown, server: string): string {
  const { operation, subject } = forbiddenSubject(error) ?? { operation: 'publish', subject: '(unknown)' };
  const verb = operation === 'subscription' ? 'subscribe to' : 'publish to';
  const advice = subject.startsWith('_INBOX')
    ? 'Set inboxPrefix to what the user may subscribe to, or grant this permission.'
    : 'Grant this permission to the user.';
  return `NATS at ${server} does not let this user ${verb} "${subject}". ${advice}`;
}

function reasonOf(error: unknown): string {
  const coded = chainOf(error).find(({ code }) => typeof code === 'string');
  return coded ? String(coded.code) : (chainOf(error)[0]?.message ?? 'no reason given');
}

/** `TypeError: x is not y, caused by Error: z`. */
function saidBy(error: unknown, secrets: readonly string[]): string {
  const said = chainOf(error).map(({ name, message }) => (message ? `${name}: ${message}` : name));
  const text = said.length > 0 ? said.join(', caused by ') : String(error);
  // The longest first: a part of one secret may be another.
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((shown, secret) => shown.replaceAll(secret, '***'), text).replace(/\.$/, '');
}

function chainOf(error: unknown): Traits[] {
  return Array.from(linksOf(error), (link) => {
    const { name, message, code, subject, operation } = link as Error & Partial<Record<string, unknown>>;
    return {
      name,
      message,
      code,
      subject: typeof subject === 'string' ? subject : undefined,
      operation: typeof operation === 'string' ? operation : undefined,
    };
  });
}

function* linksOf(error: unknown): Generator<Error> {
  let link = error;
  for (let depth = 0; depth < 8 && typeof link === 'object' && link !== null && 'message' in link; depth++) {
    yield link as Error;
    link = (link as Error).cause;
  }
}
