import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { eventually } from '../../harness/eventually.mjs';
import { type ConfigAnswer, serviceNames, World } from './world.js';

describe('the life of a process', () => {
  let world: World;

  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.close());

  const offline = { NATS_URL: '' };

  it.each(serviceNames)(
    '%s without NATS serves the files, and an edit is applied without a restart',
    async (name) => {
      const app = await world.start(name, offline);
      const from = app.lines.length;
      await world.edit(name, 'level: INFO', 'level: WARN');
      await app.line(/applied revision \d+: logging\.level "INFO" → "WARN"/, from);
      expect((await app.get<ConfigAnswer>('/config')).body).toMatchObject({
        status: 'live',
        value: { logging: { level: 'WARN' } },
      });
    },
  );

  it.each([
    ['127.0.0.1', undefined],
    ['0.0.0.0', '0.0.0.0'],
  ])('a service listens on %s when HOST is %s, and the log says so', async (address, HOST) => {
    const app = await world.start('service2', { ...offline, HOST });
    expect(await app.line(/Listening on/)).toContain(`Listening on http://${address}:${app.port}`);
    // Another address of the same machine.
    const other = fetch(`http://127.0.0.2:${app.port}/health/live`).then(({ status }) => status);
    await (HOST ? expect(other).resolves.toBe(200) : expect(other).rejects.toThrow('fetch failed'));
  });

  it.each(serviceNames)(
    '%s that is started while NATS is down serves its last known good, shows that in the status, and is live when NATS is back',
    async (name) => {
      const loader = await world.start('config-loader');
      const first = await world.start(name);
      const live = (await first.get<ConfigAnswer>('/config')).body;
      expect(await first.exit('SIGTERM')).toBe(0);
      await world.nats.kill();
      const second = await world.start(name);
      expect((await second.get<ConfigAnswer>('/config')).body).toMatchObject({
        status: 'last-known-good',
        revision: live.revision,
        value: live.value,
      });
      const health = await second.get<{ status: string; details: { hotConfig: { keys: object } } }>(
        '/health',
      );
      expect(health.status).toBe(200);
      expect(health.body.status).toBe('degraded');
      expect(health.body.details.hotConfig.keys).toMatchObject({ [name]: { state: 'last-known-good' } });
      await world.edit(name, 'level: INFO', 'level: DEBUG');
      await world.nats.restart();
      await eventually(
        () => second.get<ConfigAnswer>('/config'),
        ({ body }) => body.status === 'live' && body.value.logging.level === 'DEBUG',
      );
      expect(await loader.exit('SIGINT')).toBe(0);
    },
  );

  it('a service without NATS, last known good or defaults does not start, and the log has what to do', async () => {
    await world.nats.kill();
    const app = await world.spawn('service1');
    expect(await app.exit()).toBe(1);
    const text = app.lines.join('\n');
    expect(text).toMatch(/No value for "service1"/);
    expect(text).toMatch(/last-known-good: none usable/);
    expect(text).toMatch(/Publish the document, make the store reachable/);
  });

  it.each(
    ['config-loader', 'config-modifier', ...serviceNames].flatMap((name) =>
      (['SIGTERM', 'SIGINT'] as const).map((signal) => [name, signal] as const),
    ),
  )('%s ends with exit code 0 on %s while its code is still being loaded', async (name, signal) => {
    // The process sends the signal to itself as soon as it listens for both signals.
    const early = `process.on('newListener', (event) => {
      if (event === 'SIGINT') setImmediate(() => process.kill(process.pid, '${signal}'));
    })`;
    const preload = `--import=data:text/javascript,${encodeURIComponent(early)}`;
    const app = await world.spawn(name, { NODE_OPTIONS: preload });
    expect(await app.exit()).toBe(0);
    expect(app.lines).toEqual([]);
  });

  it('a setting that makes no sense makes startup fail with the name of the setting', async () => {
    const app = await world.spawn('service1', { PORT: 'eighty' });
    expect(await app.exit()).toBe(1);
    expect(app.lines.join('\n')).toMatch(/PORT must be a whole number/);
  });

  it.each([
    ['CONFIG_DIR', '/nope', /CONFIG_DIR: "\/nope" cannot be used \(ENOENT\)\. Set it to/],
    ['CONFIG_DIR', '/dev/null', /CONFIG_DIR: "\/dev\/null" is not a directory\. Set it to/],
    [
      'DATABASE_URLS',
      'postgres://a:secret@b/c,secret:5432',
      /DATABASE_URLS: number 2 of 2 is not a Post.*Give/,
    ],
  ])(
    'the modifier does not start with %s=%s, and logs one line with what to do',
    async (name, value, line) => {
      const app = await world.spawn('config-modifier', { [name]: value, INTERVAL_MS: '10' });
      expect(await app.exit()).toBe(1);
      expect(app.lines.filter((logged) => /FATAL|ERROR/.test(logged))).toEqual([expect.stringMatching(line)]);
      expect(app.lines.join('\n')).not.toContain('secret');
    },
  );

  it('the modifier changes regular files only, and FIFOs and directories do not block it', async () => {
    for (const name of serviceNames) await rm(join(world.configs, `${name}.yaml`));
    execFileSync('mkfifo', [join(world.configs, 'fifo.yaml')]);
    await mkdir(join(world.configs, 'directory.yaml'));
    const app = await world.start('config-modifier', { INTERVAL_MS: '10' });
    await app.line(/There is no YAML document in/);
    await world.save('service1', 'a: 1');
    await app.line(/service1\.yaml: database/);
    expect(await app.exit('SIGTERM')).toBe(0);
  });

  it('an app whose file system call never returns still ends in time, and logs that it was not closed', async () => {
    const fifo = join(world.directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const hang = `
      import files from 'node:fs/promises';
      import { syncBuiltinESMExports } from 'node:module';
      files.rename = () => (console.log('hangs'), files.readFile(${JSON.stringify(fifo)}));
      syncBuiltinESMExports();`;
    const preload = `--import=data:text/javascript,${encodeURIComponent(hang)}`;
    const app = await world.start('config-modifier', { INTERVAL_MS: '10', NODE_OPTIONS: preload });
    await app.line(/hangs/);
    expect(await app.exit('SIGTERM')).toBeNull();
    expect(app.lines.at(-1)).toMatch(/Not closed after 4500 ms; exiting anyway/);
  });

  it('the modifier logs once that its directory is gone, and goes on when the directory is back', async () => {
    const app = await world.start('config-modifier', { INTERVAL_MS: '10' });
    await app.line(/service\d\.yaml: database/);
    await rename(world.configs, `${world.configs}.away`);
    const gone = /Listing ".*configs" failed \(ENOENT\); nothing was changed\. Put it back/;
    const from = app.lines.indexOf(await app.line(gone));
    // No event announces the next attempts, and none of them may log the line again. 100 ms are about ten attempts.
    await pause(100);
    await rename(`${world.configs}.away`, world.configs);
    await app.line(/service\d\.yaml: database/, from);
    expect(app.lines.filter((line) => gone.test(line))).toHaveLength(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends every app cleanly, with exit code 0', async (signal) => {
    const loader = await world.start('config-loader');
    const others = await Promise.all(
      [...serviceNames, 'config-modifier'].map((name) => world.start(name, { INTERVAL_MS: '50' })),
    );
    const codes = await Promise.all([loader, ...others].map((app) => app.exit(signal)));
    expect(codes).toEqual([0, 0, 0, 0, 0]);
  });

  it('a client that sends nothing, or half of a request, keeps no app from ending cleanly', async () => {
    const loader = await world.start('config-loader');
    const apps = [loader, ...(await Promise.all(serviceNames.map((name) => world.start(name))))];
    const clients = await Promise.all(
      apps.flatMap(({ port }) =>
        ['', 'GET /health HTTP/1.1\r\nHost:'].map(async (said) => {
          const client = connectTcp(port, '127.0.0.1').on('error', () => undefined);
          await once(client, 'connect');
          client.write(said);
          return client;
        }),
      ),
    );
    expect(await Promise.all(apps.map((app) => app.exit('SIGTERM')))).toEqual([0, 0, 0, 0]);
    for (const client of clients) client.destroy();
  });

  it('an app whose log output was closed by the reader goes on publishing, applying and answering, and ends cleanly', async () => {
    const loader = await world.start('config-loader');
    const services = await Promise.all(serviceNames.map((name) => world.start(name)));
    // The modifier gets its own documents, so that it does not change those of the services.
    const own = join(world.directory, 'own');
    await cp(world.configs, own, { recursive: true });
    const modifier = await world.start('config-modifier', { CONFIG_DIR: own, INTERVAL_MS: '10' });
    const apps = [loader, ...services, modifier];
    for (const app of apps) app.closeOutput();
    for (const level of ['WARN', 'ERROR']) {
      for (const service of services) {
        await world.edit(service.name, /level: \w+/, `level: ${level}`);
        await eventually(
          () => service.get<ConfigAnswer>('/config'),
          ({ body }) => body.value.logging.level === level,
        );
      }
    }
    expect(await Promise.all(apps.map((app) => app.exit('SIGTERM')))).toEqual([0, 0, 0, 0, 0]);
  });

  it.each(['config-loader', 'service3'])('SIGTERM ends %s cleanly also while NATS is down', async (name) => {
    const loader = await world.start('config-loader');
    const service = await world.start('service3');
    await world.nats.kill();
    const app = name === 'service3' ? service : loader;
    const code = await app.exit('SIGTERM');
    expect(code === 0 ? [] : [code, ...app.lines.slice(-20)]).toEqual([]);
  });

  it('service3 answers over NATS as it does over HTTP', async () => {
    await world.start('config-loader');
    const service = await world.start('service3');
    const http = (await service.get<object>('/')).body;
    const nc = await connect({ servers: world.nats.url });
    try {
      const reply = await eventually(
        async () =>
          (await nc.request('service3.answer', JSON.stringify({ id: '1', data: '' }))).json<{
            response: object;
          }>(),
        () => true,
      );
      expect(reply.response).toEqual(http);
    } finally {
      await nc.close();
    }
  });

  it('a document that was put by hand is applied, and the loader does not overwrite it until its file is saved again', async () => {
    const loader = await world.start('config-loader');
    const service = await world.start('service1');
    const nc = await connect({ servers: world.nats.url });
    try {
      const { Kvm } = await import('@nats-io/kv');
      const kv = await new Kvm(nc).open('configs');
      const revision = await kv.put(
        'service1',
        (await world.read('service1')).replace('level: INFO', 'level: WARN'),
      );
      await service.line(/applied revision .*"INFO" → "WARN"/);
      await eventually(
        () => loader.get<{ key: string; problem?: string }[]>('/documents'),
        ({ body }) =>
          body.some(({ key, problem }) => key === 'service1' && /put by another client/.test(problem ?? '')),
      );
      expect((await service.get<ConfigAnswer>('/config')).body.revision).toBe(revision);
      // A save after the put by hand is the newer decision of the operator.
      await world.edit('service1', 'level: INFO', 'level: ERROR');
      await service.line(/"WARN" → "ERROR"/);
    } finally {
      await nc.close();
    }
  });

  it('the modifier never writes half a document, keeps the comments, and the services apply its changes', async () => {
    await world.start('config-loader');
    const services = await Promise.all(serviceNames.map((name) => world.start(name)));
    const modifier = await world.start('config-modifier', { INTERVAL_MS: '30' });
    await Promise.all(services.map((service) => service.line(/applied revision .* → /)));
    expect(await modifier.exit('SIGTERM')).toBe(0);
    for (const name of serviceNames) expect(await world.read(name)).toContain('# A PostgreSQL URL');
    for (const service of services) {
      const { body } = await service.get<ConfigAnswer>('/config');
      expect(body.rejection).toBeUndefined();
    }
  });
});
