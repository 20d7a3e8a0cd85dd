import { connect } from '@nats-io/transport-node';
import { eventually } from '../../harness/eventually.mjs';
import { World } from './world.js';

describe('service3', () => {
  let world: World;

  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.close());

  it('beats at the interval of the config, and after a change at the new interval', async () => {
    await world.edit('service3', 'every_seconds: 30', 'every_seconds: 86400');
    const service = await world.start('service3', { NATS_URL: '' });
    expect(service.lines.join('\n')).not.toContain('[Heartbeat]');
    await world.edit('service3', 'every_seconds: 86400', 'every_seconds: 1');
    await service.line(/applied revision \d+: schedule\.every_seconds 86400 → 1/);
    await service.line(/\[Heartbeat\] alive, at revision \d+$/);
  });

  it('goes on answering when a NATS message is no JSON, and logs only the first such message, in one line', async () => {
    await world.start('config-loader');
    const service = await world.start('service3');
    const nc = await connect({ servers: world.nats.url });
    try {
      const answer = (): Promise<unknown> => nc.request('service3.answer', '{"id":"1","data":""}');
      await eventually(answer, () => true);
      const from = service.lines.length;
      const garbage = [
        '',
        '{',
        'x\n[Nest] LOG forged',
        Uint8Array.of(255, 254),
        `{"data":${'['.repeat(50_000)}`,
      ];
      for (let round = 0; round < 100; round += 1)
        for (const body of garbage) nc.publish('service3.answer', body);
      // Messages of one connection arrive in order, so this answer comes after the garbage. It is asked again for a busy machine.
      await eventually(answer, () => true);
      const line = await service.line(/message to "service3\.answer" was no JSON and is not answered/, from);
      expect(service.lines.slice(from)).toEqual([line]);
    } finally {
      await nc.close();
    }
  });

  describe('with a login in NATS_URL', () => {
    const users = (password: string): { config: string } => ({
      config: `authorization { users: [ { user: service, password: ${password} } ] }`,
    });
    const login = (): { NATS_URL: string } => ({
      NATS_URL: world.nats.url.replace('//', '//service:s3cret@'),
    });

    beforeEach(() => world.nats.restart(users('s3cret')));

    /** Resolves when service3 answers over NATS. */
    async function answers(): Promise<void> {
      const nc = await connect({ servers: world.nats.url, user: 'service', pass: 's3cret' });
      try {
        await eventually(
          () => nc.request('service3.answer', JSON.stringify({ id: '1', data: '' })),
          () => true,
        );
      } finally {
        await nc.close();
      }
    }

    it('connects its message handlers with that login, and again after the server rejected the login for a while', async () => {
      await world.start('config-loader', login());
      const service = await world.start('service3', login());
      await answers();
      await world.nats.restart(users('other'));
      await service.line(/ERROR .*The NATS transport is not connected: AuthorizationError/);
      await world.nats.restart(users('s3cret'));
      await answers();
      expect(service.lines.join('\n')).not.toContain('s3cret');
    });

    it('connects its message handlers as soon as the server accepts a login that it rejected at the start', async () => {
      await world.start('config-loader', login());
      const before = await world.start('service3', login());
      await before.exit('SIGTERM');
      await world.nats.restart(users('other'));
      // The service starts on its last known good.
      const service = await world.start('service3', login());
      await service.line(/ERROR .*The NATS transport is not connected: AuthorizationError/);
      await world.nats.restart(users('s3cret'));
      await answers();
      await service.line(/The NATS transport is connected/);
      expect(await service.exit('SIGTERM')).toBe(0);
    });
  });
});
