import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../harness/eventually.mjs';
import { type ConfigAnswer, type DocumentRow, serviceNames, World } from '../e2e/world.js';
import type { AppProcess } from '../support/app-process.js';
import { ForeignClient } from '../support/nats-bucket.js';

let world: World;
let client: ForeignClient;
beforeEach(async () => {
  world = await World.create();
  client = await ForeignClient.connect(world.nats.url);
});
afterEach(async () => {
  await client.close();
  await world.close();
});

/** Compares often, so that a test need not wait for the half minute between two comparisons. */
const often = { COMPARE_EVERY_MS: '200' };

async function rows(loader: AppProcess): Promise<DocumentRow[]> {
  return (await loader.get<DocumentRow[]>('/documents')).body;
}

/** Waits until that many documents are published, or match another condition. */
function whenAll(
  loader: AppProcess,
  count: number,
  satisfies: (row: DocumentRow) => boolean = ({ state }) => state === 'published',
): Promise<DocumentRow[]> {
  return eventually(
    () => rows(loader),
    (found) => found.length === count && found.every(satisfies),
  );
}

function whenRow(
  loader: AppProcess,
  key: string,
  satisfies: (row: DocumentRow) => boolean,
): Promise<DocumentRow | undefined> {
  return eventually(
    async () => (await rows(loader)).find((row) => row.key === key),
    (row) => row !== undefined && satisfies(row),
  );
}

/** Asks until there is an answer, because after a restart of the server this client has to reconnect too. */
function answered<T>(ask: () => Promise<T>): Promise<T> {
  return eventually(ask, () => true);
}

/** How many puts the bucket has had: each put is one sequence number of its stream. */
function puts(): Promise<number> {
  return answered(async () => (await client.jsm.streams.info('KV_configs')).state.last_seq);
}

function stored(key: string): Promise<string | undefined> {
  return answered(async () => {
    const entry = await (await client.kv()).get(key);
    return entry?.operation === 'PUT' ? entry.string() : undefined;
  });
}

/** Waits until every document of the bucket equals its file: a row may show `published` before a later save is noticed. */
async function expectLevel(): Promise<void> {
  const files = (await readdir(world.configs)).filter((name) => !name.startsWith('.'));
  for (const file of files) {
    const key = file.replace(/\.yaml$/, '');
    const text = await world.read(key);
    await eventually(
      () => stored(key),
      (held) => held === text,
    );
  }
}

async function fill(directory: string, keys: readonly string[], value: number | string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await Promise.all(keys.map((key) => writeFile(join(directory, `${key}.yaml`), `value: ${value}\n`)));
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `document${i}`);

/** Replaces the documents of the directory by that many numbered documents. */
async function onlyNumbered(count: number): Promise<string[]> {
  await rm(world.configs, { recursive: true });
  await fill(world.configs, numbered(count), 0);
  return numbered(count);
}

