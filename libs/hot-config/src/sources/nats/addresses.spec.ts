import { HotConfigSetupError } from '../../contract/index.js';
import { parseServers } from './addresses.js';

describe('server addresses', () => {
  it('credentials are taken out of the addresses', () => {
    expect(parseServers('nats://ann:p%40ss@one:4333, two')).toEqual({
      urls: ['nats://one:4333', 'nats://two:4222'],
      tls: false,
      user: 'ann',
      password: 'p@ss',
      token: undefined,
    });
    expect(parseServers(['nats://t0ken@one'])).toMatchObject({
      urls: ['nats://one:4222'],
      token: 't0ken',
      user: undefined,
    });
  });

  it('nothing given is the local server on the usual port', () => {
    for (const servers of [undefined, '', [], ' , '])
      expect(parseServers(servers).urls).toEqual(['nats://127.0.0.1:4222']);
  });

  it('tls:// asks for TLS, and IPv6 addresses are kept whole', () => {
    expect(parseServers('tls://[::1]')).toMatchObject({ urls: ['nats://[::1]:4222'], tls: true });
  });

  it.each(['http://user:s3cret@host', 'nats://user:s3cret@ho st', 'nats://user:s3cret%@host'])(
    'an address that cannot be read is refused without repeating it: %#',
    (address) => {
      expect(() => parseServers(['nats://fine', address])).toThrow(HotConfigSetupError);
      expect(() => parseServers(['nats://fine', address])).toThrow(/address 2 is invalid/);
      expect(() => parseServers(['nats://fine', address])).not.toThrow(/s3cret/);
    },
  );
});
