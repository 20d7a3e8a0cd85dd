import { HotConfigSetupError } from '../contract/index.js';
import { parseServers } from './addresses.js';

describe('server addresses:', () => {
  it('credentials are removed from the addresses', () => {
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

  it('without addresses the local server on the default port is used', () => {
    expect(parseServers(undefined).urls).toEqual(['nats://127.0.0.1:4222']);
  });

  it.each(['', ' , ', [], [' ']])('an empty list of addresses is rejected: %j', (servers) => {
    expect(() => parseServers(servers)).toThrow(HotConfigSetupError);
    expect(() => parseServers(servers)).toThrow('servers names no NATS server. Write nats://host:port, or');
  });

  it('tls:// asks for TLS, and IPv6 addresses are kept whole', () => {
    expect(parseServers('tls://[::1]')).toMatchObject({ urls: ['nats://[::1]:4222'], tls: true });
  });

  it.each(['http://user:s3cret@host', 'nats://user:s3cret@ho st', 'nats://user:s3cret%@host'])(
    'an invalid address is rejected without repeating it: %#',
    (address) => {
      expect(() => parseServers(['nats://fine', address])).toThrow(HotConfigSetupError);
      expect(() => parseServers(['nats://fine', address])).toThrow(/address 2 is invalid/);
      expect(() => parseServers(['nats://fine', address])).not.toThrow(/s3cret/);
    },
  );

  it.each([
    [
      'a password without a user',
      ['nats://one', 'nats://:s3cret@two'],
      /address 2 has a password without a user/,
    ],
    [
      'two users',
      'nats://ann:s3cret@one,nats://bob:s3cret@two',
      /address 2 has another login than address 1/,
    ],
    ['two passwords', 'one,ann:s3cret@two,ann:s3cret2@three', /address 3 has another login than address 2/],
    ['a token and a user', 'nats://s3cret@one,nats://ann:s3cret@two', /address 2 has another login/],
    ['two tokens', ['nats://s3cret@one', 'nats://s3cret2@two'], /address 2 has another login/],
    [
      'a user beside a password alone',
      'nats://ann:s3cret@one,nats://:s3cret@two',
      /address 2 has another login/,
    ],
  ])('no login is dropped silently: %s', (_, servers, message) => {
    expect(() => parseServers(servers)).toThrow(HotConfigSetupError);
    expect(() => parseServers(servers)).toThrow(message);
    expect(() => parseServers(servers)).not.toThrow(/s3cret/);
  });

  it('several addresses may have the same login, encoded or not, and an address may have none', () => {
    const servers = ['nats://one', 'nats://ann:p%40ss@two', 'nats://%61nn:p%40ss@three', 'four'];
    expect(parseServers(servers)).toMatchObject({ user: 'ann', password: 'p@ss', token: undefined });
  });
});
