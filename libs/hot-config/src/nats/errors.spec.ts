import { faultOf, type NatsFault, tlsTimeout, unavailable } from './errors.js';

const place = { server: 'nats://one:4222', bucket: 'configs', secrets: ['s3cret'] };

/** An error as another copy of the client library throws it: the same name, but another class. */
function thrown(name: string, message = '', more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

const faults: [NatsFault, Error, RegExp][] = [
  ['connection-refused', thrown('ConnectionError', 'connection refused'), /no server listens there/],
  ['unresolved', thrown('Error', 'getaddrinfo', { code: 'ENOTFOUND' }), /cannot be resolved/],
  ['unreachable-host', thrown('Error', 'connect', { code: 'EHOSTUNREACH' }), /no network route to/],
  ['authorization', thrown('AuthorizationError', 'Authorization Violation'), /rejected the credentials/],
  ['expired', thrown('UserAuthenticationExpiredError', 'user authentication expired'), /have expired/],
  ['expired', thrown('AuthorizationError', 'Account Authentication Expired'), /have expired/],
  [
    'tls',
    thrown('Error', 'self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    /DEPTH_ZERO_SELF_SIGNED_CERT/,
  ],
  ['tls', thrown('ConnectionError', "server does not support 'tls'"), /TLS/],
  ['file', thrown('Error', 'no such file', { code: 'ENOENT' }), /ENOENT/],
  ['file', thrown('ConnectionError', "/etc/ca.pem doesn't exist"), /ca\.pem/],
  ['file', thrown('Error', 'unable to parse credentials'), /parse credentials/],
  ['jetstream-off', thrown('JetStreamNotEnabled', 'jetstream is not enabled'), /has no JetStream/],
  ['bucket-missing', thrown('StreamNotFoundError', 'stream not found', { code: 10059 }), /does not exist/],
  ['conflict', thrown('JetStreamApiError', 'wrong last sequence: 7', { code: 10071 }), /bucket "configs"/],
  [
    'api',
    thrown('JetStreamApiError', 'insufficient resources', { code: 10023, status: 503 }),
    /insufficient resources \(10023\)/,
  ],
  ['timeout', thrown('TimeoutError', 'timeout'), /did not answer in time/],
  ['not-nats', thrown('Error', 'unexpected response from server'), /does not speak NATS/],
  ['closed', thrown('ClosedConnectionError', 'closed connection'), /was lost/],
  ['tls-timeout', tlsTimeout(thrown('TimeoutError', 'timeout')), /check tls\.certFile and tls\.keyFile/],
  ['other', thrown('Strange', 'user:s3cret'), /cannot be used: .*Strange: user:\*\*\*\. /],
];

it.each(faults)(
  'the fault "%s" is recognized by the name and code of an error, and has its own message',
  (fault, error, message) => {
    expect(faultOf(error)).toBe(fault);
    expect(faultOf(new Error('request failed', { cause: error }))).toBe(fault);
    const logged = unavailable(error, { ...place, key: 'app' });
    expect(logged.message).toMatch(message);
    expect(logged).toMatchObject({ code: 'UNAVAILABLE', key: 'app', cause: error });
    expect(logged.message).toContain('stays in force');
    expect(logged.reason).not.toContain('in force');
    expect(logged.message).not.toContain('s3cret');
  },
);

it('the message of an unknown error has its text and the text of its causes, with every secret masked', () => {
  const cause = thrown('Deep', 'over nats://ann:s3cret@one as s3');
  const logged = unavailable(thrown('Shallow', '', { cause }), { ...place, secrets: ['s3', 's3cret'] });
  expect(logged.message).toContain(
    'cannot be used: Shallow, caused by Deep: over nats://ann:***@one as ***.',
  );
  expect(unavailable('no error at all', place).message).toContain('no error at all');
});

it('missing responders are not taken for JetStream being off, though the client has one name for both', () => {
  const cause = thrown('NoResponders', "no responders: '$KV.configs.app'");
  expect(faultOf(thrown('JetStreamNotEnabled', 'jetstream is not enabled', { cause }))).toBe('no-responders');
});

it('no responder of the API means that JetStream is off, and no responder of a bucket means that the bucket has no leader', () => {
  const unanswered = (subject: string) =>
    unavailable(
      thrown('JetStreamNotEnabled', 'x', { cause: thrown('NoResponders', 'x', { subject }) }),
      place,
    ).message;
  expect(unanswered('$JS.API.STREAM.INFO.KV_configs')).toContain('has no JetStream');
  for (const subject of ['$KV.configs.app', '$JS.API.DIRECT.GET.KV_configs.$KV.configs.app'])
    expect(unanswered(subject)).toContain('no leader now, was deleted, or listens to other subjects');
});

it('the message of a missing permission names the subject, and for an inbox also the option', () => {
  const forbidden = (operation: string, subject: string) =>
    unavailable(
      thrown('RequestError', 'x', { cause: thrown('PermissionViolationError', 'x', { operation, subject }) }),
      place,
    ).message;
  expect(forbidden('publish', '$JS.API.STREAM.INFO.KV_configs')).toMatch(
    /publish to "\$JS\.API\.STREAM\.INFO\.KV_configs"/,
  );
  expect(forbidden('subscription', '_INBOX.x.*')).toMatch(/subscribe to "_INBOX\.x\.\*".*Set inboxPrefix/);
});
