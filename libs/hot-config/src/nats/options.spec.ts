import { type NatsConnection, nkeys } from '@nats-io/transport-node';
import { HotConfigSetupError } from '../contract/index.js';
import type { NatsSourceOptions } from './options.js';
import { natsSource } from './source/nats-source.js';

/** Has an address only, because the constructor of a source uses nothing else. */
const connection = { getServer: () => '127.0.0.1:4222' } as NatsConnection;

describe('natsSource', () => {
  it.each([
    { bucket: 'con figs' },
    { bucket: '' },
    { keyPrefix: 'a..' },
    { keyPrefix: '*.' },
    { password: 'x' },
    { domain: 'edge', apiPrefix: '$JS.edge.API' },
    { requestTimeoutMs: 0 },
    { connectTimeoutMs: Infinity },
    { reconcileMs: Number.NaN },
    { staleAfterMs: 0 },
  ])('rejects options that cannot work when the source is created: %j', (options) => {
    expect(() => natsSource(options)).toThrow(HotConfigSetupError);
  });

  const seed = new TextDecoder().decode(nkeys.createUser().getSeed());

  it.each<[string, NatsSourceOptions, RegExp]>([
    ['two ways to log in', { credsFile: '/a.creds', nkeySeed: seed }, /credsFile.* nkeySeed/],
    ['a token and a user', { token: 't', user: 'ann', password: 's3cret' }, /token.* user/],
    [
      'a login as an option and a login in the address',
      { servers: 'nats://ann:s3cret@one', token: 't' },
      /token.* servers/,
    ],
    [
      'a user as an option and a token in the address',
      { servers: 'nats://s3cret@one', user: 'ann' },
      /user.* servers/,
    ],
    ['a connection and addresses', { connection, servers: 'nats://one' }, /connection.* servers/],
    ['a connection and credentials', { connection, token: 's3cret' }, /connection.* token/],
    ['a connection and its inbox', { connection, inboxPrefix: '_INBOX_a' }, /connection.* inboxPrefix/],
  ])('rejects two options that contradict each other, and names both: %s', (_, options, both) => {
    expect(() => natsSource(options)).toThrow(HotConfigSetupError);
    expect(() => natsSource(options)).toThrow(both);
    expect(() => natsSource(options)).not.toThrow(/s3cret/);
  });

  it.each([
    [{ bukcet: 'configs' }, 'natsSource has no option "bukcet". Did you mean "bucket"?'],
    [{ url: 's3cret' }, 'natsSource has no option "url". There are servers, name, user, '],
    [{ tls: { ca: 's3cret' } }, 'tls has no option "ca". There are caFile, '],
    ['nats://s3cret@one', 'natsSource takes an object with the options servers, '],
  ])('rejects an unknown option, and names the nearest known option: %#', (options, message) => {
    const made = (): unknown => natsSource(options as NatsSourceOptions);
    expect(made).toThrow(HotConfigSetupError);
    expect(made).toThrow(message);
    expect(made).not.toThrow(/s3cret/);
  });

  it('accepts each single way to log in', () => {
    const logins = [
      { credsFile: '/a.creds' },
      { nkeySeed: seed },
      { token: 't' },
      { user: 'a', password: 'p' },
    ];
    for (const login of [...logins, { servers: 'nats://a:p@one' }, { connection, domain: 'edge' }])
      expect(() => natsSource(login)).not.toThrow();
  });

  it.each(['SUSECRET', '', `${seed}x`, new TextDecoder().decode(nkeys.createAccount().getSeed())])(
    'rejects an nkeySeed that is not the seed of a user, without repeating it: %#',
    (nkeySeed) => {
      const made = (): unknown => natsSource({ nkeySeed });
      expect(made).toThrow(HotConfigSetupError);
      expect(made).toThrow(/^The nkeySeed is not the seed of a NATS user/);
      if (nkeySeed) expect(made).not.toThrow(nkeySeed);
    },
  );

  it.each(['a b', 'a.*', '>', 'a..b', '.a', 'a.', ''])(
    'rejects an inboxPrefix that is no subject: "%s"',
    (inboxPrefix) => {
      expect(() => natsSource({ inboxPrefix })).toThrow(/^The inboxPrefix/);
    },
  );

  it.each([{ certFile: '/client.pem' }, { keyFile: '/client-key.pem' }])(
    'rejects a client certificate without its key, or a key without its certificate: %j',
    (tls) => {
      expect(() => natsSource({ tls })).toThrow('tls.certFile and tls.keyFile go together');
    },
  );

  it('calls a value stale after 2.5 × reconcileMs by default', () => {
    expect(natsSource()).toMatchObject({ reconcileMs: 30_000, staleAfterMs: 75_000 });
    expect(natsSource({ reconcileMs: 120_000 })).toMatchObject({ staleAfterMs: 300_000 });
    expect(natsSource({ reconcileMs: 120_000, staleAfterMs: 150_000 })).toMatchObject({
      staleAfterMs: 150_000,
    });
    // The longest pause that a timer allows is accepted, though staleAfterMs gets longer than that.
    expect(natsSource({ reconcileMs: 2 ** 31 - 1 }).staleAfterMs).toBeGreaterThan(2 ** 32);
  });

  it.each([{ reconcileMs: 30_000, staleAfterMs: 29_999 }, { staleAfterMs: 10_000 }])(
    'rejects a staleAfterMs shorter than reconcileMs: %j',
    (options) => {
      const made = (): unknown => natsSource(options);
      expect(made).toThrow(HotConfigSetupError);
      expect(made).toThrow(
        `staleAfterMs (${options.staleAfterMs}) must not be less than reconcileMs (30000)`,
      );
      expect(() => natsSource({ ...options, reconcileMs: options.staleAfterMs })).not.toThrow();
    },
  );

  it('has a name without credentials', () => {
    const source = natsSource({ servers: 'nats://ann:s3cret@one,nats://two:5555', bucket: 'b' });
    expect(source.name).toBe('bucket "b" at nats://one:4222,nats://two:5555');
  });
});
