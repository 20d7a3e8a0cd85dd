import { eventually } from '../../harness/eventually.mjs';
import { type PostgresServer, PostgresServers } from '../../harness/postgres.mjs';
import type { AppProcess } from '../support/app-process.js';
import { type ConfigAnswer, type ServiceName, World } from './world.js';

interface DatabaseAnswer {
  readonly database: string;
  readonly user: string;
  readonly server_port: number;
  readonly revision: number;
}

const onFiles = { NATS_URL: '', DATABASE_CHECK: 'on' };

describe('services on real databases', () => {
  const postgres = new PostgresServers(2);
  let world: World;
  let first: PostgresServer;
  let second: PostgresServer;

  beforeAll(async () => {
    await postgres.start();
    [first, second] = postgres.servers as [PostgresServer, PostgresServer];
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    world = await World.create();
    for (const name of ['service1', 'service2', 'service3'] as const) await point(name, first.url);
  });
  afterEach(() => world.close());

  const point = (name: ServiceName, url: string): Promise<void> =>
    world.edit(name, /host: .*/, `host: ${url}`);
  const database = async (app: AppProcess): Promise<DatabaseAnswer> => {
    const { status, body } = await app.get<DatabaseAnswer>('/db');
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body;
  };
  const until = (app: AppProcess, server: PostgresServer): Promise<DatabaseAnswer> =>
    eventually(
      () => database(app),
      (answer) => answer.server_port === server.port,
    );
  const rejection = async (app: AppProcess): Promise<string> => {
    const { rejection } = await eventually(
      async () => (await app.get<ConfigAnswer>('/config')).body,
      (found) => found.rejection !== undefined,
    );
    expect(rejection?.stage).toBe('prepare');
    return rejection?.message ?? '';
  };
  const gone = (server: PostgresServer): Promise<unknown> =>
    eventually(
      () => server.connections(),
      (connections) => connections.length === 0,
    );

  it.each(['service1', 'service3'] as const)(
    '%s answers from the database that its document names, with the revision of that document',
    async (name) => {
      const app = await world.start(name, onFiles);
      const before = await database(app);
      expect(before).toEqual({
        database: first.database,
        user: first.user,
        server_port: first.port,
        revision: expect.any(Number) as number,
      });
      await point(name, second.url);
      const after = await until(app, second);
      expect(after).toMatchObject({ database: second.database, user: second.user });
      expect(after.revision).toBeGreaterThan(before.revision);
      // All connections were opened before the swap, so that no request has to wait for a connection.
      expect(await second.connections()).toHaveLength(10);
    },
  );

  it('service1 switches between two servers under load: no request fails, no revision has answers of both servers, and no connection to the old server stays open', async () => {
    const app = await world.start('service1', onFiles);
    const answers: { status: number; body: DatabaseAnswer }[] = [];
    let hasEnded = false;
    const client = async (): Promise<void> => {
      while (!hasEnded) answers.push(await app.get<DatabaseAnswer>('/db'));
    };
    const load = Promise.all(Array.from({ length: 20 }, client));
    for (const server of [second, first, second, first, second]) {
      await point('service1', server.url);
      await until(app, server);
    }
    hasEnded = true;
    await load;
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const ports = new Map<number, Set<number>>();
    for (const { body } of answers) {
      ports.set(body.revision, (ports.get(body.revision) ?? new Set()).add(body.server_port));
    }
    expect([...ports.values()].map((seen) => [...seen])).toEqual([
      [first.port],
      [second.port],
      [first.port],
      [second.port],
      [first.port],
      [second.port],
    ]);
    await gone(first);
  });

  it.each([
    ['a dead host', () => second.url.replace(String(second.port), '1'), /ECONNREFUSED/],
    [
      'a wrong password',
      () => second.url.replace(second.password, 'mistyped'),
      /password authentication failed/,
    ],
    [
      'a missing database',
      () => second.url.replace(second.database, 'nowhere'),
      /database "nowhere" does not exist/,
    ],
  ])(
    '%s in a document is rejected with its reason, the pool in use goes on, and the next good document is applied',
    async (_, url, reason) => {
      const app = await world.start('service1', onFiles);
      const before = await database(app);
      await point('service1', url());
      expect(await rejection(app)).toMatch(reason);
      expect(await database(app)).toEqual(before);
      await gone(second);
      await point('service1', second.url);
      await until(app, second);
      expect((await app.get<ConfigAnswer>('/config')).body.rejection).toBeUndefined();
      expect(app.lines.join('\n')).not.toMatch(/password\d|mistyped/);
    },
  );

  it('a database that goes away ends no service, and the service uses it again when it is back', async () => {
    const app = await world.start('service1', onFiles);
    await database(app);
    await first.stop();
    try {
      await app.line(/An idle connection was lost/);
      expect((await app.get('/db')).status).toBe(503);
      const from = app.lines.length;
      await world.edit('service1', 'level: INFO', 'level: DEBUG');
      await app.line(/applied revision \d+: logging\.level "INFO" → "DEBUG"/, from);
    } finally {
      await first.start();
    }
    await until(app, first);
  });

  it.each(['service1', 'service2', 'service3'] as const)(
    '%s starts without its database, logs a warning, and uses the next database that answers',
    async (name) => {
      await point(name, first.url.replace(String(first.port), '1'));
      const app = await world.start(name, onFiles);
      await app.line(
        /WARN .*The database does not answer: .*ECONNREFUSED.*This service continues without it/,
      );
      expect((await app.get('/health')).status).toBe(200);
      await point(name, first.url);
      await app.line(new RegExp(`${first.database} answers ${first.user} on server port ${first.port}`));
    },
  );

  it('service2, whose hook runs after the change, warns about a database that does not answer', async () => {
    const app = await world.start('service2', onFiles);
    await app.line(/database1 answers user1/);
    await point('service2', first.url.replace(first.database, 'nowhere'));
    await app.line(/WARN .*database "nowhere" does not exist/);
    await gone(first);
  });

  it.each(['service1', 'service3'] as const)('%s leaves no connection behind when it ends', async (name) => {
    const app = await world.start(name, onFiles);
    await Promise.all(Array.from({ length: 10 }, () => database(app)));
    expect(await first.connections()).not.toHaveLength(0);
    expect(await app.exit('SIGTERM')).toBe(0);
    await gone(first);
  });
});