/** Counts the puts from now on, by the messages that the bucket republishes. */
function watchPuts(): { reached(count: number): Promise<void>; end(): void } {
  let seen = 0;
  let wake: () => void = () => undefined;
  const subscription = client.connection.subscribe('hotconfig.configs.document.>', {
    callback: () => {
      seen += 1;
      wake();
    },
  });
  return {
    reached: async (count) => {
      while (seen < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    end: () => subscription.unsubscribe(),
  };
}

describe('fault: two loaders', () => {
  it('on the same files put each save once, and both show it as published', async () => {
    const [one, two] = await Promise.all([
      world.start('config-loader', often),
      world.start('config-loader', often),
    ]);
    await Promise.all([whenAll(one, 3), whenAll(two, 3)]);
    expect(await puts()).toBe(3);
    let before = await world.read('service1');
    for (let save = 1; save <= 20; save += 1) {
      before = `${before}# save ${save}\n`.replace(
        /enable_feature_x: (true|false)/,
        (_, value) => `enable_feature_x: ${value === 'true' ? 'false' : 'true'}`,
      );
      await world.save('service1', before);
      const published = ({ state, revision }: DocumentRow): boolean =>
        state === 'published' && revision === 3 + save;
      await whenRow(one, 'service1', published);
      await whenRow(two, 'service1', published);
    }
    expect(await puts()).toBe(23);
    await expectLevel();
  });

  it('on the same files end on the last of a burst of saves, and put nothing more afterwards', async () => {
    const loaders = await Promise.all([
      world.start('config-loader', often),
      world.start('config-loader', often),
    ]);
    await Promise.all(loaders.map((loader) => whenAll(loader, 3)));
    const text = await world.read('service1');
    for (let save = 1; save <= 100; save += 1) await world.save('service1', `${text}extra: ${save}\n`);
    await eventually(
      () => stored('service1'),
      (document) => document === `${text}extra: 100\n`,
    );
    const level = async (key: string): Promise<unknown> => {
      const revision = (await (await client.kv()).get(key))?.revision;
      const same = (row: DocumentRow): boolean => row.state === 'published' && row.revision === revision;
      return Promise.all(loaders.map((loader) => whenRow(loader, key, same)));
    };
    await level('service1');
    const settled = await puts();
    // Later triggers lead to comparisons, and only the save of service2 to a put.
    await world.save('service2', `${await world.read('service2')}extra: 1\n`);
    await eventually(puts, (count) => count > settled);
    await level('service2');
    await level('service1');
    expect(await puts()).toBe(settled + 1);
    await expectLevel();
  });

  it('on different files do not fight: the last save stays, and the other loader shows that its file differs', async () => {
    const other = join(world.directory, 'other');
    const one = await world.start('config-loader', often);
    await whenAll(one, 3);
    await fill(other, ['service1'], 'other');
    // A loader that starts compares all files with the bucket and publishes the difference.
    const two = await world.start('config-loader', { ...often, CONFIG_DIR: other });
    await whenRow(two, 'service1', ({ state, revision }) => state === 'published' && revision === 4);
    const differs = ({ state, revision, problem }: DocumentRow, at: number): boolean =>
      state === 'waiting' && revision === at && /put by another client and differs/.test(problem ?? '');
    await whenRow(one, 'service1', (row) => differs(row, 4));
    // A document without a file at the second loader is not touched.
    await whenRow(two, 'service2', ({ state }) => state === 'orphaned');

    await world.edit('service1', 'level: INFO', 'level: WARN');
    await whenRow(one, 'service1', ({ state, revision }) => state === 'published' && revision === 5);
    await whenRow(two, 'service1', (row) => differs(row, 5));

    // A new connection makes both loaders compare everything again.
    const again = [one, two].map((loader) => loader.line(/bucket is ready/, loader.lines.length));
    await world.nats.restart();
    await Promise.all(again);
    await whenRow(one, 'service1', ({ state }) => state === 'published');
    await whenRow(two, 'service1', (row) => differs(row, 5));
    expect(await puts()).toBe(5);
    await expectLevel();
  });

  it('on different files, of which the second is killed and started again and again: the second puts its own file once, and the first does not put its file again', async () => {
    const other = join(world.directory, 'other');
    await fill(other, ['service1'], 'other');
    const one = await world.start('config-loader', often);
    await whenAll(one, 3);
    for (let start = 0; start < 3; start += 1) {
      const two = await world.start('config-loader', { ...often, CONFIG_DIR: other });
      await whenRow(two, 'service1', ({ state }) => state === 'published');
      await whenRow(one, 'service1', ({ problem }) => /put by another client/.test(problem ?? ''));
      await two.exit('SIGKILL');
    }
    // The first start differed from the bucket; the later ones found their own document there.
    expect(await puts()).toBe(4);
  });
});

describe('fault: crash between files, or between put and ack', () => {
  it('a loader that is killed at any point and started again puts exactly the difference', async () => {
    const count = 24;
    const keys = await onlyNumbered(count);
    let loader = await world.start('config-loader');
    await whenAll(loader, count);
    expect(await puts()).toBe(count);
    for (let round = 1; round <= 8; round += 1) {
      const killAt = Math.floor(Math.random() * (count + 1));
      const watched = watchPuts();
      await client.connection.flush();
      await Promise.all(keys.map((key) => world.save(key, `value: ${round}\n`)));
      await watched.reached(killAt);
      await loader.exit('SIGKILL');
      watched.end();
      loader = await world.start('config-loader');
      await whenAll(loader, count);
      // One put for each save: no save is lost, and no save is put twice because an acknowledgement was lost.
      expect([`killed after ${killAt} puts`, await puts()]).toEqual([
        `killed after ${killAt} puts`,
        count * (round + 1),
      ]);
      await expectLevel();
    }
  });

  it('an edit that was made while the loader was down is published when it starts', async () => {
    const loader = await world.start('config-loader');
    await whenAll(loader, 3);
    await loader.exit('SIGKILL');
    await world.edit('service1', 'level: INFO', 'level: WARN');
    await whenAll(await world.start('config-loader'), 3);
    expect(await puts()).toBe(4);
    await expectLevel();
  });

  it('the files replace documents that were put by hand while the loader was down, and do not replace documents that were put by hand while it runs', async () => {
    const loader = await world.start('config-loader', often);
    await whenAll(loader, 3);
    await client.put('service1', 'by: hand');
    await whenRow(loader, 'service1', ({ problem }) => /put by another client/.test(problem ?? ''));
    await loader.exit('SIGKILL');
    await client.put('service1', 'by: hand again');
    await world.edit('service2', 'level: INFO', 'level: WARN');
    const again = await world.start('config-loader', often);
    await whenAll(again, 3);
    // Three puts at first, two by hand, one that replaces the document put by hand, and one for the edit.
    expect(await puts()).toBe(7);
    await expectLevel();
  });
});

it('a document that was put by hand stays, however often everything is compared, until the file is changed, even by a comment only', async () => {
  const loader = await world.start('config-loader', often);
  await whenAll(loader, 3);
  const text = await world.read('service1');
  const revision = await client.put('service1', text.replace('level: INFO', 'level: DEBUG'));
  await whenRow(loader, 'service1', (row) => row.revision === revision && row.state === 'waiting');
  // The same file is saved again: the operator did not ask to replace the document that was put by hand.
  await world.save('service1', text);
  const again = loader.line(/bucket is ready/, loader.lines.length);
  await world.nats.restart();
  await again;
  await whenRow(loader, 'service1', ({ problem }) => /put by another client/.test(problem ?? ''));
  expect(await puts()).toBe(revision);
  await world.save('service1', `${text}# the file again\n`);
  await whenRow(loader, 'service1', (row) => row.revision === revision + 1 && row.state === 'published');
  await expectLevel();
});

it('fault: restart with nothing changed', async () => {
  const first = await world.start('config-loader');
  const services = await Promise.all(serviceNames.map((name) => world.start(name)));
  await whenAll(first, 3);
  const answers = (): Promise<ConfigAnswer[]> =>
    Promise.all(services.map(async (service) => (await service.get<ConfigAnswer>('/config')).body));
  const logged = (): string[] =>
    services.flatMap(({ lines }) => lines.filter((line) => /applied revision|hook/.test(line)));
  const before = { puts: await puts(), answers: await answers(), logged: logged() };
  expect(await first.exit('SIGTERM')).toBe(0);
  const second = await world.start('config-loader');
  await whenAll(second, 3);
  expect(second.lines.filter((line) => /published as revision/.test(line))).toEqual([]);
  expect(await puts()).toBe(before.puts);
  const unconfirmed = ({ confirmedAt: _, ...answer }: ConfigAnswer): object => answer;
  expect((await answers()).map(unconfirmed)).toEqual(before.answers.map(unconfirmed));
  expect(logged()).toEqual(before.logged);
  // A later change still reaches its service, and no other service.
  const [, , service3] = services as [AppProcess, AppProcess, AppProcess];
  await world.edit('service3', 'level: INFO', 'level: WARN');
  const line = await service3.line(/applied revision .*INFO.*WARN/);
  expect(logged()).toEqual([...before.logged, line]);
});

describe('fault: NATS down at start, or for an hour', () => {
  /** Resolves when the loader has noticed everything that was saved before. */
  const caughtUp = async (loader: AppProcess): Promise<void> => {
    await world.save('marker', 'value: 1');
    await whenRow(loader, 'marker', ({ problem }) => !/being written/.test(problem ?? ''));
  };

  it('the loader starts without NATS: it is alive, not ready, shows why, and publishes the newest saves when NATS comes', async () => {
    await world.nats.kill();
    const loader = await world.start('config-loader');
    expect(await loader.get('/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
    const { status, body } = await loader.get('/health');
    expect(status).toBe(503);
    expect(JSON.stringify(body)).toMatch(/NATS/);
    await whenAll(loader, 3, ({ state }) => state === 'waiting');
    for (const level of ['DEBUG', 'WARN', 'ERROR']) {
      await world.edit('service1', /level: \w+/, `level: ${level}`);
      await caughtUp(loader);
    }
    await world.nats.restart();
    await whenAll(loader, 4);
    await eventually(
      () => loader.get('/health'),
      (answer) => answer.status === 200,
    );
    expect(await stored('service1')).toContain('level: ERROR');
    // Only the newest save of service1 is published, not the saves that it replaced.
    expect(await puts()).toBe(4);
  });

  it('the loader starts while the server hangs: it is not ready before the server has answered', async () => {
    await world.nats.pause();
    const loader = await world.start('config-loader');
    expect(await loader.get('/health')).toMatchObject({ status: 503 });
    world.nats.resume();
    await whenAll(loader, 3);
    expect(await loader.get('/health')).toMatchObject({ status: 200 });
  });

  it('the loader loses NATS while it runs: it logs that once, and later publishes only the newest of the saves made meanwhile', async () => {
    const loader = await world.start('config-loader', often);
    await whenAll(loader, 3);
    const lost = loader.line(/connection to NATS .* was lost/);
    await world.nats.kill();
    await lost;
    const from = loader.lines.length;
    const text = await world.read('service2');
    for (let save = 1; save <= 10; save += 1) await world.save('service2', `${text}extra: ${save}\n`);
    await caughtUp(loader);
    expect((await loader.get('/health')).status).toBe(503);
    expect((await loader.get('/health/live')).status).toBe(200);
    // The line about the connection must not be buried by a line for each key and each attempt.
    expect(loader.lines.slice(from).filter((line) => /service\d|marker/.test(line))).toEqual([]);
    await world.nats.restart();
    await expectLevel();
    await whenAll(loader, 4);
    expect(await puts()).toBe(5);
  });
});

describe('fault: bucket deleted, emptied, or lost with its disk', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['deleted', () => client.dropBucket()],
    ['emptied by a purge', () => client.jsm.streams.purge('KV_configs')],
    [
      'emptied key by key',
      async () => {
        const kv = await client.kv();
        for (const name of serviceNames) await kv.delete(name);
      },
    ],
  ])('%s: the bucket exists again, and everything is published again', async (_what, lose) => {
    const loader = await world.start('config-loader', often);
    const service = await world.start('service1');
    await whenAll(loader, 3);
    const published = (): number =>
      loader.lines.filter((line) => /service\d published as revision/.test(line)).length;
    expect(published()).toBe(3);
    const { body: before } = await service.get<ConfigAnswer>('/config');
    await lose();
    await eventually(
      () => Promise.resolve(published()),
      (count) => count === 6,
    );
    await whenAll(loader, 3);
    await expectLevel();
    // The service kept its value all the time, and follows the new bucket.
    await world.edit('service1', 'level: INFO', 'level: WARN');
    const { body: after } = await eventually(
      () => service.get<ConfigAnswer>('/config'),
      ({ body }) => body.value.logging.level === 'WARN',
    );
    expect(after.status).toBe('live');
    expect(before.value.logging.level).toBe('INFO');
    expect(service.lines.filter((line) => /applied revision/.test(line))).toHaveLength(2);
  });

  it('the bucket was lost with its disk while NATS was down: it is created again and filled from the files', async () => {
    const loader = await world.start('config-loader', often);
    const service = await world.start('service1');
    await whenAll(loader, 3);
    await world.nats.loseStore();
    await eventually(
      () => loader.get('/health'),
      ({ status }) => status === 200,
    );
    await eventually(puts, (count) => count === 3);
    await expectLevel();
    await world.edit('service1', 'level: INFO', 'level: WARN');
    await eventually(
      () => service.get<ConfigAnswer>('/config'),
      ({ body }) => body.status === 'live' && body.value.logging.level === 'WARN',
    );
  });
});

it('fault: file deleted: health lists the key, and is degraded when the directory has no file for any document of the bucket', async () => {
  type Health = { status: string; details: { configLoader: { orphaned: string[] } } };
  const health = async (app: AppProcess): Promise<string> => {
    const { status, body } = await app.get<Health>('/health');
    return [status, body.status, ...body.details.configLoader.orphaned].join(' ');
  };
  const whenHealth = (app: AppProcess, answer: string): Promise<string> =>
    eventually(
      () => health(app),
      (found) => found === answer,
    );
  const loader = await world.start('config-loader');
  await whenAll(loader, 3);
  await whenHealth(loader, '200 ok');
  await rm(join(world.configs, 'service1.yaml'));
  await whenHealth(loader, '200 ok service1');
  for (const name of ['service2', 'service3']) await rm(join(world.configs, `${name}.yaml`));
  await whenHealth(loader, '200 degraded service1 service2 service3');
  await whenHealth(await world.start('config-loader'), '200 degraded service1 service2 service3');
  await world.save('service2', 'value: 1');
  await whenHealth(loader, '200 ok service1 service3');
});

describe('fault: SIGTERM while publishing', () => {
  it('the loader ends with exit code 0, no document is cut off, and the next start publishes the rest', async () => {
    const count = 200;
    const keys = await onlyNumbered(count);
    const loader = await world.start('config-loader');
    await whenAll(loader, count);
    const watched = watchPuts();
    await client.connection.flush();
    await Promise.all(keys.map((key) => world.save(key, `value: 1\n`)));
    await watched.reached(1);
    expect([await loader.exit('SIGTERM'), loader.lines.slice(-5)]).toEqual([0, expect.anything()]);
    watched.end();
    const first = await puts();
    for (const key of keys) expect(['value: 0\n', 'value: 1\n']).toContain(await stored(key));
    await whenAll(await world.start('config-loader'), count);
    await expectLevel();
    expect(await puts()).toBe(2 * count);
    expect(first).toBeGreaterThan(count);
  });

  it('the loader ends with exit code 0 also when NATS hangs in the middle of a put', async () => {
    const loader = await world.start('config-loader');
    await whenAll(loader, 3);
    await world.nats.pause();
    await world.save('fresh', 'value: 1\n');
    // The document has passed its checks, and its put is in flight.
    await whenRow(loader, 'fresh', ({ state, problem }) => state === 'waiting' && problem === undefined);
    expect([await loader.exit('SIGTERM'), loader.lines.slice(-5)]).toEqual([0, expect.anything()]);
    world.nats.resume();
    await whenAll(await world.start('config-loader'), 4);
    await expectLevel();
  });
});
