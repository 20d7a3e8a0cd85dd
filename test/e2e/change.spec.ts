import { eventually } from '../../harness/eventually.mjs';
import type { AppProcess } from '../support/app-process.js';
import { type ConfigAnswer, type DocumentRow, type ServiceName, serviceNames, World } from './world.js';

describe('a loader, three services and a nats-server', () => {
  let world: World;
  let loader: AppProcess;
  let services: Record<ServiceName, AppProcess>;

  beforeAll(async () => {
    world = await World.create();
    loader = await world.start('config-loader');
    const [service1, service2, service3] = await Promise.all(serviceNames.map((name) => world.start(name)));
    services = { service1, service2, service3 } as Record<ServiceName, AppProcess>;
  }, 120_000);
  afterAll(() => world?.close());

  const config = async (name: ServiceName): Promise<ConfigAnswer> =>
    (await services[name].get<ConfigAnswer>('/config')).body;
  const row = async (key: string): Promise<DocumentRow | undefined> =>
    (await loader.get<DocumentRow[]>('/documents')).body.find((document) => document.key === key);
  const reset = async (name: ServiceName, original: string): Promise<void> => {
    await world.save(name, original);
    await eventually(
      () => config(name),
      ({ rejection, value }) =>
        !rejection && value.logging.level === 'INFO' && value.logging.format === 'text',
    );
  };

  it('serve the documents of the files, with the database URL redacted', async () => {
    for (const name of serviceNames) {
      expect(await config(name)).toMatchObject({
        key: name,
        status: 'live',
        origin: expect.stringContaining(`${name}.yaml`) as string,
        value: { database: { host: '[redacted]' }, logging: { level: 'INFO', format: 'text' } },
      });
      expect(await row(name)).toMatchObject({ state: 'published' });
      expect((await services[name].get<{ status: string }>('/health')).body.status).toBe('ok');
    }
  });

  it.each(serviceNames)('apply a save in %s without a restart, and log the differences', async (name) => {
    const app = services[name];
    const { pid } = app;
    const original = await world.read(name);
    const from = app.lines.length;
    const before = await app.get('/');
    const feature = /enable_feature_x: true/.test(original) ? 'true' : 'false';
    await world.edit(
      name,
      `enable_feature_x: ${feature}`,
      `enable_feature_x: ${feature === 'true' ? 'false' : 'true'}`,
    );
    const line = await app.line(/applied revision/, from);
    expect(line).toMatch(
      /applied revision \d+: features\.enable_feature_x (true → false|false → true); \d+ ms after it was published/,
    );
    expect(app.pid).toBe(pid);
    expect((await app.get('/')).body).not.toEqual(before.body);
    await reset(name, original);
  });

  it.each(serviceNames)('change log level and log format of %s live', async (name) => {
    const app = services[name];
    const original = await world.read(name);
    const from = app.lines.length;
    await world.saveInPlace(name, original.replace('format: text', 'format: json'));
    await app.line(/applied revision .*logging\.format "text" → "json"/, from);
    await world.edit(name, 'level: INFO', 'level: ERROR');
    const line = await app.line(/logging\.level .*INFO.* → .*ERROR/, from);
    expect(() => JSON.parse(line) as unknown).not.toThrow();
    await reset(name, original);
  });

  it.each([
    ['a YAML error', (text: string) => `${text}\nlogging: [unclosed`, 'loader', /line \d+, column \d+/],
    [
      'a wrong type',
      (text: string) => text.replace(/enable_feature_y: \w+/, 'enable_feature_y: 7'),
      'service',
      /features\.enable_feature_y/,
    ],
    [
      'an unknown key',
      (text: string) => text.replace('format: text', 'fromat: text'),
      'service',
      /"fromat"; did you mean "format"/,
    ],
  ])(
    'fault: invalid later value, then a valid one: %s leaves every service on its last good value, shows the reason, and the next good save applies',
    async (_, spoil, judge, reason) => {
      for (const name of serviceNames) {
        const original = await world.read(name);
        const before = await config(name);
        await world.save(name, spoil(original));
        if (judge === 'loader') {
          const rejected = await eventually(
            () => row(name),
            (found) => found?.state === 'rejected',
          );
          expect(rejected?.problem).toMatch(reason);
        } else {
          const { rejection } = await eventually(
            () => config(name),
            (found) => found.rejection !== undefined,
          );
          expect(rejection?.message).toMatch(reason);
          expect((await services[name].get<{ status: string }>('/health')).body.status).toBe('degraded');
        }
        const after = await config(name);
        expect(after).toMatchObject({ revision: before.revision, value: before.value });
        // A document that the loader rejects never reaches the bucket; a document that a service rejects shows in `behind`.
        expect(after.behind?.revision).toBe(after.rejection?.revision);
        await world.save(name, original.replace('format: text', 'format: json'));
        await eventually(
          () => config(name),
          ({ value, rejection, behind }) => value.logging.format === 'json' && !rejection && !behind,
        );
        await reset(name, original);
        await eventually(
          () => row(name),
          (found) => found?.state === 'published',
        );
      }
    },
  );

  it('keep the old value of service1 when its hook vetoes a database URL without a database', async () => {
    const original = await world.read('service1');
    await world.edit('service1', '/database1', '/');
    const { rejection } = await eventually(
      () => config('service1'),
      (found) => found.rejection !== undefined,
    );
    expect(rejection).toMatchObject({ stage: 'prepare' });
    expect(rejection?.message).toContain('DatabaseGuard.beforeHotConfigChange rejected');
    await reset('service1', original);
  });

  it('apply an edit that was made while NATS was down, as soon as NATS is back', async () => {
    const originals = await Promise.all(serviceNames.map((name) => world.read(name)));
    const lost = serviceNames.map((name) => services[name].line(/connection to NATS .* was lost/));
    await world.nats.kill();
    await Promise.all(lost);
    for (const name of serviceNames) await world.edit(name, 'level: INFO', 'level: WARN');
    expect((await loader.get('/health')).status).toBe(503);
    for (const name of serviceNames) expect((await config(name)).value.logging.level).toBe('INFO');
    await world.nats.restart();
    for (const name of serviceNames) {
      await eventually(
        () => config(name),
        ({ value }) => value.logging.level === 'WARN',
      );
    }
    await eventually(
      () => loader.get('/health'),
      ({ status }) => status === 200,
    );
    await Promise.all(serviceNames.map((name, i) => reset(name, originals[i] ?? '')));
  });

  it('keep the document of a deleted file: the loader shows it as orphaned, and the service goes on with it', async () => {
    const original = await world.read('service2');
    const before = await config('service2');
    const { rm } = await import('node:fs/promises');
    await rm(`${world.configs}/service2.yaml`);
    const orphan = await eventually(
      () => row('service2'),
      (found) => found?.state === 'orphaned',
    );
    expect(orphan?.problem).toContain('the bucket keeps the document');
    expect((await config('service2')).value).toEqual(before.value);
    await world.save('service2', original);
    await eventually(
      () => row('service2'),
      (found) => found?.state === 'published',
    );
  });

  it('publish nothing when the loader is started again with nothing changed, and a second loader converges', async () => {
    const rows = async (app: AppProcess): Promise<(number | null)[]> =>
      (
        await eventually(
          () => app.get<DocumentRow[]>('/documents'),
          ({ body }) => body.length === 3 && body.every(({ state }) => state === 'published'),
        )
      ).body.map(({ revision }) => revision);
    const before = await rows(loader);
    const twin = await world.start('config-loader');
    expect(await rows(twin)).toEqual(before);
    const original = await world.read('service3');
    await world.edit('service3', 'level: INFO', 'level: DEBUG');
    await eventually(
      () => config('service3'),
      ({ value }) => value.logging.level === 'DEBUG',
    );
    const revisions = await eventually(
      async () => [await rows(loader), await rows(twin)],
      ([one, two]) =>
        JSON.stringify(one) === JSON.stringify(two) && JSON.stringify(one) !== JSON.stringify(before),
    );
    // One save gives one revision: only one of the two loaders has put it.
    expect(Math.max(...(revisions[0] as number[]))).toBe(Math.max(...(before as number[])) + 1);
    expect(await twin.exit('SIGTERM')).toBe(0);
    await reset('service3', original);
  });

  it.each(serviceNames)(
    'show the applied revision and the number of rejections of %s in GET /metrics',
    async (name) => {
      await world.edit(name, 'level: INFO', 'level: LOUD');
      const { revision, rejection } = await eventually(
        () => config(name),
        (found) => found.rejection !== undefined,
      );
      const { status, text } = await services[name].getText('/metrics');
      expect(status).toBe(200);
      expect(rejection).toBeDefined();
      expect(text).toContain(`hot_config_applied_revision{key="${name}"} ${revision}\n`);
      expect(text).toContain(`hot_config_rejected{key="${name}"} 1\n`);
      expect(text).toMatch(
        new RegExp(`hot_config_rejections_total\\{key="${name}",stage="validate"\\} [1-9]`),
      );
      expect(text).toContain('hot_config_source_up 1\n');
      await world.edit(name, 'level: LOUD', 'level: INFO');
      await eventually(
        () => services[name].getText('/metrics'),
        ({ text: now }) => now.includes(`hot_config_rejected{key="${name}"} 0\n`),
      );
    },
  );

  it('never show a password in a log or an answer', async () => {
    const paths = ['/config', '/health', '/', '/metrics'];
    const answers = await Promise.all(
      serviceNames.flatMap((name) => paths.map((path) => services[name].getText(path))),
    );
    const loaderAnswers = await Promise.all(['/documents', '/health'].map((path) => loader.get(path)));
    const text = JSON.stringify([
      answers,
      loaderAnswers,
      loader.lines,
      serviceNames.map((name) => services[name].lines),
    ]);
    expect(text.length).toBeGreaterThan(5_000);
    expect(text).not.toMatch(/password\d/);
  });
});
