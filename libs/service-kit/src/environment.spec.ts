import { resolve } from 'node:path';
import { env, hotConfigOptions, natsClientOptions, portFrom, replicas, wholeNumber } from './environment.js';

describe('the environment of an app', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it('treats an empty variable as not set, because Compose passes unset variables so', () => {
    process.env['SHOP'] = '';
    expect(env('SHOP')).toBeUndefined();
    expect(wholeNumber('SHOP', 7, 0, 9)).toBe(7);
  });

  it('ignores blanks around a value, which editors and templates leave', () => {
    process.env['SHOP'] = ' \t';
    expect(env('SHOP')).toBeUndefined();
    process.env['SHOP'] = ' 8 ';
    expect(env('SHOP')).toBe('8');
    process.env['NATS_URL'] = ' ';
    expect(hotConfigOptions('shop').source?.name).toMatch(/^directory/);
    process.env['NATS_URL'] = ',';
    expect(() => hotConfigOptions('shop')).toThrow(/servers names no NATS server/);
  });

  it.each(['2', '4', '6', 'three'])('rejects %s replicas, with the name of the variable', (number) => {
    process.env['CONFIG_REPLICAS'] = number;
    expect(() => replicas('CONFIG_REPLICAS')).toThrow(/^CONFIG_REPLICAS must be .*unset it \(default: 1\)/);
    process.env['CONFIG_REPLICAS'] = '3';
    expect(replicas('CONFIG_REPLICAS')).toBe(3);
  });

  it.each(['eighty', '-1', '65536', '80.5', 'Infinity'])(
    'rejects the port %s, with the name of the variable',
    (port) => {
      process.env['PORT'] = port;
      expect(() => portFrom('PORT', 3000)).toThrow(
        /PORT must be a whole number from 0 to 65535\. Correct it or unset it \(default: 3000\)/,
      );
    },
  );

  it('chooses the bucket where NATS_URL is set, and the files where it is not', () => {
    process.env['NATS_URL'] = 'nats://user:secret@example.test:4222';
    process.env['CONFIG_BUCKET'] = 'shops';
    expect(hotConfigOptions('shop').source?.name).toBe('bucket "shops" at nats://example.test:4222');
    process.env['NATS_URL'] = '';
    process.env['CONFIG_DIR'] = 'documents';
    expect(hotConfigOptions('shop').source?.name).toBe(`directory "${resolve('documents')}"`);
    process.env['CONFIG_POLL_MS'] = '500';
    expect(hotConfigOptions('shop').source?.reconcileMs).toBe(500);
  });

  it('takes the credentials out of NATS_URL for a client that does not read them there', () => {
    process.env['NATS_URL'] = 'nats://ann:p%40ss@one:4333,two';
    const servers = ['nats://one:4333', 'nats://two:4222'];
    expect(natsClientOptions()).toEqual({ servers, user: 'ann', pass: 'p@ss' });
    process.env['NATS_URL'] = 'tls://t0ken@one';
    expect(natsClientOptions()).toEqual({ servers: ['nats://one:4222'], token: 't0ken', tls: {} });
    process.env['NATS_URL'] = '';
    expect(natsClientOptions()).toBeUndefined();
  });

  it('saves the last known good only when LAST_KNOWN_GOOD_DIR is set', () => {
    process.env['LAST_KNOWN_GOOD_DIR'] = '';
    expect(hotConfigOptions('shop').lastKnownGood).toBeUndefined();
    process.env['LAST_KNOWN_GOOD_DIR'] = '/last-known-good';
    expect(hotConfigOptions('shop').lastKnownGood).toEqual({ directory: '/last-known-good' });
  });
});
